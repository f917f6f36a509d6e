/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * table.h - reads tests/syscalls/table, and compares a process with a column of it.
 *
 * Each call is made with arguments of zeros and of ones, or, where its arguments decide, as the
 * rows below it say; numbers that the table does not have, those of the x32 ABI and those of
 * i386 must be denied.
 *
 * Errors:    what differs is printed on stderr; the result is how much, or a negative errno.
 */
#ifndef TESTS_SYSCALLS_TABLE_H
#define TESTS_SYSCALLS_TABLE_H

#include <stdbool.h>
#include <stdlib.h>

#include "tests/syscalls/inject.h"

#define TABLE_LINE	  256
#define TABLE_NUMBERS	  1024	     /* of a table that has 470 */
#define TABLE_X32_BIT	  0x40000000 /* of the numbers of the x32 ABI */
#define TABLE_COLUMNS_MAX 16

struct table {
	const struct inject *in;
	const char *column;
	int at;	       /* which column it is; -1: not known yet */
	uint32_t nr;   /* of the row that was read last */
	char name[64]; /* and its name */
	bool denied;   /* by the row that was read last */
	bool by_arguments;
	bool is_known[TABLE_NUMBERS];
	bool no_i386;
	int wrong, made; /* calls */
};

/* Make a call and compare. */
static inline void table_try(struct table *t, enum inject_abi abi, uint32_t nr,
			     const uint64_t *args, char want)
{
	char verdict = (char)inject_call(t->in, abi, nr, args);

	t->made++;
	if (verdict == INJECT_NO_ABI && abi == INJECT_I386) {
		t->no_i386 = true;
		return;
	}
	if (verdict == want)
		return;
	t->wrong++;
	fprintf(stderr, "%s: %s call %u %s(%#lx, %#lx, %#lx, ...): '%c', and '%c' is right\n",
		t->column, abi == INJECT_I386 ? "i386" : "x86-64", nr, t->name, args[0], args[1],
		args[2], verdict, want);
}

static inline void table_try_plain(struct table *t, enum inject_abi abi, uint32_t nr, char want)
{
	static const uint64_t zeros[INJECT_ARGS];
	static const uint64_t ones[INJECT_ARGS] = { UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX,
						    UINT64_MAX };

	table_try(t, abi, nr, zeros, want);
	table_try(t, abi, nr, ones, want);
}

/* The verdict of our column: WORDS are those of a row from its first verdict on. */
static inline char table_verdict(const struct table *t, char **words, int cnt)
{
	return t->at < cnt && words[t->at] ? words[t->at][0] : INJECT_ODD;
}

/* False: there is no such process. */
static inline bool table_value(const struct table *t, const char *word, uint64_t *out)
{
	if (!strcmp(word, "signalled"))
		*out = (uint64_t)t->in->signalled;
	else if (!strcmp(word, "self"))
		*out = (uint64_t)t->in->pid;
	else
		*out = strtoull(word, NULL, 0);
	return strcmp(word, "signalled") || *out;
}

/* Row: ? ARG=VALUE ... VERDICT ... */
static inline int table_arguments(struct table *t, char **words, int cnt)
{
	uint64_t args[INJECT_ARGS] = { 0 };
	int i;

	if (!t->by_arguments)
		return table_verdict(t, words + 1, cnt - 1) == '?' ? -EINVAL : 0;
	for (i = 1; i < cnt && strchr(words[i], '='); i++) {
		unsigned int arg = (unsigned int)words[i][0] - '0';

		if (arg >= INJECT_ARGS || words[i][1] != '=')
			return -EINVAL;
		if (!table_value(t, words[i] + 2, &args[arg]))
			return 0;
	}
	table_try(t, INJECT_X86_64, t->nr, args, table_verdict(t, words + i, cnt - i));
	return 0;
}

/* Row: NUMBER NAME VERDICT ... */
static inline int table_call(struct table *t, char **words, int cnt)
{
	char want = table_verdict(t, words + 2, cnt - 2);

	t->nr = (uint32_t)strtoul(words[0], NULL, 10);
	if (cnt < 3 || t->nr >= TABLE_NUMBERS || t->is_known[t->nr] || want == INJECT_ODD)
		return -EINVAL;
	t->is_known[t->nr] = true;
	snprintf(t->name, sizeof(t->name), "%s", words[1]);
	t->by_arguments = want == '?';
	if (want != '?' && want != '*')
		table_try_plain(t, INJECT_X86_64, t->nr, want);
	return 0;
}

static inline int table_row(struct table *t, char *line)
{
	char *words[TABLE_COLUMNS_MAX], *rest = line;
	int cnt = 0;

	while (cnt < TABLE_COLUMNS_MAX && (words[cnt] = strtok_r(rest, " \t\n", &rest)))
		cnt++;
	if (!cnt || words[0][0] == '#')
		return 0;
	if (!strcmp(words[0], "columns")) {
		for (int i = 1; i < cnt; i++) {
			if (!strcmp(words[i], t->column))
				t->at = i - 1;
		}
		return t->at < 0 ? -ENOENT : 0;
	}
	return !strcmp(words[0], "?") ? table_arguments(t, words, cnt) : table_call(t, words, cnt);
}

static inline void table_try_others(struct table *t)
{
	snprintf(t->name, sizeof(t->name), "which the table lacks");
	for (uint32_t nr = 0; nr < TABLE_NUMBERS; nr++) {
		if (!t->is_known[nr])
			table_try_plain(t, INJECT_X86_64, nr, INJECT_DENIED);
		table_try_plain(t, INJECT_X86_64, nr | TABLE_X32_BIT, INJECT_DENIED);
		if (!t->no_i386)
			table_try_plain(t, INJECT_I386, nr, INJECT_DENIED);
	}
}

/* Compare the thread IN with COLUMN of the table at PATH.  The number of differences. */
static inline int table_compare(const struct inject *in, const char *path, const char *column)
{
	static const uint64_t zeros[INJECT_ARGS];
	struct table t = { .in = in, .column = column, .at = -1 };
	char line[TABLE_LINE];
	FILE *f;
	int err = 0;

	/* A call that is made is passed over only in a process that can be looked at. */
	if (inject_call(in, INJECT_X86_64, SYS_brk, zeros) != INJECT_ALLOWED)
		return -EPERM;
	f = fopen(path, "re");
	if (!f)
		return -errno;
	while (!err && fgets(line, sizeof(line), f))
		err = table_row(&t, line);
	fclose(f);
	if (err)
		return err;
	table_try_others(&t);
	fprintf(stderr, "# %s: %d calls tried%s\n", column, t.made,
		t.no_i386 ? "; this kernel has none of i386" : "");
	return t.wrong;
}

#endif /* TESTS_SYSCALLS_TABLE_H */
