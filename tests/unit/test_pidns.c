// SPDX-License-Identifier: BSD-2-Clause
/* Which pid namespace this process is in. */
#include "profiler/source/pidns.h"
#include "tests/unit/row.h"

#include <sys/stat.h>

#include "profiler/source/refusal.h"

#define INITIAL_INO 0xEFFFFFFCu

static void our_namespace_is_that_of_proc(void **state)
{
	struct refusal refusal = { 0 };
	struct ids_ns ns = { .dev = 1, .ino = 1 };
	struct stat st;

	assert_int_equal(stat("/proc/self/ns/pid", &st), 0);
	assert_int_equal(pidns_read(&refusal, &ns), 0);
	assert_null(refusal.text);
	if (st.st_ino == INITIAL_INO) {
		assert_int_equal(ns.ino, 0);
		assert_int_equal(ns.dev, 0);
		assert_int_equal(ns.off.task_pid, 0); /* not asked for */
	} else {
		assert_int_equal(ns.ino, st.st_ino);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(our_namespace_is_that_of_proc),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
