// SPDX-License-Identifier: BSD-2-Clause
/* Who descends from whom, told by forks and execs. */
#include "profiler/source/lineage.h"
#include "tests/unit/row.h"

static void children_of_members_are_members(void **state)
{
	pid_t first[] = { 10, 11 };
	struct id_list threads = { first, 2 };
	struct lineage *l;

	assert_int_equal(lineage_new(&l), 0);
	lineage_add(l, &threads);
	lineage_fork(l, 12, 11);
	lineage_fork(l, 13, 12);
	lineage_fork(l, 14, 1);
	assert_true(lineage_has(l, 10) && lineage_has(l, 11) && lineage_has(l, 12));
	assert_true(lineage_has(l, 13));
	assert_false(lineage_has(l, 14) || lineage_has(l, 1));
	/* 13 is over, and somebody else's child has its id. */
	lineage_fork(l, 13, 1);
	assert_false(lineage_has(l, 13));
	lineage_fork(l, 13, 13);
	assert_false(lineage_has(l, 13));
	lineage_free(l);
}

static void an_awaited_thread_belongs_from_its_exec_on(void **state)
{
	struct lineage *l;

	assert_int_equal(lineage_new(&l), 0);
	lineage_await(l, 20);
	lineage_fork(l, 21, 20);
	lineage_exec(l, 19);
	assert_false(lineage_has(l, 20) || lineage_has(l, 21) || lineage_has(l, 19));
	lineage_exec(l, 20);
	lineage_fork(l, 22, 20);
	assert_true(lineage_has(l, 20) && lineage_has(l, 22));
	assert_false(lineage_has(l, 21));
	lineage_exec(l, 21); /* awaited no longer */
	assert_false(lineage_has(l, 21));
	lineage_free(l);
}

static void ids_that_cannot_be_belong_to_nobody(void **state)
{
	static const uint32_t ids[] = { 0, 1u << 22, (1u << 22) + 1, UINT32_MAX };
	pid_t member = 5;
	struct id_list threads = { &member, 1 };
	struct lineage *l;

	assert_int_equal(lineage_new(&l), 0);
	lineage_add(l, &threads);
	for (size_t i = 0; i < ARRAY_SIZE(ids); i++) {
		lineage_fork(l, ids[i], 5);
		assert_false(lineage_has(l, ids[i]));
		lineage_fork(l, 6, ids[i]);
		assert_false(lineage_has(l, 6));
	}
	lineage_fork(l, (1u << 22) - 1, 5);
	assert_true(lineage_has(l, (1u << 22) - 1));
	lineage_free(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(children_of_members_are_members),
		cmocka_unit_test(an_awaited_thread_belongs_from_its_exec_on),
		cmocka_unit_test(ids_that_cannot_be_belong_to_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
