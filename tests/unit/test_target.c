// SPDX-License-Identifier: BSD-2-Clause
/*
 * Whom a recording is about.  fork(), pipe2() and kill() are this program's own, so that the
 * first two can fail and the last one cannot reach anybody.
 */
#include "profiler/commands/target.h"
#include "tests/unit/row.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int fork_err, pipe_err, pipes_left, kill_cnt;
static pid_t killed;

pid_t fork(void)
{
	if (fork_err) {
		errno = fork_err;
		return -1;
	}
	return (pid_t)syscall(SYS_fork);
}

int pipe2(int fds[2], int flags)
{
	if (pipe_err && !pipes_left--) {
		errno = pipe_err;
		return -1;
	}
	return (int)syscall(SYS_pipe2, fds, flags);
}

int kill(pid_t pid, int signal)
{
	kill_cnt++;
	killed = pid;
	return (int)syscall(SYS_tgkill, pid, pid, signal);
}

static int open_fds(void)
{
	int cnt = 0;

	for (int fd = 0; fd < 256; fd++)
		cnt += fcntl(fd, F_GETFD) >= 0;
	return cnt;
}

static void a_command_that_cannot_start_leaves_nothing(void **state)
{
	static const struct {
		const char *name;
		int fork_err, pipe_err, pipes_left;
	} rows[] = {
		{ "no process", .fork_err = EAGAIN },
		{ "no first pipe", .pipe_err = EMFILE },
		{ "no second pipe", .pipe_err = EMFILE, .pipes_left = 1 },
	};
	char *cmd[] = { "true", NULL };
	const struct record_options opts = { .cmd = cmd };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		int fds = open_fds(), err = rows[i].fork_err ? rows[i].fork_err : rows[i].pipe_err;
		struct target target;

		fork_err = rows[i].fork_err;
		pipe_err = rows[i].pipe_err;
		pipes_left = rows[i].pipes_left;
		kill_cnt = 0;
		ROW_EQUAL(rows[i].name, target_init(&opts, &target), -err);
		ROW_EQUAL(rows[i].name, target.cmd, 0);
		target_end_command(&target, SIGTERM);
		ROW_EQUAL(rows[i].name, kill_cnt, 0);
		target_fini(&target);
		ROW_EQUAL(rows[i].name, open_fds(), fds);
		fork_err = pipe_err = 0;
	}
}

#define ROUNDS 64

/* Bytes that ROUNDS commands leave behind which do not start; their messages go nowhere. */
static size_t bytes_left_behind(const struct record_options *opts, int second_pipe_err)
{
	int err = dup(STDERR_FILENO), null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	size_t before = mallinfo2().uordblks;

	dup2(null, STDERR_FILENO);
	for (int i = 0; i < ROUNDS; i++) {
		struct target target;

		fork_err = EAGAIN;
		pipe_err = second_pipe_err;
		pipes_left = 1;
		assert_int_not_equal(target_init(opts, &target), 0);
		target_fini(&target);
	}
	fork_err = pipe_err = 0;
	dup2(err, STDERR_FILENO);
	close(err);
	close(null);
	return mallinfo2().uordblks - before;
}

static void a_command_that_cannot_start_leaves_no_memory(void **state)
{
	char *cmd[] = { "true", NULL };
	const struct record_options opts = { .cmd = cmd };

	for (int i = 0; i < 2; i++) {
		bytes_left_behind(&opts,
				  i ? EMFILE : 0); /* the C library allocates what it keeps */
		assert_in_range(bytes_left_behind(&opts, i ? EMFILE : 0), 0, ROUNDS);
	}
}

