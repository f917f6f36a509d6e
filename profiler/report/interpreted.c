// SPDX-License-Identifier: BSD-2-Clause
/* interpreted.c - see interpreted.h. */
#include "profiler/report/interpreted.h"

#include <inttypes.h>
#include <string.h>

#include "profiler/interpreters/plugs.h"
#include "profiler/log.h"
#include "symbolize/symbolizer.h"

static const char *const end_names[INTERPRETER_END_CNT] = {
	[INTERPRETER_COMPLETE] = "complete", [INTERPRETER_NO_STATE] = "no_state",
	[INTERPRETER_NOT_HERE] = "not_here", [INTERPRETER_BAD_READ] = "unreadable",
	[INTERPRETER_TORN] = "torn",	     [INTERPRETER_TOO_DEEP] = "too_deep",
};

static const char *const lack_names[CODE_LACK_CNT] = {
	[CODE_UNREADABLE] = "unreadable",
	[CODE_UNHEARD] = "not_heard",
	[CODE_UNDECODED] = "not_decoded",
	[CODE_NO_ROOM] = "no_room",
};

/* Naming */

int interpreted_ask(const struct codes *codes, struct symbolizer *s, enum interpreter_kind kind,
		    uint32_t frame, uint32_t *id)
{
	struct code_place place;
	struct sym_given given = { .kind = SYM_INTERPRETED };
	const struct interpreter_plug *plug = interpreter_plug(kind);
	char module[32];

	codes_place(codes, frame, &place);
	if (plug) {
		snprintf(module, sizeof(module), "[%s]", plug->name);
		given.module = module;
	}
	given.name = place.name ? place.name : "[unknown]";
	given.file = place.file;
	given.first_line = (int)place.first_line;
	given.line = (int)place.line;
	return symbolizer_ask_given(s, &given, id);
}

/* Hiding */

/* What the frame's code is in; the same pointer or text for the same file. */
static const char *module_of(const struct symbolizer *s, uint32_t answer)
{
	const char *module = symbolizer_answer(s, answer)->module;

	return module ? module : "";
}

/*
 * The interpreted frames are from FIRST to LAST.  The native one behind each run evaluates it and is
 * shown as it; other native ones between them are calls of the interpreter to itself, if they are in
 * its own file.
 */
static void hide_between(const struct collect_cursor *at, const struct symbolizer *s, size_t first,
			 size_t last, uint32_t *answers)
{
	const char *interpreter = last + 1 < at->user_cnt ? module_of(s, answers[last + 1]) : "";

	for (size_t i = first + 1; i <= last + 1 && i < at->user_cnt; i++) {
		if (collect_frame(at, i).is_interpreted)
			continue;
		if (collect_frame(at, i - 1).is_interpreted ||
		    (*interpreter && !strcmp(module_of(s, answers[i]), interpreter)))
			answers[i] = REPORT_HIDDEN;
	}
}

static void hide(const struct collect_cursor *at, const struct symbolizer *s,
		 enum native_frames shown, uint32_t *answers)
{
	size_t first = at->user_cnt, last = 0;

	for (size_t i = 0; i < at->user_cnt; i++) {
		if (!collect_frame(at, i).is_interpreted)
			continue;
		first = first < i ? first : i;
		last = i;
	}
	if (first == at->user_cnt || shown == NATIVE_ALL)
		return;
	if (shown == NATIVE_USEFUL)
		hide_between(at, s, first, last, answers);
	for (size_t i = 0; i < at->user_cnt && shown == NATIVE_NONE; i++) {
		if (!collect_frame(at, i).is_interpreted)
			answers[i] = REPORT_HIDDEN;
	}
}

void interpreted_hide(const struct collect *c, const struct symbolizer *s, enum native_frames shown,
		      uint32_t *answers)
{
	struct collect_cursor at = { 0 };

	while (collect_next(c, &at))
		hide(&at, s, shown, answers + at.first_frame);
}

/* Counting */

void interpreted_count(struct interpreted *in, const struct collect_cursor *at,
		       const struct codes *codes)
{
	const struct collect_sample *sample = at->sample;
	struct interpreted_counts *counts = &in->by_kind[sample->interpreter];
	struct code_place place;

	if (sample->interpreter == INTERPRETER_NONE)
		return;
	counts->by_end[sample->interpreter_end] += sample->count;
	counts->unpaired += sample->unpaired ? sample->count : 0;
	for (size_t i = 0; i < at->user_cnt; i++) {
		struct collect_frame frame = collect_frame(at, i);

		if (!frame.is_interpreted)
			continue;
		codes_place(codes, (uint32_t)frame.ip, &place);
		counts->frames[place.lack] += sample->count;
	}
}

