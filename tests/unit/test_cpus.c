// SPDX-License-Identifier: BSD-2-Clause
/* Lists of CPUs as the kernel and people write them. */
#include "profiler/cpus.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

static void lists_are_read_sorted_and_once(void **state)
{
	static const struct {
		const char *list;
		int err;
		const char *ids; /* joined by spaces */
	} rows[] = {
		{ "0", 0, "0" },
		{ "0-3", 0, "0 1 2 3" },
		{ "0,2-5", 0, "0 2 3 4 5" },
		{ "0-1\n", 0, "0 1" },
		{ "7,1,1-2,7", 0, "1 2 7" },
		{ "1023", 0, "1023" },
		{ "", -EINVAL, "" },
		{ "\n", -EINVAL, "" },
		{ ",", -EINVAL, "" },
		{ "1,", -EINVAL, "" },
		{ "3-1", -EINVAL, "" },
		{ "1-", -EINVAL, "" },
		{ "-1", -EINVAL, "" },
		{ "a", -EINVAL, "" },
		{ "1 2", -EINVAL, "" },
		{ "0-99999999999", -EINVAL, "" },
		{ "65536", -EINVAL, "" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char ids[256] = "";
		struct cpus cpus;
		size_t len = 0;

		if (cpus_parse(rows[i].list, &cpus) != rows[i].err)
			fail_msg("'%s': not the error that was expected", rows[i].list);
		for (size_t j = 0; j < cpus.cnt; j++)
			len += (size_t)snprintf(ids + len, sizeof(ids) - len, "%s%d", j ? " " : "",
						cpus.ids[j]);
		assert_string_equal(ids, rows[i].ids);
		cpus_fini(&cpus);
	}
}

static void the_first_missing_one_is_found(void **state)
{
	static const struct {
		const char *wanted, *online;
		int missing;
	} rows[] = {
		{ "0", "0-3", -1 },    { "0-3", "0-3", -1 }, { "4", "0-3", 4 },
		{ "1-6", "0-3,5", 4 }, { "0", "1", 0 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct cpus wanted, online;

		assert_int_equal(cpus_parse(rows[i].wanted, &wanted), 0);
		assert_int_equal(cpus_parse(rows[i].online, &online), 0);
		assert_int_equal(cpus_missing(&wanted, &online), rows[i].missing);
		cpus_fini(&wanted);
		cpus_fini(&online);
	}
}

static void this_machine_has_one(void **state)
{
	struct cpus cpus;

	assert_int_equal(cpus_online(&cpus), 0);
	assert_true(cpus.cnt >= 1);
	cpus_fini(&cpus);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists_are_read_sorted_and_once),
		cmocka_unit_test(the_first_missing_one_is_found),
		cmocka_unit_test(this_machine_has_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
