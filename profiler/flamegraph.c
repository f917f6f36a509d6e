// SPDX-License-Identifier: BSD-2-Clause
/* flamegraph.c - `wick flamegraph`: stacks of any tool to a picture. */
#include "profiler/commands.h"
#include "profiler/input.h"
#include "profiler/log.h"
#include "profiler/options.h"
#include "profiler/output.h"
#include "flamegraph/formats.h"
#include "flamegraph/profile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int write_svg(const struct flamegraph_options *opts, const struct profile *profile, FILE *f)
{
	struct svg_opts svg;

	svg_opts_init(&svg);
	svg.subtitle = opts->subtitle;
	svg.inverted = opts->inverted;
	if (opts->title)
		svg.title = opts->title;
	if (opts->countname)
		svg.count_name = opts->countname;
	if (opts->width > 0)
		svg.width = (unsigned int)opts->width;
	if (opts->minwidth > 0)
		svg.min_width = opts->minwidth;
	return svg_write(profile, &svg, f);
}

static int write_format(const struct flamegraph_options *opts, const struct profile *profile,
			enum output_format format, FILE *f)
{
	const struct folded_opts folded = { .no_annotations = opts->no_annotations };
	const struct pprof_opts pprof = { .count_name = opts->countname };
	const struct speedscope_opts speedscope = {
		.name = opts->title,
		.exporter = "wick@" WICK_VERSION,
		.no_annotations = opts->no_annotations,
	};

	switch (format) {
	case OUTPUT_FOLDED:
		return folded_write(profile, &folded, f);
	case OUTPUT_PPROF:
		return pprof_write(profile, &pprof, f);
	case OUTPUT_SPEEDSCOPE:
		return speedscope_write(profile, &speedscope, f);
	default:
		return write_svg(opts, profile, f);
	}
}

static int write_output(const struct flamegraph_options *opts, const struct profile *profile,
			const struct output_spec *spec)
{
	struct output output;
	int err = output_open(spec->path, false, &output);

	if (err)
		return err;
	return output_commit(&output, write_format(opts, profile, spec->format, output.f));
}

static int draw(const struct flamegraph_options *opts, struct profile *profile)
{
	static const struct output_spec to_stdout = { "-", OUTPUT_SVG };
	struct input input = {
		.from = opts->from,
		.per_process = opts->per_process,
		.per_thread = opts->per_thread,
	};
	int err = 0;

	for (size_t i = 0; i < opts->input_cnt && !err; i++)
		err = input_read(&input, opts->inputs[i], profile);
	if (!opts->input_cnt)
		err = input_read(&input, "-", profile);
	for (size_t i = 0; i < opts->outputs.cnt && !err; i++)
		err = write_output(opts, profile, &opts->outputs.specs[i]);
	if (!opts->outputs.cnt && !err)
		err = write_output(opts, profile, &to_stdout);
	return err;
}

int command_flamegraph(int argc, char **argv)
{
	struct flamegraph_options opts;
	struct profile *profile;
	int err;

	options_parse_flamegraph(argc, argv, &opts);
	log_set_level((enum log_level)opts.verbosity);
	err = profile_new(&profile);
	if (err)
		log_error("cannot begin: %s", strerror(-err));
	else
		err = draw(&opts, profile);
	profile_free(profile);
	options_fini_flamegraph(&opts);
	return err ? EXIT_FAILURE : EXIT_SUCCESS;
}
