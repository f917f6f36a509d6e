// SPDX-License-Identifier: BSD-2-Clause
/* options_diff.c - the command line of `wick diff`, see options.h. */
#include "profiler/commands/option_groups.h"

#include <argp.h>
#include <stdlib.h>
#include <unistd.h>

#include "profiler/commands/output_format.h"

/* The I-th of the formats that can show a difference. */
static const char *format_name(size_t i)
{
	const struct output_format *format;

	for (size_t at = 0; (format = output_format_at(at)); at++) {
		if (format->shows_diff && !i--)
			return format->name;
	}
	return NULL;
}

static const struct option_row diff_rows[] = {
	{ OPTION_OUTPUT(diff_options), .word = format_name,
	  .help = "Repeatable; by its ending {}; folded lines are `stack before after`; default: "
		  "SVG on stdout if that is no terminal" },
	OPTION_FORMAT(diff_options, format_name),
	OPTION_FROM(diff_options),
	{ 0 },
};

static const struct option_row comparison_rows[] = {
	{ .name = "normalize",
	  .help = "Compare shares, not counts: for recordings of different length",
	  OPTION_FLAG(diff_options, normalize) },
	{ 0 },
};

static const struct option_row look_rows[] = { OPTION_NO_ANNOTATIONS(diff_options), { 0 } };

static const struct option_group diff_groups[] = {
	{ .number = 1, .rows = diff_rows },
	{ .number = 2, .rows = comparison_rows },
	{ .number = 3,
	  .rows = option_picture_rows,
	  .offset = offsetof(struct diff_options, picture) },
	{ .number = 3, .rows = look_rows },
	OPTION_TALK_GROUP(diff_options),
	{ 0 },
};

static void take_profile(struct argp_state *state, void *opts, char *arg)
{
	struct diff_options *diff = opts;

	if (diff->after)
		argp_error(state, "only two profiles can be compared");
	*(diff->before ? &diff->after : &diff->before) = arg;
}

static void check_diff(struct argp_state *state, void *opts)
{
	struct diff_options *diff = opts;
	char words[OPTION_WORDS_SIZE];

	option_check_outputs(state, &diff->outputs);
	/* On a terminal the table is of use, a picture is not. */
	if (!isatty(STDOUT_FILENO))
		option_default_output(state, &diff->outputs, "-", "svg", false);
	if (!diff->before || !diff->after)
		argp_error(state, "two profiles are needed: BEFORE AFTER");
	for (size_t i = 0; i < diff->outputs.cnt; i++) {
		if (!diff->outputs.specs[i].format->shows_diff)
			argp_error(state, "--output: %s: a difference is written as one of %s",
				   diff->outputs.specs[i].path,
				   option_table_words(format_name, words));
	}
}

const struct option_command options_diff = {
	.name = "diff",
	.arguments = "BEFORE AFTER",
	.completion = COMPLETE_FILE,
	.what = "Draw AFTER, coloured by what changed since BEFORE, and list the largest "
		"changes.",
	.groups = diff_groups,
	.argument = take_profile,
	.check = check_diff,
};

void options_parse_diff(int argc, char **argv, struct diff_options *out)
{
	*out = (struct diff_options){ .from = INPUT_DETECT };
	picture_opts_init(&out->picture);
	out->picture.title = NULL;
	option_table_parse(&options_diff, argc, argv, out);
}

void options_fini_diff(struct diff_options *opts)
{
	free(opts->outputs.specs);
}
