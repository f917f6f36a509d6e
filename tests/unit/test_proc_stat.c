// SPDX-License-Identifier: BSD-2-Clause
/* The fields behind a name, whatever the name is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cmocka.h>

#include "profiler/proc_stat.h"

static void test_names(void **state)
{
	static const char *const names[] = { "plain", "a) Z 1", "((", "" };

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char text[PROC_STAT_SIZE], run = 0;
		const char *fields;
		int parent = 0;

		prctl(PR_SET_NAME, names[i]);
		fields = proc_stat_read("/proc/self/stat", text);
		assert_non_null(fields);
		assert_int_equal(sscanf(fields, " %c %d", &run, &parent), 2);
		assert_int_equal(run, 'R');
		assert_int_equal(parent, getppid());
	}
}

static void test_gone(void **state)
{
	char text[PROC_STAT_SIZE];

	(void)state;
	assert_null(proc_stat_read("/proc/999999999/stat", text));
	assert_null(proc_stat_read("/dev/null", text));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
