// SPDX-License-Identifier: BSD-2-Clause
/* locations.c - see locations.h. */
#include "profiler/report/locations.h"

#include <errno.h>
#include <math.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "flamegraph/pprof/pprof.h"
#include "flamegraph/profile.h"
#include "profiler/array.h"
#include "symbolize/symbolizer.h"

#define NS_PER_S  1e9
#define COMM_SIZE (COMM_LEN + 1)

enum mapping_kind { MAPPING_KERNEL, MAPPING_FILE, MAPPING_GENERATED, MAPPING_INTERPRETED };

/* Processes that have the same file at the same address share one of these. */
struct location_mapping {
	uint64_t id;
	enum mapping_kind kind;
	struct sym_mapping sym; /* where it is, and of which file, or in which language */
	bool has_functions, has_lines, has_inlines;
	struct location_mapping *next;
};

struct location {
	uint64_t id;
	const struct location_mapping *mapping; /* NULL: the address is in no mapping */
	uint32_t answer;
};

struct location_writer {
	const struct report *report;
	struct pprof *out;
	void *mappings, *locations; /* trees of tsearch(3) */
	/* The mappings once more, as a list in the order in which they were met. */
	struct location_mapping *first_mapping, **last_mapping;
	uint64_t mapping_cnt, location_cnt;
	/* A function is a frame of this profile, named by its name, a NUL, its file, a NUL and its
	   first line; its id is the frame's number + 1. */
	struct profile *functions;
	uint64_t *ids; /* the locations of the sample that is being written */
	size_t id_cap;
	uint64_t period_ns; /* between two ticks; 0: the event is not time */
};

/* Functions */

/* Put FUNCTION once, and set its id. */
static int put_function(struct location_writer *w, struct pprof_function *function)
{
	uint32_t before = profile_frame_cnt(w->functions), index;
	char *key;
	int err, len = asprintf(&key, "%s%c%s%c%d", function->name, '\0',
				function->file ? function->file : "", '\0',
				(int)function->first_line);

	if (len < 0)
		return -ENOMEM;
	err = profile_frame(w->functions, key, (size_t)len, FRAME_USER, &index);
	free(key);
	if (err)
		return err;
	function->id = (uint64_t)index + 1;
	function->name_len = strlen(function->name);
	if (index == before)
		pprof_put_function(w->out, function);
	return 0;
}

/* Mappings */

static int compare_mappings(const void *pa, const void *pb)
{
	const struct location_mapping *a = pa, *b = pb;

	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	if (a->sym.start != b->sym.start)
		return a->sym.start < b->sym.start ? -1 : 1;
	if (a->sym.end != b->sym.end)
		return a->sym.end < b->sym.end ? -1 : 1;
	if (a->sym.off != b->sym.off)
		return a->sym.off < b->sym.off ? -1 : 1;
	if (a->kind == MAPPING_INTERPRETED)
		return strcmp(a->sym.path, b->sym.path);
	if (a->kind != MAPPING_FILE)
		return 0;
	if (a->sym.build_id_len != b->sym.build_id_len)
		return a->sym.build_id_len < b->sym.build_id_len ? -1 : 1;
	return memcmp(a->sym.build_id, b->sym.build_id, a->sym.build_id_len)
		       ?: strcmp(a->sym.path, b->sym.path);
}

static int add_mapping(struct location_writer *w, const struct location_mapping *wanted,
		       struct location_mapping **out)
{
	struct location_mapping *copy, **found = tfind(wanted, &w->mappings, compare_mappings);

	*out = found ? *found : NULL;
	if (found)
		return 0;
	copy = malloc(sizeof(*copy));
	if (!copy)
		return -ENOMEM;
	*copy = *wanted;
	copy->id = ++w->mapping_cnt;
	copy->next = NULL;
	if (!tsearch(copy, &w->mappings, compare_mappings)) {
		free(copy);
		return -ENOMEM;
	}
	*w->last_mapping = copy;
	w->last_mapping = &copy->next;
	*out = copy;
	return 0;
}

static bool is_interpreted(const struct sym_answer *answer)
{
	return answer->frame_cnt && answer->frames[0].kind == SYM_INTERPRETED;
}

