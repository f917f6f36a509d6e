// SPDX-License-Identifier: BSD-2-Clause
/* main.c - wick: picks the command. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "profiler/commands/commands.h"
#include "profiler/commands/option_list.h"
#include "profiler/commands/option_table.h"
#include "profiler/commands/options.h"
#include "profiler/guard/fetch.h"
#include "profiler/guard/inherited.h"
#include "profiler/log.h"

#define NAMES_SIZE 128 /* bytes that are enough for the names of all commands */

static const struct {
	const struct option_command *options;
	int (*run)(int argc, char **argv);
	const char *what;
} commands[] = {
	{ &options_record, command_record, "sample stacks, name them, write a profile" },
	{ &options_flamegraph, command_flamegraph, "draw folded stacks, or a pprof profile" },
	{ &options_diff, command_diff, "what changed between two profiles" },
	{ &options_symbolize, command_symbolize, "addresses to functions" },
	{ &options_dump, command_dump, "print the stacks of all threads of a process, now" },
	{ &options_doctor, command_doctor, "what works on this machine, and how to mend the rest" },
};

#define COMMAND_CNT (sizeof(commands) / sizeof(commands[0]))

static void print_usage(FILE *f)
{
	fputs("Usage: wick COMMAND [OPTION...]\n\n", f);
	for (size_t i = 0; i < COMMAND_CNT; i++)
		fprintf(f, "  %-12s%s\n", commands[i].options->name, commands[i].what);
	fputs("\n`wick COMMAND --help` tells more, `man wick` all.\n\n"
	      "  sudo wick record -p 1234 -d 10 -o flame.svg     one process for ten seconds\n"
	      "  sudo wick record -d 10 -o cpu.folded            the whole machine\n"
	      "  sudo wick record -o build.svg -- make -j8       a command and all it starts\n",
	      f);
}

static int refuse_command(const char *name)
{
	char names[NAMES_SIZE] = "";
	size_t len = 0;

	for (size_t i = 0; i < COMMAND_CNT && len < sizeof(names); i++)
		len += (size_t)snprintf(names + len, sizeof(names) - len, "%s%s", i ? ", " : "",
					commands[i].options->name);
	log_error("unknown command '%s' (%s; see wick --help)", name, names);
	return EXIT_USAGE;
}

/* For the completion of shells: the options of COMMAND, or of all if it is NULL. */
static int list_options(const char *command)
{
	bool is_known = !command;
	int err = 0;

	for (size_t i = 0; i < COMMAND_CNT && !err; i++) {
		if (command && strcmp(command, commands[i].options->name))
			continue;
		is_known = true;
		err = option_list_write(commands[i].options, stdout);
	}
	if (!is_known)
		return refuse_command(command);
	if (!err && fflush(stdout))
		err = -errno;
	if (err)
		log_error("cannot write stdout: %s", strerror(-err));
	return err ? EXIT_FAILURE : EXIT_SUCCESS;
}

/*
 * A file that we open must not become stdin, stdout or stderr because that was closed.
 * Using what takes the place fails as if it still were.
 */
static void fill_standard_fds(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (fcntl(fd, F_GETFD) < 0)
			open("/dev/null", (fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) | O_CLOEXEC);
	}
}

/* ARGV begins with the command's name. */
static int run_command(int argc, char **argv)
{
	for (size_t i = 0; i < COMMAND_CNT; i++) {
		if (strcmp(argv[0], commands[i].options->name))
			continue;
		if (commands[i].run != command_record) /* whose command inherits them */
			inherited_close(argv);
		return commands[i].run(argc, argv);
	}
	return refuse_command(argv[0]);
}

int main(int argc, char **argv)
{
	fill_standard_fds();
	if (argc < 2) {
		print_usage(stderr);
		return EXIT_USAGE;
	}
	if (!strcmp(argv[1], "help") && argc > 2)
		return run_command(2, (char *[]){ argv[2], (char[]){ "--help" }, NULL });
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help")) {
		print_usage(stdout);
		return EXIT_SUCCESS;
	}
	if (!strcmp(argv[1], "--version")) {
		puts("wick " WICK_VERSION);
		return EXIT_SUCCESS;
	}
	/* A closed pipe and a file at its limit are errors of the write, with a message. */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	if (!strcmp(argv[1], "fetch-debug-files"))
		return command_fetch(argc - 1, argv + 1);
	if (!strcmp(argv[1], "--list-options"))
		return list_options(argv[2]);
	return run_command(argc - 1, argv + 1);
}
