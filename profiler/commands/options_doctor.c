// SPDX-License-Identifier: BSD-2-Clause
/* options_doctor.c - the command line of `wick doctor`, see options.h. */
#include "profiler/commands/options_parse.h"

static const struct argp_option doctor_table[] = {
	{ "pid", 'p', "PID", 0, "Say how each file that this process maps is unwound", 1 },
	{ 0 },
};

static error_t parse_doctor(int key, char *arg, struct argp_state *state)
{
	struct doctor_options *opts = state->input;

	if (key == ARGP_KEY_ARG)
		argp_error(state, "'%s' is not an option", arg);
	if (key != 'p')
		return ARGP_ERR_UNKNOWN;
	opts->pid = (pid_t)parse_number(state, "--pid", arg, INT32_MAX);
	return 0;
}

void options_parse_doctor(int argc, char **argv, struct doctor_options *out)
{
	static const struct argp argp = {
		.options = doctor_table,
		.parser = parse_doctor,
		.doc = "Say what will and will not work on this machine, and how to mend it.",
	};

	*out = (struct doctor_options){ 0 };
	run_argp(&argp, "wick doctor", argc, argv, 0, out);
}