static void a_command_runs_when_it_is_told_to(void **state)
{
	static const struct {
		const char *name;
		char *cmd[4];
		int err, status;
	} rows[] = {
		{ "it ends well", { "true" }, 0, 0 },
		{ "its own status", { "sh", "-c", "exit 7" }, 0, 7 },
		{ "a signal", { "sh", "-c", "kill -9 $$" }, 0, 128 + 9 },
		{ "no such program", { "/nonexistent/program" }, -ENOENT, 0 },
		{ "no program", { "/etc/passwd" }, -EACCES, 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct record_options opts = { .cmd = (char **)rows[i].cmd };
		struct target target;

		ROW_EQUAL(rows[i].name, target_init(&opts, &target), 0);
		ROW_EQUAL(rows[i].name, target.filter, FILTER_TREE);
		ROW_EQUAL(rows[i].name, target.ids.cnt, 1);
		ROW_EQUAL(rows[i].name, target.ids.ids[0], target.cmd);
		ROW_TRUE(rows[i].name, !target_ended(&target));
		ROW_EQUAL(rows[i].name, target_release(&target), rows[i].err);
		target_end_command(&target, 0);
		ROW_EQUAL(rows[i].name, target.cmd, 0);
		if (!rows[i].err)
			ROW_EQUAL(rows[i].name, target_exit_status(&target), rows[i].status);
		target_fini(&target);
	}
}

static void a_command_is_ended_by_a_signal(void **state)
{
	char *cmd[] = { "sleep", "60", NULL };
	const struct record_options opts = { .cmd = cmd, .all_cpus = true };
	struct target target;
	pid_t pid;

	assert_int_equal(target_init(&opts, &target), 0);
	assert_int_equal(target.filter, FILTER_NONE);
	pid = target.cmd;
	assert_int_equal(target_release(&target), 0);
	assert_false(target_ended(&target));
	target_end_command(&target, SIGTERM);
	assert_int_equal(killed, pid);
	assert_int_equal(target_exit_status(&target), 128 + SIGTERM);
	target_fini(&target);
}

/* A child that waits for its end. */
static pid_t start_child(void)
{
	pid_t pid = fork();

	if (!pid) {
		pause();
		_exit(0);
	}
	assert_true(pid > 0);
	return pid;
}

static void processes_end_when_the_last_one_does(void **state)
{
	pid_t pids[] = { start_child(), start_child() };
	struct record_options opts = { .pids = { pids, 2 }, .children = true };
	struct target target;

	assert_int_equal(target_init(&opts, &target), 0);
	assert_int_equal(target.filter, FILTER_FAMILIES);
	for (int i = 0; i < 2; i++) {
		assert_false(target_ended(&target));
		kill(pids[i], SIGKILL);
		waitpid(pids[i], NULL, 0);
	}
	assert_true(target_ended(&target));
	target_fini(&target);
}

static void what_is_not_there_is_refused(void **state)
{
	pid_t none[] = { 0x3ffffffe }, ours[] = { getpid() };
	const struct {
		const char *name;
		struct record_options opts;
		int err;
		enum source_filter filter;
	} rows[] = {
		{ "no process", { .pids = { none, 1 } }, -ESRCH, FILTER_NONE },
		{ "no thread", { .tids = { none, 1 } }, -ESRCH, FILTER_NONE },
		{ "our own process", { .pids = { ours, 1 } }, 0, FILTER_PROCESSES },
		{ "our own thread", { .tids = { ours, 1 } }, 0, FILTER_THREADS },
		{ "no cgroup", { .cgroup = "no/such/group" }, -ENOENT, FILTER_NONE },
		{ "a directory that is no cgroup", { .cgroup = "/tmp" }, -ENOENT, FILTER_NONE },
		{ "the whole machine", { .all_cpus = true }, 0, FILTER_NONE },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct target target;

		ROW_EQUAL(rows[i].name, target_init(&rows[i].opts, &target), rows[i].err);
		ROW_EQUAL(rows[i].name, target.filter, rows[i].filter);
		ROW_TRUE(rows[i].name, rows[i].err || !target_ended(&target));
		target_fini(&target);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_command_that_cannot_start_leaves_nothing),
		cmocka_unit_test(a_command_that_cannot_start_leaves_no_memory),
		cmocka_unit_test(a_command_runs_when_it_is_told_to),
		cmocka_unit_test(a_command_is_ended_by_a_signal),
		cmocka_unit_test(processes_end_when_the_last_one_does),
		cmocka_unit_test(what_is_not_there_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
