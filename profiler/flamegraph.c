// SPDX-License-Identifier: BSD-2-Clause
/* flamegraph.c - `wick flamegraph`: folded stacks of any tool to a picture. */
#include "profiler/commands.h"
#include "profiler/log.h"
#include "profiler/options.h"
#include "profiler/output.h"
#include "flamegraph/formats.h"
#include "flamegraph/profile.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void report_skipped(const char *path, const struct folded_result *result)
{
	if (result->bad_cnt)
		log_warn("%s: %llu of %llu lines skipped; line %llu %s", path,
			 (unsigned long long)result->bad_cnt, (unsigned long long)result->line_cnt,
			 (unsigned long long)result->first_bad,
			 folded_fault_text(result->first_fault));
	if (result->cut_cnt)
		log_warn("%s: %llu stacks are deeper than %d frames and were cut", path,
			 (unsigned long long)result->cut_cnt, PROFILE_MAX_DEPTH);
}

static int read_input(const char *name, struct profile *profile)
{
	bool from_stdin = !strcmp(name, "-");
	const char *path = from_stdin ? "stdin" : name;
	FILE *f = from_stdin ? stdin : fopen(name, "re");
	struct folded_result result;
	int err;

	if (!f) {
		err = -errno;
		log_error("cannot read %s: %s", path, strerror(-err));
		return err;
	}
	err = folded_read(profile, f, &result);
	if (!from_stdin)
		fclose(f);
	if (err) {
		log_error("cannot read %s: %s", path, strerror(-err));
		return err;
	}
	if (!result.stack_cnt && result.bad_cnt) {
		log_error("%s has no folded stacks (`a;b;c 12`): line %llu %s", path,
			  (unsigned long long)result.first_bad,
			  folded_fault_text(result.first_fault));
		return -EINVAL;
	}
	report_skipped(path, &result);
	if (!result.stack_cnt)
		log_warn("%s is empty: the picture will be too", path);
	return 0;
}

static int write_output(const struct flamegraph_options *opts, const struct profile *profile,
			const struct output_spec *spec)
{
	struct folded_opts folded = { .no_annotations = opts->no_annotations };
	struct svg_opts svg;
	struct output output;
	int err = output_open(spec->path, false, &output);

	if (err)
		return err;
	if (spec->format == OUTPUT_FOLDED)
		return output_commit(&output, folded_write(profile, &folded, output.f));
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
	return output_commit(&output, svg_write(profile, &svg, output.f));
}

static int draw(const struct flamegraph_options *opts, struct profile *profile)
{
	static const struct output_spec to_stdout = { "-", OUTPUT_SVG };
	int err = 0;

	for (size_t i = 0; i < opts->input_cnt && !err; i++)
		err = read_input(opts->inputs[i], profile);
	if (!opts->input_cnt)
		err = read_input("-", profile);
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
