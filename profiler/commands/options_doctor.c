// SPDX-License-Identifier: BSD-2-Clause
/* options_doctor.c - the command line of `wick doctor`, see options.h. */
#include "profiler/commands/option_groups.h"

#include <argp.h>

static const struct option_row doctor_rows[] = {
	{ .name = "pid",
	  .letter = 'p',
	  .argument = "PID",
	  .completion = COMPLETE_PROCESS,
	  .help = "Say how each file that this process maps is unwound",
	  OPTION_ID(doctor_options, pid) },
	{ 0 },
};

static const struct option_group doctor_groups[] = {
	{ .number = 1, .rows = doctor_rows },
	{ 0 },
};

static void refuse_argument(struct argp_state *state, void *opts, char *arg)
{
	argp_error(state, "'%s' is not an option", arg);
}

const struct option_command options_doctor = {
	.name = "doctor",
	.what = "Say what will and will not work on this machine, and how to mend it.",
	.groups = doctor_groups,
	.argument = refuse_argument,
};

void options_parse_doctor(int argc, char **argv, struct doctor_options *out)
{
	*out = (struct doctor_options){ 0 };
	option_table_parse(&options_doctor, argc, argv, out);
}
