// SPDX-License-Identifier: BSD-2-Clause
/* output_format.c - see output_format.h. */
#include "profiler/commands/output_format.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "flamegraph/diff.h"
#include "flamegraph/formats.h"
#include "profiler/report/ledger.h"
#include "profiler/report/locations.h"
#include "profiler/report/report.h"

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

static int write_picture(const struct output_content *content, FILE *f,
			 int (*write)(const struct profile *, const struct picture_opts *, FILE *))
{
	struct picture_opts picture = *content->picture;
	char *notes = NULL;
	int err;

	if (content->diff)
		picture.changes = &content->diff->changes;
	if (!content->ledger)
		return write(content->profile, &picture, f);
	err = make_notes(content->ledger, &notes);
	picture.notes = notes;
	if (!err)
		err = write(content->profile, &picture, f);
	free(notes);
	return err;
}

static int write_svg(const struct output_content *content, FILE *f)
{
	return write_picture(content, f, svg_write);
}

static int write_html(const struct output_content *content, FILE *f)
{
	return write_picture(content, f, html_write);
}

static int write_folded(const struct output_content *content, FILE *f)
{
	const struct folded_opts folded = { .no_annotations = content->no_annotations };

	return content->diff ? diff_write_folded(content->diff, &folded, f)
			     : folded_write(content->profile, &folded, f);
}

/* Of a recording more is known than names. */
static int write_pprof(const struct output_content *content, FILE *f)
{
	const struct pprof_opts pprof = { .count_name = content->picture->count_name };

	return content->report ? locations_write(content->report, content->ledger, f)
			       : pprof_write(content->profile, &pprof, f);
}

static int write_speedscope(const struct output_content *content, FILE *f)
{
	const struct speedscope_opts speedscope = {
		.name = content->name,
		.exporter = "wick@" WICK_VERSION,
		.no_annotations = content->no_annotations,
		.places = content->report ? content->report->places : NULL,
		.place_cnt = content->report ? content->report->place_cnt : 0,
	};

	return speedscope_write(content->profile, &speedscope, f);
}

static const struct output_format formats[] = {
	{ .name = "folded",
	  .endings = { ".folded", ".txt" },
	  .write = write_folded,
	  .shows_diff = true },
	{ .name = "svg",
	  .endings = { ".svg" },
	  .write = write_svg,
	  .shows_diff = true,
	  .keeps_time = true },
	{ .name = "html", .endings = { ".html" }, .write = write_html, .shows_diff = true },
	{ .name = "pprof",
	  .endings = { ".pb.gz", ".pprof" },
	  .write = write_pprof,
	  .has_lines = true },
	{ .name = "speedscope", .endings = { ".speedscope.json" }, .write = write_speedscope },
};

const struct output_format *output_format_at(size_t i)
{
	return i < sizeof(formats) / sizeof(formats[0]) ? &formats[i] : NULL;
}

const struct output_format *output_format_by_name(const char *name)
{
	const struct output_format *format;

	for (size_t i = 0; (format = output_format_at(i)); i++) {
		if (!strcmp(format->name, name))
			return format;
	}
	return NULL;
}

/* The length of ENDING if PATH ends so and is more than that; else 0. */
static size_t ending_len(const char *path, const char *ending)
{
	size_t path_len = strlen(path), len = strlen(ending);

	return path_len > len && !strcmp(path + path_len - len, ending) ? len : 0;
}

const struct output_format *output_format_by_path(const char *path)
{
	const struct output_format *format, *found = NULL;
	size_t found_len = 0;

	if (!strcmp(path, "-"))
		return output_format_by_name("folded");
	for (size_t i = 0; (format = output_format_at(i)); i++) {
		for (size_t j = 0; j < OUTPUT_ENDINGS_MAX && format->endings[j]; j++) {
			size_t len = ending_len(path, format->endings[j]);

			if (len > found_len) { /* .speedscope.json is more than .json */
				found = format;
				found_len = len;
			}
		}
	}
	return found;
}

static int write_one(struct writer *writer, size_t file, const struct output_spec *spec,
		     const struct output_content *content)
{
	struct output output;
	int err = output_open(writer, file, spec->path, &output);

	if (err)
		return err;
	return output_commit(&output, spec->format->write(content, output.f));
}

int output_format_write_all(struct writer *writer, const struct output_list *list,
			    const struct output_content *content)
{
	int err = 0;

	for (size_t i = 0; i < list->cnt; i++) {
		int this_err = write_one(writer, i, &list->specs[i], content);

		err = err ? err : this_err;
	}
	return err;
}
