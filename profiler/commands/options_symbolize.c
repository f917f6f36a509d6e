// SPDX-License-Identifier: BSD-2-Clause
/* options_symbolize.c - the command line of `wick symbolize`, see options.h. */
#include "profiler/commands/option_groups.h"

#include <argp.h>

static const char *format_name(size_t i)
{
	static const char *const names[] = {
		[SYMBOLIZE_HUMAN] = "human",
		[SYMBOLIZE_ADDR2LINE] = "addr2line",
		[SYMBOLIZE_JSON] = "json",
	};

	return i < sizeof(names) / sizeof(names[0]) ? names[i] : NULL;
}

static const struct option_row symbolize_rows[] = {
	{ .name = "elf",
	  .letter = 'e',
	  .argument = "FILE",
	  .completion = COMPLETE_FILE,
	  .help = "Addresses as the ELF file itself counts them",
	  OPTION_STRING(symbolize_options, elf) },
	{ .name = "pid",
	  .letter = 'p',
	  .argument = "PID",
	  .completion = COMPLETE_PROCESS,
	  .help = "Addresses in this running process",
	  OPTION_ID(symbolize_options, pid) },
	{ .name = "kernel",
	  .letter = 'k',
	  .help = "Addresses in the kernel",
	  OPTION_FLAG(symbolize_options, kernel) },
	{ 0 },
};

static const struct option_row answer_rows[] = {
	{ .name = "format",
	  .argument = "NAME",
	  .fallback = "human",
	  .help = "Format of the answers: {}",
	  OPTION_ENUM(symbolize_options, format, format_name, "format") },
	{ 0 },
};

static const struct option_group symbolize_groups[] = {
	{ .number = 1, .rows = symbolize_rows },
	{ .number = 2, .rows = answer_rows },
	{ .number = 2,
	  .rows = option_names_rows,
	  .offset = offsetof(struct symbolize_options, names) },
	OPTION_TALK_GROUP(symbolize_options),
	{ 0 },
};

/* The options stand before the addresses by now: argp has put them there. */
static void take_addresses(struct argp_state *state, void *opts, char *arg)
{
	struct symbolize_options *symbolize = opts;

	symbolize->addresses = &state->argv[state->next - 1];
	state->next = state->argc;
}

static void check_symbolize(struct argp_state *state, void *opts)
{
	const struct symbolize_options *symbolize = opts;

	if (!!symbolize->elf + !!symbolize->pid + symbolize->kernel != 1)
		argp_error(state, "exactly one of --elf, --pid and --kernel is needed");
}

const struct option_command options_symbolize = {
	.name = "symbolize",
	.arguments = "[ADDR...]",
	.what = "Name addresses (hexadecimal): arguments, else one per line on stdin.",
	.groups = symbolize_groups,
	.argument = take_addresses,
	.check = check_symbolize,
};

void options_parse_symbolize(int argc, char **argv, struct symbolize_options *out)
{
	*out = (struct symbolize_options){ 0 };
	option_table_parse(&options_symbolize, argc, argv, out);
}
