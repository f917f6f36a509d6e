// SPDX-License-Identifier: BSD-2-Clause
/*
 * fuzz_folded.c - any bytes are folded stacks or counted as bad, and what is
 * written from them reads back as itself, also by way of pprof.
 */
#include "tests/fuzz/formats.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_ascii(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)s[i] >= 0x80)
			return false;
	return true;
}

static bool has_fraction(const struct profile *p)
{
	for (uint32_t i = 0; i < profile_node_cnt(p); i++)
		if (profile_nodes(p)[i].self != (double)(int64_t)profile_nodes(p)[i].self)
			return true;
	return false;
}

/* What is written of P reads back as itself, by way of folded stacks and of pprof. */
static void check_round(const struct profile *p)
{
	struct profile *back = fuzz_profile(), *again = fuzz_profile();
	struct folded_result folded;
	struct pprof_result pprof;
	size_t text_len, back_len, pprof_len, again_len;
	char *text = fuzz_text(p, &text_len), *back_text, *bytes, *again_text;

	check(!fuzz_folded(back, (uint8_t *)text, text_len, &folded));
	check(!folded.bad_cnt);
	back_text = fuzz_text(back, &back_len);
	check(text_len == back_len && !memcmp(text, back_text, text_len));

	bytes = fuzz_pprof(back, &pprof_len);
	check(!fuzz_read_pprof(again, bytes, pprof_len, &pprof));
	if (is_ascii(text, text_len) && !has_fraction(back) && profile_weight(back) < 1e15) {
		again_text = fuzz_text(again, &again_len);
		check(text_len == again_len && !memcmp(text, again_text, text_len));
		free(again_text);
	}
	free(text);
	free(back_text);
	free(bytes);
	profile_free(back);
	profile_free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct profile *p = fuzz_profile();
	struct folded_result result;

	check(!fuzz_folded(p, data, size, &result));
	check(result.stack_cnt + result.bad_cnt <= result.line_cnt);
	check(!result.bad_cnt == !result.first_bad);
	/* Sums above it are written, but are no longer exact, and not read. */
	if (profile_weight(p) <= PROFILE_MAX_WEIGHT)
		check_round(p);
	profile_free(p);
	return 0;
}