/* *OUT is the mapping that FRAME lies in; NULL: it lies in none. */
static int find_mapping(struct location_writer *w, const struct collect_sample *sample,
			struct collect_frame frame, const struct sym_answer *answer,
			struct location_mapping **out)
{
	uint64_t ip = symbolizer_call_ip(frame.ip, frame.is_return);
	struct location_mapping wanted = { .kind = MAPPING_KERNEL };

	*out = NULL;
	if (frame.is_kernel) {
		wanted.sym.start = PPROF_KERNEL_START;
		wanted.sym.end = UINT64_MAX;
		return add_mapping(w, &wanted, out);
	}
	if (is_interpreted(answer)) {
		wanted.kind = MAPPING_INTERPRETED;
		wanted.sym.path = answer->module ? answer->module : PPROF_INTERPRETED;
		return add_mapping(w, &wanted, out);
	}
	if (!sample->process || symbolizer_find_mapping(sample->process, ip, &wanted.sym))
		return 0;
	wanted.kind = !wanted.sym.path || (answer->frame_cnt && answer->frames[0].kind == SYM_JIT)
			      ? MAPPING_GENERATED
			      : MAPPING_FILE;
	return add_mapping(w, &wanted, out);
}

static const char *file_of(const struct location_mapping *mapping)
{
	switch (mapping->kind) {
	case MAPPING_KERNEL:
		return PPROF_KERNEL;
	case MAPPING_GENERATED:
		return PPROF_JIT;
	default:
		return mapping->sym.path;
	}
}

static void put_mapping(struct location_writer *w, const struct location_mapping *mapping)
{
	static const char digits[] = "0123456789abcdef";
	char build_id[2 * sizeof(mapping->sym.build_id) + 1];
	struct pprof_mapping message = {
		.id = mapping->id,
		.start = mapping->sym.start,
		.end = mapping->sym.end,
		.off = mapping->sym.off,
		.file = file_of(mapping),
		.build_id = build_id,
		.has_functions = mapping->has_functions,
		.has_lines = mapping->has_lines,
		.has_inlines = mapping->has_inlines,
	};

	for (size_t i = 0; i < mapping->sym.build_id_len; i++) {
		build_id[2 * i] = digits[mapping->sym.build_id[i] >> 4];
		build_id[2 * i + 1] = digits[mapping->sym.build_id[i] & 15];
	}
	build_id[2 * mapping->sym.build_id_len] = '\0';
	pprof_put_mapping(w->out, &message);
}

static int compare_processes(const void *pa, const void *pb)
{
	const struct collect_sample *const *a = pa, *const *b = pb;
	uintptr_t process_a = (uintptr_t)(*a)->process, process_b = (uintptr_t)(*b)->process;

	if ((*a)->tgid != (*b)->tgid)
		return (*a)->tgid < (*b)->tgid ? -1 : 1;
	return (process_a > process_b) - (process_a < process_b);
}

/* *OUT is the process that has most samples, in the version that has most; NULL: there is none. */
static int find_main_process(const struct report *report, const struct process **out)
{
	uint64_t best_cnt = 0, cnt = 0;
	size_t sample_cnt;
	const struct collect_sample *samples = collect_samples(report->collect, &sample_cnt);
	const struct collect_sample **sorted = calloc(sample_cnt + 1, sizeof(*sorted));

	*out = NULL;
	if (!sorted)
		return -ENOMEM;
	for (size_t i = 0; i < sample_cnt; i++)
		sorted[i] = &samples[i];
	qsort(sorted, sample_cnt, sizeof(*sorted), compare_processes);
	for (size_t i = 0; i < sample_cnt; i++) {
		cnt = i && !compare_processes(&sorted[i], &sorted[i - 1]) ? cnt : 0;
		cnt += sorted[i]->count;
		if (sorted[i]->process && cnt > best_cnt) {
			best_cnt = cnt;
			*out = sorted[i]->process;
		}
	}
	free(sorted);
	return 0;
}

static bool has_mapping(const struct process *process, const struct location_mapping *mapping)
{
	struct location_mapping there = { .kind = MAPPING_FILE };

	return process && !symbolizer_find_mapping(process, mapping->sym.start, &there.sym) &&
	       there.sym.path && !compare_mappings(&there, mapping);
}

/*
 * Readers take the first mapping of a pprof file for the program, so the lowest file of the
 * process that has most samples is put there.
 */
