// SPDX-License-Identifier: BSD-2-Clause
/* results.c - see results.h. */
#include "profiler/commands/results.h"

#include "flamegraph/formats.h"
#include "profiler/commands/output_format.h"
#include "profiler/report/output.h"

int results_prepare(const struct record_options *opts, struct writer **writer)
{
	const struct writer_file stats = { .path = opts->stats, .check = true };

	return output_prepare(&opts->outputs, &stats, opts->stats ? 1 : 0, writer);
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
	struct picture_opts picture;
	const struct output_content content = {
		.profile = report->profile,
		.picture = &picture,
		.no_annotations = opts->no_annotations,
		.name = ledger->event,
		.report = report,
		.ledger = ledger,
	};

	picture_opts_init(&picture);
	return output_format_write_all(writer, &opts->outputs, &content);
}

int results_write_stats(const struct record_options *opts, struct writer *writer,
			const struct ledger *ledger)
{
	struct output output;
	int err;

	if (!opts->stats)
		return 0;
	err = output_open(writer, opts->outputs.cnt, opts->stats, &output);
	return err ? err : output_commit(&output, ledger_write_json(ledger, output.f));
}
