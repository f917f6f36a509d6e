// SPDX-License-Identifier: BSD-2-Clause
/* diff.c - `wick diff`: what changed between two profiles, as far as they can tell. */
#include "profiler/commands/commands.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flamegraph/diff.h"
#include "flamegraph/formats.h"
#include "flamegraph/profile.h"
#include "profiler/commands/input.h"
#include "profiler/commands/options.h"
#include "profiler/commands/output_format.h"
#include "profiler/guard/confine.h"
#include "profiler/log.h"

#define TABLE_ROWS   15
#define NAME_COLUMNS 100
#define MUCH_MORE    1.1 /* samples of one for each of the other: counts cannot be compared */

static void print_shares(const struct diff *d, const struct diff_function *f, const char *name)
{
	double before = d->all.before > 0 ? f->self.before / d->all.before : 0;
	double after = d->all.after > 0 ? f->self.after / d->all.after : 0;

	log_print(LOG_NORMAL, "%7.2f %% %7.2f %% %+8.2f %%  %+7.2f .. %+.2f %s %s", 100 * before,
		  100 * after, 100 * f->change, 100 * f->interval.low, 100 * f->interval.high,
		  interval_is_change(f->interval) ? " " : "~", name);
}

static void print_counts(const struct diff_function *f, const char *name)
{
	log_print(LOG_NORMAL, "%9.6g %9.6g %+10.6g  %+9.1f .. %+.1f %s %s", f->self.before,
		  f->self.after, f->change, f->interval.low, f->interval.high,
		  interval_is_change(f->interval) ? " " : "~", name);
}

/* Print the functions whose own weight changed most. */
static void print_table(const struct diff *d)
{
	char name[NAME_COLUMNS];
	bool has_doubt = false;

	log_print(LOG_NORMAL,
		  "   before     after     change   95 %% interval    function (own samples)");
	for (size_t i = 0; i < d->function_cnt && i < TABLE_ROWS; i++) {
		const struct diff_function *f = &d->functions[i];

		if (f->change == 0)
			break;
		log_printable(profile_frame_at(d->profile, f->frame)->name, name, sizeof(name));
		if (d->normalized)
			print_shares(d, f, name);
		else
			print_counts(f, name);
		has_doubt |= !interval_is_change(f->interval);
	}
	log_print(LOG_NORMAL, "%.15g samples before, %.15g after, %zu functions%s", d->all.before,
		  d->all.after, d->function_cnt,
		  has_doubt ? "; ~ may be chance, and so may one in twenty of the others" : "");
}

static const char *title_of(const struct diff_options *opts)
{
	return opts->picture.title ? opts->picture.title : "Differential Flame Graph";
}

/* The subtitle says what the colours mean. */
static const char *subtitle_of(const struct diff_options *opts, const struct diff *d)
{
	if (opts->picture.subtitle)
		return opts->picture.subtitle;
	return d->normalized
		       ? "width: after; red: a larger share than before, blue: a smaller one, "
			 "grey: no change that the samples support"
		       : "width: after; red: more than before, blue: less, grey: no change that "
			 "the samples support";
}

static int write_outputs(const struct diff_options *opts, struct writer *writer,
			 const struct diff *d)
{
	struct picture_opts picture = opts->picture;
	const struct output_content content = {
		.profile = d->profile,
		.picture = &picture,
		.no_annotations = opts->no_annotations,
		.diff = d,
	};

	picture.title = title_of(opts);
	picture.subtitle = subtitle_of(opts, d);
	return output_format_write_all(writer, &opts->outputs, &content);
}

static void warn_different(const struct diff *d)
{
	double less = fmin(d->all.before, d->all.after), more = fmax(d->all.before, d->all.after);

	if (!d->normalized && more > less * MUCH_MORE)
		log_warn(
			"%.15g samples before, %.15g after: --normalize compares shares instead of "
			"counts",
			d->all.before, d->all.after);
}

static int compare(const struct diff_options *opts, struct writer *writer, struct profile *before,
		   struct profile *after)
{
	/* Samples are what the intervals count, not the periods that perf gives them. */
	struct input input = { .from = opts->from, .count_samples = true };
	struct diff *d;
	int err = input_read(&input, opts->before, before);

	if (!err)
		err = input_read(&input, opts->after, after);
	if (err)
		return err;
	err = diff_new(before, after, opts->normalize, &d);
	if (err) {
		log_error("cannot compare %s and %s: %s", opts->before, opts->after,
			  strerror(-err));
		return err;
	}
	warn_different(d);
	err = write_outputs(opts, writer, d);
	print_table(d);
	diff_free(d);
	return err;
}

int command_diff(int argc, char **argv)
{
	struct profile *before = NULL, *after = NULL;
	struct diff_options opts;
	struct writer *writer;
	int err;

	options_parse_diff(argc, argv, &opts);
	log_set_level((enum log_level)opts.verbosity);
	err = output_prepare(&opts.outputs, NULL, 0, &writer);
	if (!err)
		err = confine(CONFINE_FILES, NULL, 0, false);
	if (!err)
		err = profile_new(&before);
	if (!err)
		err = profile_new(&after);
	if (!err)
		err = compare(&opts, writer, before, after);
	if (err && !log_error_said())
		log_error("cannot begin: %s", strerror(-err));
	profile_free(before);
	profile_free(after);
	writer_close(writer);
	options_fini_diff(&opts);
	return err ? EXIT_FAILURE : EXIT_SUCCESS;
}
