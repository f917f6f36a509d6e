// SPDX-License-Identifier: BSD-2-Clause
/*
 * test_syscalls.c - every system call, in every ABI, by a process of each role, against
 * tests/syscalls/table.  tests/e2e/t55-syscalls.sh does the same with those of a recording.
 */
#include "profiler/guard/confine.h"
#include "profiler/guard/syscall_filter.h"
#include "tests/unit/row.h"

#include <stdbool.h>
#include <sys/prctl.h>

#include "tests/syscalls/table.h"

#define TABLE "tests/syscalls/table"

#ifdef __SANITIZE_ADDRESS__ /* which needs more than the table has */
#define SANITIZED true
#else
#define SANITIZED false
#endif

#define FILTERS "Seccomp_filters:\t2\n" /* ours and the role's, in /proc/PID/status */
#define PARSER	(-1)			/* it is confined as a zygote, and has a filter on top */
#define TRIES	10000
#define ANOTHER 4242 /* a process; nothing is sent */

/* The role's process waits, or tries to, and is killed at the end. */
static pid_t start_role(int role)
{
	pid_t pid = fork();

	if (!pid) {
		pid_t another = ANOTHER;

		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || inject_watch() ||
		    (role == PARSER ? syscall_filter_install(SYSCALLS_OF_PARSER, NULL, 0)
				    : confine(role, &another, 1, false)))
			_exit(1);
		for (;;)
			pause();
	}
	return pid;
}

static bool is_confined(pid_t pid)
{
	char path[64], text[4096];
	ssize_t len;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	len = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	if (fd >= 0)
		close(fd);
	text[len < 0 ? 0 : len] = '\0';
	return strstr(text, FILTERS);
}

static int compare_role(int role, const char *column)
{
	pid_t pid = start_role(role);
	struct inject in;
	int err;

	for (int i = 0; i < TRIES && !is_confined(pid); i++)
		usleep(1000);
	err = inject_begin(pid, pid, &in);
	in.signalled = ANOTHER;
	if (!err)
		err = table_compare(&in, TABLE, column);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return err;
}

static void each_role_may_call_what_the_table_says(void **state)
{
	static const struct {
		const char *column;
		int role;
	} rows[] = {
		{ "sampling", CONFINE_SAMPLING },
		{ "reading", CONFINE_PROCESSES },
		{ "reading", CONFINE_FILES },
		{ "writer", CONFINE_WRITER },
		{ "fetcher", CONFINE_FETCHER },
		{ "zygote", CONFINE_ZYGOTE },
		{ "parser", PARSER },
	};

	if (SANITIZED || !syscall_filter_available())
		skip();
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		ROW_EQUAL(rows[i].column, compare_role(rows[i].role, rows[i].column), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_role_may_call_what_the_table_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
