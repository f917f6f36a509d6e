// SPDX-License-Identifier: BSD-2-Clause
/* test_main.c - how a command is picked, without running one to its end. */
int wick_main(int argc, char **argv);
#define main wick_main
#include "profiler/main.c"
#undef main

#include "tests/unit/row.h"

#include "tests/unit/caught.h"

/* ARGS behind "wick"; what it says on FD, and its exit STATUS. */
static char *run(int fd, int *status, char *const args[])
{
	char *argv[8] = { (char[]){ "wick" } };
	struct caught c = catch_fd(fd);
	int argc = 1;

	for (; args[argc - 1]; argc++)
		argv[argc] = args[argc - 1];
	*status = wick_main(argc, argv);
	fflush(stdout);
	return caught(&c);
}

static void what_is_no_command_is_told_of(void **state)
{
	static const struct {
		const char *name, *args[4];
		int fd, status;
		const char *want; /* a part of it */
	} rows[] = {
		{ "no command", { NULL }, STDERR_FILENO, EXIT_USAGE, "Usage: wick COMMAND" },
		{ "--help", { "--help" }, STDOUT_FILENO, EXIT_SUCCESS, "Usage: wick COMMAND" },
		{ "-h", { "-h" }, STDOUT_FILENO, EXIT_SUCCESS, "  flamegraph  " },
		{ "help", { "help" }, STDOUT_FILENO, EXIT_SUCCESS, "  doctor      " },
		{ "help of what is no command",
		  { "help", "recrod" },
		  STDERR_FILENO,
		  EXIT_USAGE,
		  "unknown command 'recrod'" },
		{ "--version",
		  { "--version" },
		  STDOUT_FILENO,
		  EXIT_SUCCESS,
		  "wick " WICK_VERSION "\n" },
		{ "another word",
		  { "recrod" },
		  STDERR_FILENO,
		  EXIT_USAGE,
		  "wick: unknown command 'recrod' (record, flamegraph, diff, symbolize, dump, "
		  "doctor; "
		  "see wick --help)\n" },
		{ "a word that a terminal obeys",
		  { "\x1b[2J" },
		  STDERR_FILENO,
		  EXIT_USAGE,
		  "wick: unknown command '?[2J'" },
		{ "the options of all",
		  { "--list-options" },
		  STDOUT_FILENO,
		  EXIT_SUCCESS,
		  "duration" },
		{ "the options of one",
		  { "--list-options", "diff" },
		  STDOUT_FILENO,
		  EXIT_SUCCESS,
		  "output" },
		{ "the options of none",
		  { "--list-options", "recrod" },
		  STDERR_FILENO,
		  EXIT_USAGE,
		  "unknown command 'recrod'" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char *args[5] = { NULL };
		int status;
		char *text;

		memcpy(args, rows[i].args, sizeof(rows[i].args));
		text = run(rows[i].fd, &status, args);
		ROW_EQUAL(rows[i].name, status, rows[i].status);
		if (!strstr(text, rows[i].want))
			fail_msg("[%s] got `%s`, want `%s`", rows[i].name, text, rows[i].want);
		free(text);
	}
}

/* A file that is opened must not take the place of a stream that was closed. */
static void closed_streams_are_filled(void **state)
{
	int saved = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 10);

	assert_true(saved >= 0);
	close(STDIN_FILENO);
	fill_standard_fds();
	assert_int_equal(fcntl(STDIN_FILENO, F_GETFL) & O_ACCMODE, O_WRONLY);
	assert_int_equal(dup2(saved, STDIN_FILENO), STDIN_FILENO);
	close(saved);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_no_command_is_told_of),
		cmocka_unit_test(closed_streams_are_filled),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
