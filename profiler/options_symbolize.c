// SPDX-License-Identifier: BSD-2-Clause
/* options_symbolize.c - the command line of `wick symbolize`, see options.h. */
#include "profiler/options_parse.h"

static const struct argp_option symbolize_table[] = {
	{ "elf", 'e', "FILE", 0, "Addresses as the ELF file itself counts them", 1 },
	{ "pid", 'p', "PID", 0, "Addresses in this running process", 1 },
	{ "kernel", 'k', 0, 0, "Addresses in the kernel", 1 },
	{ "no-inlines", KEY_NO_INLINES, 0, 0, "Do not expand inlined functions", 2 },
	{ "no-demangle", KEY_NO_DEMANGLE, 0, 0, "Leave C++ and Rust names as they are", 2 },
	{ 0 },
};

static error_t parse_symbolize(int key, char *arg, struct argp_state *state)
{
	struct symbolize_options *opts = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &opts->verbosity;
		return 0;
	case 'e':
		opts->elf = arg;
		return 0;
	case 'p':
		opts->pid = (pid_t)parse_number(state, "--pid", arg, INT32_MAX);
		return 0;
	case 'k':
		opts->kernel = true;
		return 0;
	case KEY_NO_INLINES:
		opts->no_inlines = true;
		return 0;
	case KEY_NO_DEMANGLE:
		opts->no_demangle = true;
		return 0;
	case ARGP_KEY_ARGS:
		opts->addresses = &state->argv[state->next];
		return 0;
	case ARGP_KEY_END:
		if (!!opts->elf + !!opts->pid + opts->kernel != 1)
			argp_error(state, "exactly one of --elf, --pid and --kernel is needed");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

void options_parse_symbolize(int argc, char **argv, struct symbolize_options *out)
{
	static const struct argp argp = {
		.options = symbolize_table,
		.parser = parse_symbolize,
		.args_doc = "[ADDR...]",
		.doc = "Name addresses (hexadecimal): arguments, else one per line on stdin.",
		.children = verbosity_child,
	};

	*out = (struct symbolize_options){ 0 };
	run_argp(&argp, "wick symbolize", argc, argv, 0, out);
}
