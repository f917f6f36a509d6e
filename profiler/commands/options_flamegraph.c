// SPDX-License-Identifier: BSD-2-Clause
/* options_flamegraph.c - the command line of `wick flamegraph`, see options.h. */
#include "profiler/commands/option_groups.h"

#include <argp.h>
#include <errno.h>
#include <iconv.h>
#include <stdlib.h>

#include "profiler/commands/output_format.h"

static void set_encoding(struct argp_state *state, const struct option_row *row, const char *arg,
			 void *field)
{
	iconv_t converter = iconv_open("UTF-8", arg);

	if (converter == (iconv_t)-1)
		argp_error(state, "--%s: unknown encoding '%s' (see iconv -l)", row->name, arg);
	else
		iconv_close(converter);
	*(const char **)field = arg;
}

static const struct option_row file_rows[] = {
	{ OPTION_OUTPUT(flamegraph_options), .word = option_format_ending,
	  .help = "Repeatable; {}; default: SVG on stdout" },
	OPTION_FORMAT(flamegraph_options, option_format_name),
	OPTION_FROM(flamegraph_options),
	{ .name = "per-process",
	  .help = "With --from perf: roots are comm-PID",
	  OPTION_FLAG(flamegraph_options, per_process) },
	{ .name = "per-thread",
	  .help = "With --from perf: roots are comm-PID/TID",
	  OPTION_FLAG(flamegraph_options, per_thread) },
	{ 0 },
};

static const struct option_row stack_rows[] = {
	{ .name = "reverse",
	  .help = "Merge stacks from their innermost frame",
	  OPTION_FLAG(flamegraph_options, reverse) },
	{ .name = "flamechart",
	  .help = "Keep the order of the input, merge only neighbours",
	  OPTION_FLAG(flamegraph_options, flamechart) },
	{ .name = "encoding",
	  .argument = "NAME",
	  .help = "Character encoding of the input, if it is not UTF-8",
	  .set = set_encoding,
	  OPTION_FIELD(const char *, flamegraph_options, encoding) },
	OPTION_NO_ANNOTATIONS(flamegraph_options),
	{ 0 },
};

static const struct option_group flamegraph_groups[] = {
	{ .number = 1, .rows = file_rows },
	{ .number = 2,
	  .rows = option_picture_rows,
	  .offset = offsetof(struct flamegraph_options, picture) },
	{ .number = 2,
	  .rows = option_drawing_rows,
	  .offset = offsetof(struct flamegraph_options, picture) },
	{ .number = 2, .rows = stack_rows },
	OPTION_TALK_GROUP(flamegraph_options),
	{ 0 },
};

static void add_input(struct argp_state *state, void *opts, char *arg)
{
	struct flamegraph_options *flamegraph = opts;
	const char **bigger =
		reallocarray(flamegraph->inputs, flamegraph->input_cnt + 1, sizeof(*bigger));

	if (!bigger) {
		argp_failure(state, EXIT_FAILURE, ENOMEM, "arguments");
		return;
	}
	flamegraph->inputs = bigger;
	flamegraph->inputs[flamegraph->input_cnt++] = arg;
}

/* Only stacks in their order can be charted, and not every format keeps it. */
static void check_flamegraph(struct argp_state *state, void *opts)
{
	struct flamegraph_options *flamegraph = opts;

	option_check_outputs(state, &flamegraph->outputs);
	option_default_output(state, &flamegraph->outputs, "-", "svg", false);
	if (!flamegraph->flamechart)
		return;
	if (flamegraph->reverse)
		argp_error(state, "--flamechart and --reverse exclude each other");
	for (size_t i = 0; i < flamegraph->outputs.cnt; i++) {
		if (!flamegraph->outputs.specs[i].format->keeps_time)
			argp_error(state,
				   "--flamechart: only an SVG picture keeps the order, not '%s'",
				   flamegraph->outputs.specs[i].path);
	}
}

const struct option_command options_flamegraph = {
	.name = "flamegraph",
	.arguments = "[FILE...]",
	.completion = COMPLETE_FILE,
	.what = "Draw folded stacks (`a;b;c 12`) or pprof profiles, merged from the FILEs or "
		"stdin.",
	.groups = flamegraph_groups,
	.argument = add_input,
	.check = check_flamegraph,
};

void options_parse_flamegraph(int argc, char **argv, struct flamegraph_options *out)
{
	*out = (struct flamegraph_options){ .from = INPUT_DETECT };
	picture_opts_init(&out->picture);
	out->picture.title = NULL;
	option_table_parse(&options_flamegraph, argc, argv, out);
}

void options_fini_flamegraph(struct flamegraph_options *opts)
{
	free(opts->inputs);
	free(opts->outputs.specs);
}
