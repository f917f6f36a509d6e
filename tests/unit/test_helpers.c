// SPDX-License-Identifier: BSD-2-Clause
/* What children take, alive and ended, and theirs. */
#include "profiler/source/helpers.h"
#include "tests/unit/row.h"

#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "profiler/clock.h"

#define MS	1000000ULL
#define WORK_MS 100
#define TICK_MS 10 /* that one of them is rounded down by, at the most */

static void work(void)
{
	while (clock_ns(CLOCK_PROCESS_CPUTIME_ID) < WORK_MS * MS)
		;
}

/* A child that works, and has one that does, which ends or stays; it says when they are done. */
static pid_t start(bool ends, int done)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	work();
	pid = fork();
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		work();
		if (ends)
			_exit(0);
		if (write(done, "", 1) == 1)
			pause();
	}
	if (ends && (waitpid(pid, NULL, 0) != pid || write(done, "", 1) != 1))
		_exit(1);
	pause();
	_exit(0);
}

static void children_and_theirs_are_counted_unless_they_are_the_command(void **state)
{
	uint64_t before = helpers_cpu_ns(0);
	int done[2];
	char byte;

	assert_int_equal(before, 0);
	assert_int_equal(pipe(done), 0);
	for (int ends = 0; ends < 2; ends++) {
		pid_t pid;

		pid = start(ends, done[1]);
		assert_int_equal(read(done[0], &byte, 1), 1);
		assert_true(helpers_cpu_ns(0) >= (2 * WORK_MS - 4 * TICK_MS) * MS);
		assert_true(helpers_cpu_ns(0) < 20 * WORK_MS * MS);
		assert_int_equal(helpers_cpu_ns(pid), 0);
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(children_and_theirs_are_counted_unless_they_are_the_command),
	};

	if (access("/proc/thread-self/children", R_OK))
		return 0; /* a kernel without it */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
