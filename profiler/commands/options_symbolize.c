// SPDX-License-Identifier: BSD-2-Clause
/* options_symbolize.c - the command line of `wick symbolize`, see options.h. */
#include "profiler/commands/options_parse.h"

#include <string.h>

static const struct argp_option symbolize_table[] = {
	{ "elf", 'e', "FILE", 0, "Addresses as the ELF file itself counts them", 1 },
	{ "pid", 'p', "PID", 0, "Addresses in this running process", 1 },
	{ "kernel", 'k', 0, 0, "Addresses in the kernel", 1 },
	{ "format", KEY_FORMAT, "NAME", 0, "human (default), addr2line or json", 2 },
	{ "no-inlines", KEY_NO_INLINES, 0, 0, "Do not expand inlined functions", 2 },
	{ "no-demangle", KEY_NO_DEMANGLE, 0, 0, "Leave C++ and Rust names as they are", 2 },
	{ "symbolize-mem", KEY_SYMBOLIZE_MEM, "MIB", 0,
	  "Most memory for debug information, default 512", 2 },
	{ "debuginfod-timeout", KEY_DEBUGINFOD_TIMEOUT, "SECS", 0,
	  "Longest wait for debug files from DEBUGINFOD_URLS, default 5", 2 },
	{ 0 },
};

static enum symbolize_format parse_format(struct argp_state *state, const char *name)
{
	static const char *const names[] = {
		[SYMBOLIZE_HUMAN] = "human",
		[SYMBOLIZE_ADDR2LINE] = "addr2line",
		[SYMBOLIZE_JSON] = "json",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!strcmp(name, names[i]))
			return (enum symbolize_format)i;
	}
	argp_error(state, "unknown format '%s' (human, addr2line, json)", name);
	return SYMBOLIZE_HUMAN;
}

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
	case KEY_FORMAT:
		opts->format = parse_format(state, arg);
		return 0;
	case ARGP_KEY_ARGS:
		opts->addresses = &state->argv[state->next];
		return 0;
	case ARGP_KEY_END:
		if (!!opts->elf + !!opts->pid + opts->kernel != 1)
			argp_error(state, "exactly one of --elf, --pid and --kernel is needed");
		return 0;
	default:
		return parse_names(key, arg, state, &opts->names);
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

	*out = (struct symbolize_options){ .names = NAMES_OPTIONS_DEFAULT };
	run_argp(&argp, "wick symbolize", argc, argv, 0, out);
}
