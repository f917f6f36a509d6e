// SPDX-License-Identifier: BSD-2-Clause
/* Tables are built once for a file, shared by its users, and evicted when nobody has them. */
#include "profiler/tables/tables.h"
#include "tests/unit/row.h"

#include <errno.h>
#include <sys/resource.h>

#define MEM_MAX ((size_t)4 << 20)

static const struct kernel_tables plain = { -1, -1, -1, -1, -1 };

static void no_further_file_is_the_reason(void **state)
{
	struct rlimit limit, none = { 0 };
	struct tables *tables;
	int err;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	none.rlim_max = limit.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	err = tables_open(&plain, MEM_MAX, &tables);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	assert_int_equal(err, -EMFILE);
	assert_null(tables);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_further_file_is_the_reason),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
