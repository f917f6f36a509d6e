// SPDX-License-Identifier: BSD-2-Clause
/* test_turns.c - who has cost least is next, if there is something to do. */
#include "symbolize/turns.h"
#include "tests/unit/row.h"

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "symbolize/process/owner.h"

static struct turn *of(struct turns *turns, uint32_t owner)
{
	struct turn *turn;

	assert_int_equal(turns_of(turns, owner, &turn), 0);
	assert_int_equal(turn->owner, owner);
	return turn;
}

static void the_cheapest_is_next(void **state)
{
	struct turns turns = { 0 };
	unsigned int taken[100] = { 0 };

	(void)state;
	assert_null(turns_next(&turns));
	for (uint32_t owner = 0; owner < ARRAY_SIZE(taken); owner++)
		of(&turns, owner)->waiting = owner == 7 ? 1000 : owner == 8 ? 0 : 3;
	for (int i = 0; i < 400; i++) {
		struct turn *turn = turns_next(&turns);

		turn->waiting--;
		turn->spent_ns += turn->owner == 7 ? 100 : 1;
		taken[turn->owner]++;
	}
	assert_int_equal(turns.cnt, ARRAY_SIZE(taken)); /* each is there once */
	for (uint32_t owner = 0; owner < ARRAY_SIZE(taken); owner++) {
		if (owner != 7) /* whoever is dear has waited for all others, but for his first */
			assert_int_equal(taken[owner], owner == 8 ? 0 : 3);
	}
	turns_fini(&turns);
	assert_null(turns_next(&turns));
}

static void what_several_have_is_of_no_one(void **state)
{
	static const struct {
		const char *row;
		uint32_t a, b, want;
	} rows[] = {
		{ "nobody's", OWNER_NONE, OWNER_NONE, OWNER_NONE },
		{ "the first one's", OWNER_NONE, 5, 5 },
		{ "of one that has ended", 5, OWNER_NONE, 5 },
		{ "the same", 0, 0, 0 },
		{ "another's, too", 0, 5, OWNER_SEVERAL },
		{ "a third one's", OWNER_SEVERAL, 5, OWNER_SEVERAL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		ROW_EQUAL(rows[i].row, owner_join(rows[i].a, rows[i].b), rows[i].want);
}

static void a_process_has_an_owner(void **state)
{
	pid_t child;

	(void)state;
	assert_int_equal(owner_of(getpid()), geteuid());
	child = fork();
	if (!child)
		_exit(0);
	waitpid(child, NULL, 0);
	assert_int_equal(owner_of(child), OWNER_NONE);
}

/* Whoever lets nobody look into him is no root. */
static void who_hides_has_an_owner(void **state)
{
	int to[2], from[2];
	pid_t child;
	char byte;

	(void)state;
	if (geteuid())
		skip();
	assert_int_equal(pipe(to) | pipe(from), 0);
	child = fork();
	if (!child) {
		/* From here on /proc/PID is root's. */
		byte = setuid(65534) ? 'n' : 'y';
		if (write(from[1], &byte, 1) != 1 || read(to[0], &byte, 1) < 0)
			_exit(1);
		_exit(0);
	}
	assert_int_equal(read(from[0], &byte, 1), 1);
	assert_int_equal(byte, 'y');
	assert_int_equal(owner_of(child), 65534);
	assert_int_equal(write(to[1], "x", 1), 1);
	waitpid(child, NULL, 0);
	close(to[0]);
	close(to[1]);
	close(from[0]);
	close(from[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_cheapest_is_next),
		cmocka_unit_test(what_several_have_is_of_no_one),
		cmocka_unit_test(a_process_has_an_owner),
		cmocka_unit_test(who_hides_has_an_owner),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
