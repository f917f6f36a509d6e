// SPDX-License-Identifier: BSD-2-Clause
/* options_diff.c - the command line of `wick diff`, see options.h. */
#include "profiler/commands/options_parse.h"
#include "profiler/commands/output_format.h"

#include <stdlib.h>

static const struct argp_option diff_table[] = {
	{ "output", 'o', "FILE", 0,
	  "Repeatable; .svg and .html are pictures, .folded and .txt lines "
	  "`stack before after`; default: SVG on stdout if that is no terminal",
	  1 },
	{ "format", KEY_FORMAT, "NAME", 0, "Format of the -o before it: svg, html, folded", 1 },
	{ "from", KEY_FROM, "NAME", 0,
	  "Format of the inputs: folded, pprof (both are recognized), "
	  "perf (the text of perf script)",
	  1 },
	{ "normalize", KEY_NORMALIZE, 0, 0,
	  "Compare shares, not counts: for recordings of different "
	  "length",
	  2 },
	{ "title", KEY_TITLE, "TEXT", 0, "Title of the picture", 3 },
	{ "subtitle", KEY_SUBTITLE, "TEXT", 0, "Second title", 3 },
	{ "width", KEY_WIDTH, "PIXELS", 0, "Width of the picture, default 1200", 3 },
	{ "inverted", KEY_INVERTED, 0, 0, "Roots at the top", 3 },
	{ "no-annotations", KEY_NO_ANNOTATIONS, 0, 0,
	  "Leave _[k], _[i] and _[j] out of folded "
	  "output",
	  3 },
	{ 0 },
};

static void check_diff(struct argp_state *state, struct diff_options *opts)
{
	check_outputs(state, &opts->outputs);
	if (!opts->before || !opts->after)
		argp_error(state, "two profiles are needed: BEFORE AFTER");
	for (size_t i = 0; i < opts->outputs.cnt; i++) {
		if (!opts->outputs.specs[i].format->shows_diff)
			argp_error(state,
				   "--output: %s: a difference is written as svg, html or folded",
				   opts->outputs.specs[i].path);
	}
}

static error_t parse_diff(int key, char *arg, struct argp_state *state)
{
	struct diff_options *opts = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &opts->verbosity;
		return 0;
	case 'o':
	case KEY_FORMAT:
		return parse_output(key, arg, state, &opts->outputs);
	case KEY_FROM:
		opts->from = parse_from(state, arg);
		return 0;
	case KEY_NORMALIZE:
		opts->normalize = true;
		return 0;
	case KEY_NO_ANNOTATIONS:
		opts->no_annotations = true;
		return 0;
	case ARGP_KEY_ARG:
		if (opts->after)
			argp_error(state, "only two profiles can be compared");
		*(opts->before ? &opts->after : &opts->before) = arg;
		return 0;
	case ARGP_KEY_END:
		check_diff(state, opts);
		return 0;
	default:
		return parse_picture(key, arg, state, &opts->picture);
	}
}

void options_parse_diff(int argc, char **argv, struct diff_options *out)
{
	static const struct argp argp = {
		.options = diff_table,
		.parser = parse_diff,
		.args_doc = "BEFORE AFTER",
		.doc = "Draw AFTER, coloured by what changed since BEFORE, and list the largest "
		       "changes.",
		.children = verbosity_child,
	};

	*out = (struct diff_options){ 0 };
	picture_opts_init(&out->picture);
	out->picture.title = NULL;
	run_argp(&argp, "wick diff", argc, argv, 0, out);
}

void options_fini_diff(struct diff_options *opts)
{
	free(opts->outputs.specs);
}
