// SPDX-License-Identifier: BSD-2-Clause
/* options_flamegraph.c - the command line of `wick flamegraph`, see options.h. */
#include "profiler/commands/options_parse.h"
#include "profiler/commands/output_format.h"

#include <iconv.h>
#include <stdlib.h>

/* The names of what flamegraph.pl has too are its own, so that scripts need no change. */
static const struct argp_option flamegraph_table[] = {
	{ "output", 'o', "FILE", 0,
	  "Repeatable; .svg .html .folded .txt .pb.gz .pprof "
	  ".speedscope.json; default: SVG on stdout",
	  1 },
	{ "format", KEY_FORMAT, "NAME", 0,
	  "Format of the -o before it: svg, html, folded, pprof, "
	  "speedscope",
	  1 },
	{ "from", KEY_FROM, "NAME", 0,
	  "Format of the FILEs: folded, pprof (both are recognized), "
	  "perf (the text of perf script)",
	  1 },
	{ "per-process", KEY_PER_PROCESS, 0, 0, "With --from perf: roots are comm-PID", 1 },
	{ "per-thread", KEY_PER_THREAD, 0, 0, "With --from perf: roots are comm-PID/TID", 1 },
	{ "title", KEY_TITLE, "TEXT", 0, "Title of the picture", 2 },
	{ "subtitle", KEY_SUBTITLE, "TEXT", 0, "Second title", 2 },
	{ "width", KEY_WIDTH, "PIXELS", 0, "Width of the picture, default 1200", 2 },
	{ "height", KEY_HEIGHT, "PIXELS", 0, "Height of a frame, default 16", 2 },
	{ "minwidth", KEY_MINWIDTH, "PIXELS|N%", 0,
	  "Leave out frames narrower than this, or than this share of the whole; default 0.1", 2 },
	{ "fonttype", KEY_FONTTYPE, "FONT", 0, "Font family, default monospace", 2 },
	{ "fontsize", KEY_FONTSIZE, "PIXELS", 0, "Default 12", 2 },
	{ "countname", KEY_COUNTNAME, "TEXT", 0, "What is counted, default samples", 2 },
	{ "nametype", KEY_NAMETYPE, "TEXT", 0, "What a frame is, default Function:", 2 },
	{ "colors", KEY_COLORS, "NAME", 0,
	  "wick (by kind, the default), hot, mem, io, wakeup, chain, java, js, perl, red, green, "
	  "blue, aqua, yellow, purple or orange",
	  2 },
	{ "bgcolors", KEY_BGCOLORS, "COLOR", 0, "Background: yellow, blue, green, grey or #rrggbb",
	  2 },
	{ "hash", KEY_HASH, 0, 0, "Shades by the function's name; they always are", 2 },
	{ "reverse", KEY_REVERSE, 0, 0, "Merge stacks from their innermost frame", 2 },
	{ "inverted", KEY_INVERTED, 0, 0, "Roots at the top", 2 },
	{ "flamechart", KEY_FLAMECHART, 0, 0, "Keep the order of the input, merge only neighbours",
	  2 },
	{ "negate", KEY_NEGATE, 0, 0, "Swap the hues of a differential picture", 2 },
	{ "factor", KEY_FACTOR, "N", 0, "Show counts multiplied by this", 2 },
	{ "total", KEY_TOTAL, "N", 0, "What the whole width stands for, if more than the sum", 2 },
	{ "notes", KEY_NOTES, "TEXT", 0, "Kept inside the picture", 2 },
	{ "encoding", KEY_ENCODING, "NAME", 0, "Character encoding of the input, default UTF-8",
	  2 },
	{ "no-annotations", KEY_NO_ANNOTATIONS, 0, 0,
	  "Leave _[k], _[i] and _[j] out of folded output", 2 },
	{ 0 },
};

/* Only a still order of stacks can be charted, and only SVG draws one. */
static void check_conflicts(struct argp_state *state, const struct flamegraph_options *opts)
{
	if (!opts->flamechart)
		return;
	if (opts->reverse)
		argp_error(state, "--flamechart and --reverse exclude each other");
	for (size_t i = 0; i < opts->outputs.cnt; i++)
		if (!opts->outputs.specs[i].format->keeps_time)
			argp_error(state,
				   "--flamechart: only an SVG picture keeps the order, not '%s'",
				   opts->outputs.specs[i].path);
}

static const char *check_encoding(struct argp_state *state, const char *name)
{
	iconv_t converter = iconv_open("UTF-8", name);

	if (converter == (iconv_t)-1)
		argp_error(state, "--encoding: unknown encoding '%s' (see iconv -l)", name);
	else
		iconv_close(converter);
	return name;
}

static error_t parse_flamegraph(int key, char *arg, struct argp_state *state)
{
	struct flamegraph_options *opts = state->input;

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
	case KEY_PER_PROCESS:
		opts->per_process = true;
		return 0;
	case KEY_PER_THREAD:
		opts->per_thread = true;
		return 0;
	case KEY_REVERSE:
		opts->reverse = true;
		return 0;
	case KEY_FLAMECHART:
		opts->flamechart = true;
		return 0;
	case KEY_ENCODING:
		opts->encoding = check_encoding(state, arg);
		return 0;
	case KEY_NO_ANNOTATIONS:
		opts->no_annotations = true;
		return 0;
	case ARGP_KEY_ARG:
		add_input(state, &opts->inputs, &opts->input_cnt, arg);
		return 0;
	case ARGP_KEY_END:
		check_outputs(state, &opts->outputs);
		check_conflicts(state, opts);
		return 0;
	default:
		return parse_picture(key, arg, state, &opts->picture);
	}
}

void options_parse_flamegraph(int argc, char **argv, struct flamegraph_options *out)
{
	static const struct argp argp = {
		.options = flamegraph_table,
		.parser = parse_flamegraph,
		.args_doc = "[FILE...]",
		.doc = "Draw folded stacks (`a;b;c 12`) or pprof profiles, merged from the FILEs "
		       "or stdin.",
		.children = verbosity_child,
	};

	*out = (struct flamegraph_options){ 0 };
	picture_opts_init(&out->picture);
	out->picture.title = NULL;
	run_argp(&argp, "wick flamegraph", argc, argv, 0, out);
}

void options_fini_flamegraph(struct flamegraph_options *opts)
{
	free(opts->inputs);
	free(opts->outputs.specs);
}
