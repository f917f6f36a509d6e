// SPDX-License-Identifier: BSD-2-Clause
/* flamegraph.c - `wick flamegraph`: stacks of any tool to a picture. */
#include "profiler/commands/commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flamegraph/formats.h"
#include "flamegraph/profile.h"
#include "profiler/commands/input.h"
#include "profiler/commands/options.h"
#include "profiler/commands/output_format.h"
#include "profiler/guard/confine.h"
#include "profiler/log.h"

static const char *title_of(const struct flamegraph_options *opts)
{
	if (opts->picture.title)
		return opts->picture.title;
	if (opts->flamechart)
		return "Flame Chart";
	return opts->picture.inverted ? "Icicle Graph" : "Flame Graph";
}

static int write_outputs(const struct flamegraph_options *opts, struct writer *writer,
			 const struct profile *profile)
{
	struct picture_opts picture = opts->picture;
	const struct output_content content = {
		.profile = profile,
		.picture = &picture,
		.no_annotations = opts->no_annotations,
		.name = opts->picture.title,
	};
	double total = opts->picture.total;

	picture.title = title_of(opts);
	if (total > 0 && total < profile_weight(profile))
		log_warn("--total is less than the sum of all counts, %.15g: it is not used",
			 profile_weight(profile));
	return output_format_write_all(writer, &opts->outputs, &content);
}

static int draw(const struct flamegraph_options *opts, struct writer *writer,
		struct profile *profile)
{
	struct input input = {
		.from = opts->from,
		.per_process = opts->per_process,
		.per_thread = opts->per_thread,
		.encoding = opts->encoding,
		.by_time = opts->flamechart,
	};
	struct profile *reversed = NULL;
	int err = 0;

	for (size_t i = 0; i < opts->input_cnt && !err; i++)
		err = input_read(&input, opts->inputs[i], profile);
	if (!opts->input_cnt)
		err = input_read(&input, "-", profile);
	if (!err && opts->reverse) {
		err = profile_reverse(profile, &reversed);
		if (err)
			log_error("cannot reverse the stacks: %s", strerror(-err));
	}
	if (!err)
		err = write_outputs(opts, writer, reversed ? reversed : profile);
	profile_free(reversed);
	return err;
}

int command_flamegraph(int argc, char **argv)
{
	struct flamegraph_options opts;
	struct profile *profile = NULL;
	struct writer *writer;
	int err;

	options_parse_flamegraph(argc, argv, &opts);
	log_set_level((enum log_level)opts.verbosity);
	err = output_prepare(&opts.outputs, NULL, 0, &writer);
	if (!err)
		err = confine(CONFINE_FILES, NULL, 0, false);
	if (!err)
		err = profile_new(&profile);
	if (!err)
		err = draw(&opts, writer, profile);
	if (err && !log_error_said())
		log_error("cannot begin: %s", strerror(-err));
	profile_free(profile);
	writer_close(writer);
	options_fini_flamegraph(&opts);
	return err ? EXIT_FAILURE : EXIT_SUCCESS;
}
