// SPDX-License-Identifier: BSD-2-Clause
/*
 * fuzz_pprof.c - any bytes are a pprof file or a reason why not; what was read can be
 * written in every format.
 *
 * The fuzzer cannot guess checksums: the input is the message, packed here, unless
 * its first byte is odd, when the rest is the file as it is.
 */
#include "tests/fuzz/formats.h"

#include <errno.h>
#include <zlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t *pack(const uint8_t *data, size_t size, size_t *packed_size)
{
	z_stream z = { .next_in = (Bytef *)data, .avail_in = size };
	uint8_t *packed;

	check(deflateInit2(&z, 0, Z_DEFLATED, 15 + 16, 8, 0) == Z_OK);
	*packed_size = deflateBound(&z, size);
	packed = malloc(*packed_size);
	z.next_out = packed;
	z.avail_out = *packed_size;
	check(packed && deflate(&z, Z_FINISH) == Z_STREAM_END);
	*packed_size -= z.avail_out;
	deflateEnd(&z);
	return packed;
}

static void write_all(const struct profile *p)
{
	struct picture_opts svg;
	FILE *f = fopen("/dev/null", "w");

	picture_opts_init(&svg);
	check(f && !svg_write(p, &svg, f) && !speedscope_write(p, NULL, f));
	fclose(f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct profile *p = fuzz_profile();
	struct pprof_result result;
	uint8_t *packed = NULL;
	size_t len;
	int err;

	if (size && data[0] & 1) {
		err = fuzz_read_pprof(p, data + 1, size - 1, &result);
	} else {
		packed = pack(data + !!size, size - !!size, &len);
		err = fuzz_read_pprof(p, packed, len, &result);
	}
	check(!err || err == -EBADMSG);
	check(err ? result.fault != PPROF_GOOD : !result.bad_cnt == !result.fault);
	free(fuzz_text(p, &len));
	free(fuzz_pprof(p, &len));
	write_all(p);
	free(packed);
	profile_free(p);
	return 0;
}
