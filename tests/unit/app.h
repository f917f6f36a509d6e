/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * app.h - functions of the test program itself, and samples of them, for tests of reports.
 *
 * Ownership: the steps of source_of() are static: one source at a time.
 * Errors:    an assertion.
 */
#ifndef TESTS_UNIT_APP_H
#define TESTS_UNIT_APP_H

#include <stddef.h>
#include <stdint.h>

#include "tests/unit/fake_source.h"
#include "tests/unit/row.h"

/* Functions of this program, at addresses and of a size that no compiler changes. */
__asm__(".text\n"
	".globl start_thread, app_run, app_work, app_leaf\n"
	".type start_thread, @function\n.type app_run, @function\n"
	".type app_work, @function\n.type app_leaf, @function\n"
	"start_thread:\n.skip 16, 0x90\n.size start_thread, 16\n"
	"app_run:\n.skip 16, 0x90\n.size app_run, 16\n"
	"app_work:\n.skip 16, 0x90\n.size app_work, 16\n"
	"app_leaf:\n.skip 16, 0x90\n.size app_leaf, 16\n");
extern const char start_thread[], app_run[], app_work[], app_leaf[];

#define FIRST(function)	 ((uint64_t)(uintptr_t)(function))
#define MIDDLE(function) (FIRST(function) + 8)
#define BEHIND(function) (FIRST(function) + 16) /* the return address of a call at its very end */

/* A fake source of an array of samples. */
#define STEPS_MAX 64
static inline struct fake_source source_of(const struct raw_sample *samples, size_t cnt)
{
	static struct fake_step steps[STEPS_MAX];

	assert_true(cnt <= STEPS_MAX);
	for (size_t i = 0; i < cnt; i++)
		steps[i] = (struct fake_step){ .sample = &samples[i] };
	return fake_source(steps, cnt);
}

#define USER(ips)   .user = (ips), .user_cnt = ARRAY_SIZE(ips)
#define KERNEL(ips) .kernel = (ips), .kernel_cnt = ARRAY_SIZE(ips)

#endif /* TESTS_UNIT_APP_H */
