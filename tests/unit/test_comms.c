// SPDX-License-Identifier: BSD-2-Clause
/* Names of threads: told, inherited, looked up, and many. */
#include "profiler/source/comms.h"
#include "tests/unit/row.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *name_of(struct comms *comms, uint32_t tid)
{
	const char *name;

	assert_int_equal(comms_get(comms, tid, &name), 0);
	return name;
}

static void set(struct comms *comms, uint32_t tid, const char *text)
{
	char name[COMM_LEN] = "";

	memcpy(name, text, strnlen(text, sizeof(name)));
	assert_int_equal(comms_set(comms, tid, name), 0);
}

static void a_child_has_its_parents_name_until_it_gets_its_own(void **state)
{
	struct comms *comms;

	assert_int_equal(comms_new(&comms), 0);
	set(comms, 5, "sh");
	assert_int_equal(comms_fork(comms, 6, 5), 0);
	assert_string_equal(name_of(comms, 6), "sh");
	set(comms, 5, "bash");
	assert_string_equal(name_of(comms, 6), "sh");
	set(comms, 6, "gcc");
	assert_string_equal(name_of(comms, 5), "bash");
	assert_string_equal(name_of(comms, 6), "gcc");
	comms_free(comms);
}

static void who_was_not_told_of_is_looked_up(void **state)
{
	struct comms *comms;

	assert_int_equal(comms_new(&comms), 0);
	assert_string_equal(name_of(comms, (uint32_t)getpid()), "test_comms");
	assert_string_equal(name_of(comms, 0), "?");	      /* no such thread in /proc */
	assert_string_equal(name_of(comms, 0x7fffffff), "?"); /* above any pid_max */
	set(comms, (uint32_t)getpid(), "old");
	comms_forget(comms);
	assert_string_equal(name_of(comms, (uint32_t)getpid()), "test_comms");
	comms_free(comms);
}

static void many_threads_keep_their_names(void **state)
{
	struct comms *comms;
	char text[COMM_LEN];

	assert_int_equal(comms_new(&comms), 0);
	for (uint32_t tid = 0; tid < 10000; tid++) {
		snprintf(text, sizeof(text), "name-%u", tid);
		set(comms, tid, text);
	}
	for (uint32_t tid = 0; tid < 10000; tid++) {
		snprintf(text, sizeof(text), "name-%u", tid);
		assert_string_equal(name_of(comms, tid), text);
	}
	comms_free(comms);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_child_has_its_parents_name_until_it_gets_its_own),
		cmocka_unit_test(who_was_not_told_of_is_looked_up),
		cmocka_unit_test(many_threads_keep_their_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
