/* SPDX-License-Identifier: BSD-2-Clause */
/* asking.h - a symbolizer, a process, a question: what most tests begin with. */
#ifndef TESTS_UNIT_ASKING_H
#define TESTS_UNIT_ASKING_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include "symbolize/symbolizer.h"
#include "tests/unit/row.h"

static inline struct symbolizer *new_symbolizer(const struct symbolizer_opts *opts)
{
	struct symbolizer *s;

	assert_int_equal(symbolizer_new(opts, &s), 0);
	return s;
}

static inline struct process *read_process(struct symbolizer *s, pid_t pid)
{
	struct process *p;

	assert_int_equal(symbolizer_read_process(s, pid, NULL, &p), 0);
	assert_non_null(p);
	return p;
}

static inline const struct sym_answer *answer_user(struct symbolizer *s, struct process *p,
						   uint64_t ip, bool is_return)
{
	uint32_t id;

	assert_int_equal(symbolizer_ask_user(s, p, ip, is_return, &id), 0);
	assert_int_equal(symbolizer_resolve(s), 0);
	return symbolizer_answer(s, id);
}

static inline void expect(const char *row, const struct sym_answer *answer, const char *name)
{
	if (answer->reason != SYM_NAMED)
		fail_msg("[%s] %s, want %s", row, sym_reason_name(answer->reason), name);
	ROW_EQUAL(row, answer->frame_cnt, 1);
	if (strcmp(answer->frames[0].name, name))
		fail_msg("[%s] got %s, want %s", row, answer->frames[0].name, name);
}

/* The program shapes.SHAPE that the Makefile built. */
static inline const char *shape_path(const char *shape, char path[4096])
{
	const char *b = getenv("B");

	snprintf(path, 4096, "%s/tests/fixtures/%s", b ? b : "build", shape);
	return path;
}

#endif /* TESTS_UNIT_ASKING_H */
