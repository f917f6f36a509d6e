// SPDX-License-Identifier: BSD-2-Clause
/* main.c - wick: picks the command. */
#include "profiler/commands/commands.h"
#include "profiler/commands/option_table.h"
#include "profiler/commands/options.h"
#include "profiler/guard/fetch.h"
#include "profiler/log.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *what;
} commands[] = {
	{ "record", command_record, "sample stacks, name them, write a profile" },
	{ "flamegraph", command_flamegraph, "draw folded stacks, or a pprof profile" },
	{ "diff", command_diff, "what changed between two profiles" },
	{ "symbolize", command_symbolize, "addresses to functions" },
	{ "doctor", command_doctor, "what works on this machine, and how to mend the rest" },
};

static void print_usage(FILE *f)
{
	fputs("Usage: wick COMMAND [OPTION...]\n\n", f);
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		fprintf(f, "  %-12s%s\n", commands[i].name, commands[i].what);
	fputs("\n`wick COMMAND --help` tells more, `man wick` all.\n\n"
	      "  sudo wick record -p 1234 -d 10 -o flame.svg     one process for ten seconds\n"
	      "  sudo wick record -d 10 -o cpu.folded            the whole machine\n"
	      "  sudo wick record -o build.svg -- make -j8       a command and all it starts\n",
	      f);
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

int main(int argc, char **argv)
{
	fill_standard_fds();
	if (argc < 2) {
		print_usage(stderr);
		return EXIT_USAGE;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help")) {
		print_usage(stdout);
		return EXIT_SUCCESS;
	}
	if (!strcmp(argv[1], "--version")) {
		puts("wick " WICK_VERSION);
		return EXIT_SUCCESS;
	}
	/* A closed pipe is an error of the write, with a message. */
	signal(SIGPIPE, SIG_IGN);
	if (!strcmp(argv[1], "fetch-debug-files"))
		return command_fetch(argc - 1, argv + 1);
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (!strcmp(argv[1], commands[i].name))
			return commands[i].run(argc - 1, argv + 1);
	}
	log_error("unknown command '%s' (record, flamegraph, diff, symbolize, doctor; see wick "
		  "--help)",
		  argv[1]);
	return EXIT_USAGE;
}
