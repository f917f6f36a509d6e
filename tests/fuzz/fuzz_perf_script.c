// SPDX-License-Identifier: BSD-2-Clause
/*
 * fuzz_perf_script.c - any bytes are the text of perf script or counted as bad, and
 * what was read is folded stacks.
 */
#include "tests/fuzz/formats.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct profile *p = fuzz_profile(), *back = fuzz_profile();
	const struct perf_opts opts = { .per_thread = size && data[0] & 1 };
	FILE *f = fuzz_stream(data, size);
	struct perf_result result;
	struct folded_result folded;
	size_t len;
	char *text;

	check(!perf_script_read(p, &opts, f, &result));
	fclose(f);
	check(!result.bad_cnt == !result.first_bad);
	check(result.sample_cnt + result.bad_cnt <= result.line_cnt);
	check(!result.sample_cnt == !(profile_weight(p) > 0));
	text = fuzz_text(p, &len);
	check(!fuzz_folded(back, (uint8_t *)text, len, &folded));
	/* Sums above it are written, but are no longer exact, and not read. */
	check(!folded.bad_cnt || profile_weight(p) > PROFILE_MAX_WEIGHT);
	free(text);
	profile_free(p);
	profile_free(back);
	return 0;
}
