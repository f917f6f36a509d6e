// SPDX-License-Identifier: BSD-2-Clause
/* results.c - see results.h. */
#include "profiler/commands/results.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "flamegraph/formats.h"
#include "profiler/commands/output_format.h"
#include "profiler/log.h"
#include "profiler/report/output.h"

#define DEFAULT_OUTPUT "wick.svg"

/* These come after --output among the writer's files. */
enum { FILE_STATS, FILE_PICTURE, FILE_STDOUT, FILE_CNT };

/* A pipe is for folded stacks, a terminal for a picture in a file. */
static bool goes_to_stdout(const struct record_options *opts)
{
	return !opts->outputs.cnt && !opts->cmd && !isatty(STDOUT_FILENO);
}

int results_prepare(const struct record_options *opts, struct writer **writer)
{
	const struct writer_file more[FILE_CNT] = {
		[FILE_STATS] = { .path = opts->stats ? opts->stats : "-", .check = opts->stats },
		[FILE_PICTURE] = { .path = DEFAULT_OUTPUT, .keep_old = true },
		[FILE_STDOUT] = { .path = "-", .check = goes_to_stdout(opts) },
	};

	return output_prepare(&opts->outputs, more, opts->outputs.cnt ? 1 : FILE_CNT, writer);
}

bool results_want_lines(const struct record_options *opts)
{
	for (size_t i = 0; i < opts->outputs.cnt; i++) {
		if (opts->outputs.specs[i].format->has_lines)
			return true;
	}
	return false;
}

int results_write(const struct record_options *opts, struct writer *writer,
		  const struct report *report, const struct ledger *ledger)
{
	const struct output_spec to_stdout = { "-", output_format_by_path("-") };
	const struct output_spec to_picture = { DEFAULT_OUTPUT,
						output_format_by_path(DEFAULT_OUTPUT) };
	struct picture_opts picture;
	const struct output_content content = {
		.profile = report->profile,
		.picture = &picture,
		.no_annotations = opts->no_annotations,
		.name = ledger->event,
		.report = report,
		.ledger = ledger,
	};
	int err;

	picture_opts_init(&picture);
	if (opts->outputs.cnt)
		return output_format_write_all(writer, &opts->outputs, &content);
	if (goes_to_stdout(opts))
		return output_format_write(writer, FILE_STDOUT, &to_stdout, &content);
	err = output_format_write(writer, FILE_PICTURE, &to_picture, &content);
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
