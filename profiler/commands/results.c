// SPDX-License-Identifier: BSD-2-Clause
/* results.c - see results.h. */
#include "profiler/commands/results.h"
#include "profiler/report/locations.h"
#include "profiler/log.h"
#include "profiler/report/output.h"
#include "flamegraph/formats.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#define DEFAULT_OUTPUT "wick.svg"

struct results {
	const struct record_options *opts;
	struct writer *writer;
	const struct report *report;
	const struct ledger *ledger;
};

/* Of the writer's files, after those of --output. */
enum { FILE_STATS, FILE_PICTURE, FILE_CNT };

int results_prepare(const struct record_options *opts, struct writer **writer)
{
	const struct writer_file more[FILE_CNT] = {
		[FILE_STATS] = { .path = opts->stats ? opts->stats : "-", .check = opts->stats },
		[FILE_PICTURE] = { .path = DEFAULT_OUTPUT, .keep_old = true },
	};

	return output_prepare(&opts->outputs, more, opts->outputs.cnt ? 1 : FILE_CNT, writer);
}

bool results_want_lines(const struct record_options *opts)
{
	for (size_t i = 0; i < opts->outputs.cnt; i++) {
		if (opts->outputs.specs[i].format == OUTPUT_PPROF)
			return true;
	}
	return false;
}

/* The ledger as the text that pictures carry; to be freed. */
static int make_notes(const struct ledger *ledger, char **notes)
{
	size_t notes_size;
	FILE *mem = open_memstream(notes, &notes_size);
	int err;

	if (!mem)
		return -ENOMEM;
	err = ledger_write_json(ledger, mem);
	return fclose(mem) && !err ? -ENOMEM : err;
}

static int write_picture(const struct profile *profile, const struct ledger *ledger,
			 enum output_format format, FILE *f)
{
	struct picture_opts picture;
	char *notes = NULL;
	int err = make_notes(ledger, &notes);

	picture_opts_init(&picture);
	picture.notes = notes;
	if (!err)
		err = format == OUTPUT_HTML ? html_write(profile, &picture, f)
					    : svg_write(profile, &picture, f);
	free(notes);
	return err;
}

static int write_format(const struct results *r, enum output_format format, FILE *f)
{
	const struct folded_opts folded = { .no_annotations = r->opts->no_annotations };
	const struct speedscope_opts speedscope = {
		.name = r->ledger->event,
		.exporter = "wick@" WICK_VERSION,
		.no_annotations = r->opts->no_annotations,
	};

	switch (format) {
	case OUTPUT_SVG:
	case OUTPUT_HTML:
		return write_picture(r->report->profile, r->ledger, format, f);
	case OUTPUT_PPROF:
		return locations_write(r->report, r->ledger, f);
	case OUTPUT_SPEEDSCOPE:
		return speedscope_write(r->report->profile, &speedscope, f);
	default:
		return folded_write(r->report->profile, &folded, f);
	}
}

static int write_one(const struct results *r, size_t file, const struct output_spec *spec)
{
	struct output output;
	int err = output_open(r->writer, file, spec->path, &output);

	if (err)
		return err;
	return output_commit(&output, write_format(r, spec->format, output.f));
}

int results_write(const struct record_options *opts, struct writer *writer,
		  const struct report *report, const struct ledger *ledger)
{
	static const struct output_spec to_stdout = { "-", OUTPUT_FOLDED };
	static const struct output_spec to_picture = { DEFAULT_OUTPUT, OUTPUT_SVG };
	const struct results r = { opts, writer, report, ledger };
	int err = 0;

	for (size_t i = 0; i < opts->outputs.cnt && !err; i++)
		err = write_one(&r, i, &opts->outputs.specs[i]);
	if (opts->outputs.cnt)
		return err;
	/* Folded stacks into a pipe, else a picture. */
	if (!opts->cmd && !isatty(STDOUT_FILENO))
		return write_one(&r, 0, &to_stdout);
	err = write_one(&r, FILE_PICTURE, &to_picture);
	if (!err)
		log_print(LOG_NORMAL, "wrote %s", DEFAULT_OUTPUT);
	return err;
}

int results_write_stats(const struct record_options *opts, struct writer *writer,
			const struct ledger *ledger)
{
	struct output output;
	int err;

	if (!opts->stats)
		return 0;
	err = output_open(writer, opts->outputs.cnt + FILE_STATS, opts->stats, &output);
	return err ? err : output_commit(&output, ledger_write_json(ledger, output.f));
}
