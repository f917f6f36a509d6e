// SPDX-License-Identifier: BSD-2-Clause
/* options_dump.c - the command line of `wick dump`, see options.h. */
#include "profiler/commands/option_groups.h"

#include <argp.h>

static const struct option_row dump_rows[] = {
	{ .name = "pid",
	  .letter = 'p',
	  .argument = "PID",
	  .completion = COMPLETE_PROCESS,
	  .help = "The process, with all of its threads",
	  OPTION_ID(dump_options, pid) },
	OPTION_NATIVE_FRAMES(dump_options, native),
	OPTION_NO_INTERPRETERS(dump_options, no_interpreters),
	{ 0 },
};

static const struct option_group dump_groups[] = {
	{ .number = 1, .rows = dump_rows },
	{ .number = 2, .rows = option_names_rows, .offset = offsetof(struct dump_options, names) },
	OPTION_TALK_GROUP(dump_options),
	{ 0 },
};

static void refuse_argument(struct argp_state *state, void *opts, char *arg)
{
	argp_error(state, "'%s' is not an option (--pid %s?)", arg, arg);
}

static void check_dump(struct argp_state *state, void *opts)
{
	const struct dump_options *dump = opts;

	if (!dump->pid)
		argp_error(state, "--pid is needed: whose stacks?");
}

const struct option_command options_dump = {
	.name = "dump",
	.what = "Print the stacks of all threads of a process, as they are now.",
	.groups = dump_groups,
	.argument = refuse_argument,
	.check = check_dump,
};

void options_parse_dump(int argc, char **argv, struct dump_options *out)
{
	*out = (struct dump_options){ 0 };
	option_table_parse(&options_dump, argc, argv, out);
}
