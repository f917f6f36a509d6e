// SPDX-License-Identifier: BSD-2-Clause
/* options_flamegraph.c - the command line of `wick flamegraph`, see options.h. */
#include "profiler/options_parse.h"

#include <errno.h>
#include <stdlib.h>

static const struct argp_option flamegraph_table[] = {
	{ "output", 'o', "FILE", 0, "Repeatable; .svg .folded .txt .pb.gz .pprof "
	  ".speedscope.json; default: SVG on stdout", 1 },
	{ "format", KEY_FORMAT, "NAME", 0, "Format of the -o before it: svg, folded, pprof, "
	  "speedscope", 1 },
	{ "from", KEY_FROM, "NAME", 0, "Format of the FILEs: folded, pprof (both are recognized), "
	  "perf (the text of perf script)", 1 },
	{ "per-process", KEY_PER_PROCESS, 0, 0, "With --from perf: roots are comm-PID", 1 },
	{ "per-thread", KEY_PER_THREAD, 0, 0, "With --from perf: roots are comm-PID/TID", 1 },
	{ "title", KEY_TITLE, "TEXT", 0, "Title of the picture", 2 },
	{ "subtitle", KEY_SUBTITLE, "TEXT", 0, "Second title", 2 },
	{ "width", KEY_WIDTH, "PIXELS", 0, "Width of the picture, default 1200", 2 },
	{ "minwidth", KEY_MINWIDTH, "PIXELS", 0, "Leave out frames narrower than this", 2 },
	{ "countname", KEY_COUNTNAME, "TEXT", 0, "What is counted, default samples", 2 },
	{ "inverted", KEY_INVERTED, 0, 0, "Roots at the top", 2 },
	{ "no-annotations", KEY_NO_ANNOTATIONS, 0, 0, "Leave _[k], _[i] and _[j] out of folded output", 2 },
	{ 0 },
};

static error_t parse_flamegraph_picture(int key, char *arg, struct argp_state *state)
{
	struct flamegraph_options *opts = state->input;

	switch (key) {
	case KEY_TITLE:
		opts->title = arg;
		return 0;
	case KEY_SUBTITLE:
		opts->subtitle = arg;
		return 0;
	case KEY_COUNTNAME:
		opts->countname = arg;
		return 0;
	case KEY_WIDTH:
		opts->width = parse_positive(state, "--width", arg, 100000);
		return 0;
	case KEY_MINWIDTH:
		opts->minwidth = parse_positive(state, "--minwidth", arg, 100000);
		return 0;
	case KEY_INVERTED:
		opts->inverted = true;
		return 0;
	case KEY_NO_ANNOTATIONS:
		opts->no_annotations = true;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static error_t parse_flamegraph(int key, char *arg, struct argp_state *state)
{
	struct flamegraph_options *opts = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &opts->verbosity;
		return 0;
	case 'o':
		add_output(state, &opts->outputs, arg);
		return 0;
	case KEY_FORMAT:
		set_format(state, &opts->outputs, arg);
		return 0;
	case KEY_FROM:
		opts->from = parse_from(state, arg);
		return 0;
	case KEY_PER_PROCESS:
		opts->per_process = true;
		return 0;
	case KEY_PER_THREAD:
		opts->per_thread = true;
		return 0;
	case ARGP_KEY_ARG:
		add_input(state, &opts->inputs, &opts->input_cnt, arg);
		return 0;
	case ARGP_KEY_END:
		check_outputs(state, &opts->outputs);
		return 0;
	default:
		return parse_flamegraph_picture(key, arg, state);
	}
}

void options_parse_flamegraph(int argc, char **argv, struct flamegraph_options *out)
{
	static const struct argp argp = {
		.options = flamegraph_table,
		.parser = parse_flamegraph,
		.args_doc = "[FILE...]",
		.doc = "Draw folded stacks (`a;b;c 12`) or pprof profiles, merged from the FILEs or stdin.",
		.children = verbosity_child,
	};

	*out = (struct flamegraph_options){ 0 };
	run_argp(&argp, "wick flamegraph", argc, argv, 0, out);
}

void options_fini_flamegraph(struct flamegraph_options *opts)
{
	free(opts->inputs);
	free(opts->outputs.specs);
}
