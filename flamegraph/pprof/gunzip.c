// SPDX-License-Identifier: BSD-2-Clause
/* gunzip.c - lets zlib unpack into memory that grows up to the bound. */
#include "flamegraph/pprof/gunzip.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <zlib.h>

#define GZIP_BITS  (15 + 16) /* zlib.h, inflateInit2(): the largest window, a gzip header */
#define FIRST_SIZE (256 * 1024)

struct unpacker {
	z_stream z;
	uint8_t *data;
	size_t size, cap, max_size;
	bool at_end; /* a member has just ended */
};

static int grow_data(struct unpacker *u)
{
	size_t cap = u->cap ? 2 * u->cap : FIRST_SIZE;
	uint8_t *bigger;

	if (u->size < u->cap)
		return 0;
	if (u->cap > u->max_size)
		return -EFBIG;
	if (cap > u->max_size)
		cap = u->max_size + 1; /* one more, to see that it is too large */
	bigger = realloc(u->data, cap);
	if (!bigger)
		return -ENOMEM;
	u->data = bigger;
	u->cap = cap;
	return 0;
}

static int unpack_some(struct unpacker *u)
{
	int err = grow_data(u), result;

	if (err)
		return err;
	if (u->at_end) {
		inflateReset(&u->z);
		u->at_end = false;
	}
	u->z.next_out = u->data + u->size;
	u->z.avail_out = u->cap - u->size;
	result = inflate(&u->z, Z_NO_FLUSH);
	u->size = u->cap - u->z.avail_out;
	u->at_end = result == Z_STREAM_END;
	if (u->size > u->max_size)
		return -EFBIG;
	if (result == Z_MEM_ERROR)
		return -ENOMEM;
	return result == Z_OK || result == Z_STREAM_END || result == Z_BUF_ERROR ? 0 : -EPROTO;
}

static int unpack_all(struct unpacker *u, FILE *f)
{
	static const size_t block_size = 64 * 1024;
	uint8_t *in = malloc(block_size);
	size_t got = 0;
	int err = in ? 0 : -ENOMEM;

	while (!err) {
		errno = 0;
		got = fread(in, 1, block_size, f);
		if (!got)
			break;
		u->z.next_in = in;
		u->z.avail_in = got;
		/* A full output may hold back what was read already. */
		do
			err = unpack_some(u);
		while (!err && (u->z.avail_in || (!u->z.avail_out && !u->at_end)));
	}
	if (!err && ferror(f))
		err = errno ? -errno : -EIO;
	if (!err && !u->at_end)
		err = -ENODATA;
	free(in);
	return err;
}

int gunzip(FILE *f, size_t max_size, uint8_t **out, size_t *size)
{
	struct unpacker u = { .max_size = max_size };
	int err;

	*out = NULL;
	*size = 0;
	if (inflateInit2(&u.z, GZIP_BITS) != Z_OK)
		return -ENOMEM;
	err = unpack_all(&u, f);
	inflateEnd(&u.z);
	if (err) {
		free(u.data);
		return err;
	}
	*out = u.data;
	*size = u.size;
	return 0;
}
