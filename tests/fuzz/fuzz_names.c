// SPDX-License-Identifier: BSD-2-Clause
/*
 * fuzz_names.c - any bytes are kallsyms, or, if the first of them is odd, a perf-PID.map.
 */
#include "symbolize/symtab_text.h"
#include "tests/fuzz/check.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define ADDRESSES 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Numbers that lines begin with, the next one, and one between. */
static size_t choose_addrs(const char *text, uint64_t addrs[ADDRESSES])
{
	size_t cnt = 0;

	addrs[cnt++] = 0;
	addrs[cnt++] = UINT64_MAX;
	while (text && cnt + 3 <= ADDRESSES) {
		char *end;
		uint64_t start = strtoull(text, &end, 16);

		addrs[cnt++] = start;
		addrs[cnt++] = start + 1;
		addrs[cnt++] = start + strtoull(end, NULL, 16) - 1;
		text = strchr(text, '\n');
		text = text ? text + 1 : NULL;
	}
	return cnt;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	bool is_perf_map = size && data[0] & 1;
	uint64_t addrs[ADDRESSES];
	size_t cnt, found = 0, len = size - !!size;
	struct query *q;
	char *text = malloc(len + 1);
	int err;

	check(text);
	if (len)
		memcpy(text, data + 1, len);
	text[len] = '\0';
	cnt = choose_addrs(text, addrs);
	check(!query_new(addrs, cnt, &q));
	err = is_perf_map ? symtab_offer_perf_map(text, len, q)
			  : symtab_offer_kallsyms(text, len, q);
	check(!err || err == -ENODATA || (err == -EACCES && !is_perf_map));
	check(!query_finish(q));
	for (size_t i = 0; i < cnt; i++) {
		const struct query_sym *sym = query_find(q, addrs[i]);

		if (!sym)
			continue;
		check(sym->start <= addrs[i] && addrs[i] < sym->end);
		check(*sym->name && !strchr(sym->name, '\n'));
		found++;
	}
	check(!found || err != -ENODATA);
	query_free(q);
	return 0;
}