static uint64_t unnamed(const struct interpreted_counts *counts)
{
	uint64_t all = 0;

	for (int i = CODE_NAMED + 1; i < CODE_LACK_CNT; i++)
		all += counts->frames[i];
	return all;
}

static uint64_t sum(const struct interpreted_counts *counts)
{
	uint64_t all = 0;

	for (int i = 0; i < INTERPRETER_END_CNT; i++)
		all += counts->by_end[i];
	return all;
}

static void write_frames(const struct interpreted_counts *counts, FILE *f)
{
	const char *comma = "";

	fprintf(f,
		"\"frames\": {\"named\": %" PRIu64 ", \"unnamed\": %" PRIu64 ", \"unnamed_why\": {",
		counts->frames[CODE_NAMED], unnamed(counts));
	for (int i = CODE_NAMED + 1; i < CODE_LACK_CNT; i++) {
		fprintf(f, "%s\"%s\": %" PRIu64, comma, lack_names[i], counts->frames[i]);
		comma = ", ";
	}
	fputs("}}", f);
}

static void write_unread(const struct interpreters_unread *unread, FILE *f)
{
	if (!unread->cnt)
		return;
	fputs("\"interpreters_not_read\": [", f);
	for (size_t i = 0; i < unread->cnt; i++) {
		const struct unread_row *row = &unread->rows[i];

		fprintf(f,
			"{\"language\": \"%s\", \"version\": \"%u.%u\", \"why\": \"%s\", "
			"\"processes\": %" PRIu64 "}%s",
			interpreter_plug(row->file.kind)->name, row->file.version >> 8,
			row->file.version & 0xff, interpreter_unread_words(row->why)->name,
			row->processes, i + 1 < unread->cnt ? ", " : "");
	}
	if (unread->others)
		fprintf(f, ", {\"why\": \"others\", \"processes\": %" PRIu64 "}", unread->others);
	fputs("], ", f);
}

void interpreted_write_json(const struct interpreted *in, const struct interpreters_unread *unread,
			    FILE *f)
{
	const char *comma = "";
	bool any = false;

	for (uint32_t kind = 0; kind < INTERPRETER_KIND_CNT; kind++) {
		const struct interpreted_counts *counts = &in->by_kind[kind];

		if (!sum(counts))
			continue;
		fprintf(f, "%s\"%s\": {\"stacks\": {", any ? ", " : "\"interpreters\": {",
			interpreter_plug(kind)->name);
		any = true;
		comma = "";
		for (int i = 0; i < INTERPRETER_END_CNT; i++) {
			fprintf(f, "%s\"%s\": %" PRIu64, comma, end_names[i], counts->by_end[i]);
			comma = ", ";
		}
		fprintf(f, "}, \"unpaired\": %" PRIu64 ", ", counts->unpaired);
		write_frames(counts, f);
		fputs("}", f);
	}
	if (any)
		fputs("}, ", f);
	write_unread(unread, f);
}

static void print_counts(const char *name, const struct interpreted_counts *counts)
{
	/* A thread without a state does not run the language. */
	uint64_t stacks = sum(counts) - counts->by_end[INTERPRETER_NO_STATE];
	uint64_t complete = counts->by_end[INTERPRETER_COMPLETE];
	uint64_t named = counts->frames[CODE_NAMED], frames = named + unnamed(counts);

	if (!stacks)
		return;
	log_print(LOG_NORMAL,
		  "  %s: %" PRIu64
		  " stacks, %.2f %% complete, %.2f %% not joined to native frames; "
		  "%.2f %% of frames named",
		  name, stacks, 100.0 * (double)complete / (double)stacks,
		  100.0 * (double)counts->unpaired / (double)stacks,
		  frames ? 100.0 * (double)named / (double)frames : 100.0);
}

static void print_unread(const struct interpreters_unread *unread)
{
	char name[INTERPRETER_NAME_SIZE];

	for (size_t i = 0; i < unread->cnt; i++) {
		const struct unread_row *row = &unread->rows[i];

		log_print(LOG_NORMAL, "  %s: native frames only in %" PRIu64 " process%s: %s",
			  interpreter_name(&row->file, name), row->processes,
			  row->processes == 1 ? "" : "es",
			  interpreter_unread_words(row->why)->text);
	}
	if (unread->others)
		log_print(LOG_NORMAL,
			  "  interpreters of other versions: native frames only in %" PRIu64
			  " process%s",
			  unread->others, unread->others == 1 ? "" : "es");
}

void interpreted_print(const struct interpreted *in, const struct interpreters_unread *unread)
{
	for (uint32_t kind = 0; kind < INTERPRETER_KIND_CNT; kind++) {
		if (interpreter_plug(kind))
			print_counts(interpreter_plug(kind)->name, &in->by_kind[kind]);
	}
	print_unread(unread);
}