static int put_mappings(struct location_writer *w)
{
	const struct process *process;
	const struct location_mapping *first = NULL;
	int err = find_main_process(w->report, &process);

	if (err)
		return err;
	for (const struct location_mapping *p = w->first_mapping; p; p = p->next) {
		if (p->kind == MAPPING_FILE && (!first || p->sym.start < first->sym.start) &&
		    has_mapping(process, p))
			first = p;
	}
	if (first)
		put_mapping(w, first);
	for (const struct location_mapping *p = w->first_mapping; p; p = p->next) {
		if (p != first)
			put_mapping(w, p);
	}
	return 0;
}

/* Locations */

static int compare_locations(const void *pa, const void *pb)
{
	const struct location *a = pa, *b = pb;
	uint64_t mapping_a = a->mapping ? a->mapping->id : 0,
		 mapping_b = b->mapping ? b->mapping->id : 0;

	if (a->answer != b->answer)
		return a->answer < b->answer ? -1 : 1;
	return (mapping_a > mapping_b) - (mapping_a < mapping_b);
}

/*
 * The file that frame I of ANSWER executes, and its *LINE: a function that has another one
 * inlined executes that call, the innermost one the address itself.
 */
static const char *source_of(const struct sym_answer *answer, unsigned int i, int *line)
{
	const struct sym_frame *inner = i + 1 < answer->frame_cnt ? &answer->frames[i + 1] : NULL;

	*line = inner ? inner->call_line : answer->line;
	return inner ? inner->call_file : answer->file;
}

static int put_location(struct location_writer *w, uint64_t id, struct location_mapping *mapping,
			uint64_t ip, const struct sym_answer *answer)
{
	struct pprof_line *lines = calloc((size_t)answer->frame_cnt + 1, sizeof(*lines));
	struct pprof_location location = { .id = id,
					   .mapping = mapping ? mapping->id : 0,
					   .ip = ip,
					   .lines = lines,
					   .line_cnt = answer->frame_cnt };
	int err = lines ? 0 : -ENOMEM;

	for (unsigned int i = 0; i < answer->frame_cnt && !err; i++) {
		struct pprof_line *line = &lines[answer->frame_cnt - 1 - i];
		struct pprof_function function = { .name = answer->frames[i].name,
						   .first_line = answer->first_line };
		int number;

		function.file = source_of(answer, i, &number);
		err = put_function(w, &function);
		*line = (struct pprof_line){ function.id, number };
	}
	if (!err)
		pprof_put_location(w->out, &location);
	if (mapping) {
		mapping->has_functions |= answer->frame_cnt > 0;
		mapping->has_lines |= answer->line > 0;
		mapping->has_inlines |= answer->frame_cnt > 1;
	}
	free(lines);
	return err;
}

static int find_location(struct location_writer *w, const struct collect_sample *sample,
			 struct collect_frame frame, uint32_t answer_id, uint64_t *id)
{
	const struct sym_answer *answer = symbolizer_answer(w->report->symbolizer, answer_id);
	struct location wanted = { .answer = answer_id }, *copy, **found;
	struct location_mapping *mapping;
	int err = find_mapping(w, sample, frame, answer, &mapping);

	if (err)
		return err;
	wanted.mapping = mapping;
	found = tfind(&wanted, &w->locations, compare_locations);
	if (found) {
		*id = (*found)->id;
		return 0;
	}
	copy = malloc(sizeof(*copy));
	if (!copy)
		return -ENOMEM;
	*copy = wanted;
	*id = copy->id = ++w->location_cnt;
	if (!tsearch(copy, &w->locations, compare_locations)) {
		free(copy);
		return -ENOMEM;
	}
	/* What an interpreter evaluates has no address. */
	return put_location(w, *id, mapping,
			    is_interpreted(answer) ? 0
						   : symbolizer_call_ip(frame.ip, frame.is_return),
			    answer);
}

/* A label is a frame without code behind it. */
static int put_label(struct location_writer *w, const char *name, uint64_t *id)
{
	struct pprof_function function = { .name = name };
	int err = put_function(w, &function);
	struct pprof_line line = { .function = function.id };
	struct pprof_location location = { .lines = &line, .line_cnt = 1 };

	location.id = *id = ++w->location_cnt;
	if (!err)
		pprof_put_location(w->out, &location);
	return err;
}

