// SPDX-License-Identifier: BSD-2-Clause
/* flamegraph.c - `wick flamegraph`: folded stacks of any tool to a picture. */
#include "profiler/commands.h"
#include "profiler/log.h"
#include "profiler/options.h"
#include "profiler/output.h"
#include "profiler/picture.h"
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

/* In the order that the picture needs, in the encoding that the input has. */
static int read_stacks(const struct picture_options *picture, FILE *f, struct profile *profile,
		       struct folded_result *result)
{
	FILE *recoded = NULL;
	int err = 0;

	if (picture->encoding)
		err = picture_recode(f, picture->encoding, &recoded);
	if (!err && picture->flamechart)
		err = folded_read_by_time(profile, recoded ? recoded : f, result);
	else if (!err)
		err = folded_read(profile, recoded ? recoded : f, result);
	if (recoded)
		fclose(recoded);
	return err;
}

static int read_input(const struct picture_options *picture, const char *name,
		      struct profile *profile)
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
	err = read_stacks(picture, f, profile, &result);
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
	struct svg_opts svg = picture_svg(&opts->picture);
	struct html_opts html = picture_html(&opts->picture);
	struct output output;
	int err = output_open(spec->path, false, &output);

	if (err)
		return err;
	switch (spec->format) {
	case OUTPUT_FOLDED:
		return output_commit(&output, folded_write(profile, &folded, output.f));
	case OUTPUT_HTML:
		return output_commit(&output, html_write(profile, &html, output.f));
	default:
		return output_commit(&output, svg_write(profile, &svg, output.f));
	}
}

static int write_outputs(const struct flamegraph_options *opts, const struct profile *profile)
{
	static const struct output_spec to_stdout = { "-", OUTPUT_SVG };
	double total = opts->picture.total;
	int err = 0;

	if (total > 0 && total < profile_weight(profile))
		log_warn("--total is less than the sum of all counts, %.15g: it is not used",
			 profile_weight(profile));
	for (size_t i = 0; i < opts->outputs.cnt && !err; i++)
		err = write_output(opts, profile, &opts->outputs.specs[i]);
	if (!opts->outputs.cnt)
		err = write_output(opts, profile, &to_stdout);
	return err;
}

static int draw(const struct flamegraph_options *opts, struct profile *profile)
{
	struct profile *reversed = NULL;
	int err = 0;

	for (size_t i = 0; i < opts->input_cnt && !err; i++)
		err = read_input(&opts->picture, opts->inputs[i], profile);
	if (!opts->input_cnt)
		err = read_input(&opts->picture, "-", profile);
	if (!err && opts->picture.reverse) {
		err = profile_reverse(profile, &reversed);
		if (err)
			log_error("cannot reverse the stacks: %s", strerror(-err));
	}
	if (!err)
		err = write_outputs(opts, reversed ? reversed : profile);
	profile_free(reversed);
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
