// SPDX-License-Identifier: BSD-2-Clause
/* What was spent, and for how long it is owed. */
#include "profiler/allowance.h"
#include "tests/unit/row.h"

#define MS 1000000ULL

static void what_was_spent_is_paid_for_by_time(void **state)
{
	static const struct {
		const char *name;
		uint64_t now, cost_ns;
		unsigned int one_of;
		uint64_t debt_ns; /* of all rows up to here */
	} rows[] = {
		{ "nothing yet", 1000 * MS, 0, 20, 0 },
		{ "a millisecond of a twentieth", 1000 * MS, MS, 20, 20 * MS },
		{ "another one at once", 1000 * MS, MS, 20, 40 * MS },
		{ "half of it is paid for", 1020 * MS, 0, 20, 20 * MS },
		{ "and so is all", 1040 * MS, 0, 20, 0 },
		{ "what was not used is not kept", 9000 * MS, MS, 50, 50 * MS },
		{ "more than anybody can pay", 9000 * MS, 1000 * MS, 50, 4000 * MS },
	};
	struct allowance a = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		allowance_charge(&a, rows[i].now, rows[i].cost_ns, rows[i].one_of);
		ROW_EQUAL(rows[i].name, allowance_debt_ns(&a, rows[i].now), rows[i].debt_ns);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_spent_is_paid_for_by_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