/* Samples */

static void put_sample(struct location_writer *w, const struct collect_sample *sample, size_t cnt)
{
	const int64_t values[] = { sample->weight, sample->weight * w->period_ns };
	char comm[COMM_SIZE] = { 0 };
	const struct pprof_label labels[] = {
		{ .key = "comm", .str = comm },
		{ .key = "pid", .num = sample->tgid },
		{ .key = "thread", .num = sample->tid },
	};
	const struct pprof_sample message = {
		.locations = w->ids,
		.location_cnt = cnt,
		.values = values,
		.labels = labels,
		.label_cnt = sample->tid ? 3 : 2,
	};

	memcpy(comm, sample->comm, COMM_LEN);
	pprof_put_sample(w->out, &message);
}

/* Add the locations of frames I .. END - 1 to the CNT that are there. */
static int find_locations(struct location_writer *w, const struct collect_cursor *at, size_t i,
			  size_t end, size_t *cnt)
{
	const uint32_t *answers = w->report->answers + at->first_frame;
	int err = 0;

	for (; i < end && !err; i++) {
		if (answers[i] != REPORT_HIDDEN)
			err = find_location(w, at->sample, collect_frame(at, i), answers[i],
					    &w->ids[(*cnt)++]);
	}
	return err;
}

static int write_sample(struct location_writer *w, const struct collect_cursor *at,
			uint64_t incomplete)
{
	size_t frame_cnt = at->user_cnt + at->kernel_cnt, cnt = 0;
	int err = array_reserve(&w->ids, sizeof(*w->ids), &w->id_cap, frame_cnt + 1);

	if (!err)
		err = find_locations(w, at, at->user_cnt, frame_cnt, &cnt);
	if (!err)
		err = find_locations(w, at, 0, at->user_cnt, &cnt);
	if (err)
		return err;
	if (at->user_cnt && !report_is_complete(at->sample, report_outermost(w->report, at)))
		w->ids[cnt++] = incomplete;
	put_sample(w, at->sample, cnt);
	return 0;
}

static int write_samples(struct location_writer *w)
{
	struct collect_cursor at = { 0 };
	uint64_t incomplete;
	int err = put_label(w, "[incomplete]", &incomplete);

	while (!err && collect_next(w->report->collect, &at))
		err = write_sample(w, &at, incomplete);
	return err;
}

/* The file */

static int open_file(struct location_writer *w, const struct ledger *ledger, FILE *f)
{
	static const struct pprof_unit values[] = { { "samples", "count" },
						    { "cpu", "nanoseconds" } };
	struct pprof_facts facts = {
		.values = values,
		.value_cnt = w->period_ns ? 2 : 1,
		.period_unit = values[1],
		.period = w->period_ns,
		.time_ns = ledger->start_ns,
		.duration_ns = llround(ledger->duration_s * NS_PER_S),
	};
	char *comment = NULL;
	size_t comment_len;
	FILE *mem = open_memstream(&comment, &comment_len);
	int err;

	if (!mem)
		return -ENOMEM;
	err = ledger_write_json(ledger, mem);
	if (fclose(mem) && !err)
		err = -ENOMEM;
	facts.comment = comment;
	if (!err)
		err = pprof_open(&facts, f, &w->out);
	free(comment);
	return err;
}

static uint64_t period_ns(const struct ledger *ledger)
{
	bool is_time = !strcmp(ledger->event, "cpu-clock") || !strcmp(ledger->event, "task-clock");

	return is_time && ledger->freq_hz ? llround(NS_PER_S / ledger->freq_hz) : 0;
}

int locations_write(const struct report *report, const struct ledger *ledger, FILE *f)
{
	struct location_writer w = { .report = report, .period_ns = period_ns(ledger) };
	int err, close_err;

	w.last_mapping = &w.first_mapping;
	err = profile_new(&w.functions);
	if (!err)
		err = open_file(&w, ledger, f);
	if (!err)
		err = write_samples(&w);
	if (!err)
		err = put_mappings(&w);
	close_err = pprof_close(w.out);
	tdestroy(w.mappings, free);
	tdestroy(w.locations, free);
	profile_free(w.functions);
	free(w.ids);
	return err ? err : close_err;
}
