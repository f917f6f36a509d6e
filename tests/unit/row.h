/* SPDX-License-Identifier: BSD-2-Clause */
/* row.h - cmocka, and a check that says which row of a table failed. */
#ifndef TESTS_UNIT_ROW_H
#define TESTS_UNIT_ROW_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#define ROW_TRUE(row, what)                                                                        \
	do {                                                                                       \
		if (!(what))                                                                       \
			fail_msg("[%s] %s", row, #what);                                           \
	} while (0)

#define ROW_EQUAL(row, got, want)                                                                  \
	do {                                                                                       \
		long long got_ = (long long)(got), want_ = (long long)(want);                      \
		if (got_ != want_)                                                                 \
			fail_msg("[%s] %s is %#llx, want %#llx", row, #got, got_, want_);          \
	} while (0)

#endif /* TESTS_UNIT_ROW_H */
