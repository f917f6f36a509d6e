// SPDX-License-Identifier: BSD-2-Clause
/* locations.c - see locations.h. */
#include "profiler/report/locations.h"
#include "profiler/array.h"
#include "flamegraph/pprof/pprof.h"
#include "flamegraph/profile.h"
#include "symbolize/symbolizer.h"

#include <errno.h>
#include <math.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#define NS_PER_S  1e9
#define COMM_SIZE (COMM_LEN + 1)

enum place_kind { PLACE_KERNEL, PLACE_FILE, PLACE_GENERATED };

/* A mapping, once for all processes that have the same file at the same address. */
struct place {
	uint64_t id;
	enum place_kind kind;
	struct sym_mapping map;
	bool has_functions, has_lines, has_inlines;
	struct place *next;
};

struct location {
	uint64_t id;
	const struct place *place; /* NULL: none */
	uint32_t answer;
};

struct writer {
	const struct report *report;
	struct pprof *out;
	void *places, *locations; /* trees, tsearch(3) */
	struct place *first_place, **last_place;
	uint64_t place_cnt, location_cnt;
	struct profile *functions; /* name, NUL and file as the name of a frame: id - 1 */
	uint64_t *ids;		   /* of the locations of a sample */
	size_t id_room;
	uint64_t period_ns;
};

/* Functions */

static int put_function(struct writer *w, const char *name, const char *file, uint64_t *id)
{
	size_t name_len = strlen(name), file_len = file ? strlen(file) : 0;
	uint32_t before = profile_frame_cnt(w->functions), index;
	char *key = malloc(name_len + 1 + file_len);
	int err;

	if (!key)
		return -ENOMEM;
	memcpy(key, name, name_len + 1);
	memcpy(key + name_len + 1, file ? file : "", file_len);
	err = profile_frame(w->functions, key, name_len + 1 + file_len, FRAME_USER, &index);
	free(key);
	if (err)
		return err;
	*id = (uint64_t)index + 1;
	if (index == before)
		pprof_put_function(w->out, *id, name, name_len, file);
	return 0;
}

/* Places */

static int compare_places(const void *pa, const void *pb)
{
	const struct place *a = pa, *b = pb;

	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	if (a->map.start != b->map.start)
		return a->map.start < b->map.start ? -1 : 1;
	if (a->map.end != b->map.end)
		return a->map.end < b->map.end ? -1 : 1;
	if (a->map.off != b->map.off)
		return a->map.off < b->map.off ? -1 : 1;
	if (a->kind != PLACE_FILE)
		return 0;
	if (a->map.build_id_len != b->map.build_id_len)
		return a->map.build_id_len < b->map.build_id_len ? -1 : 1;
	return memcmp(a->map.build_id, b->map.build_id, a->map.build_id_len)
		       ?: strcmp(a->map.path, b->map.path);
}

static int add_place(struct writer *w, const struct place *wanted, struct place **out)
{
	struct place *copy, **found = tfind(wanted, &w->places, compare_places);

	*out = found ? *found : NULL;
	if (found)
		return 0;
	copy = malloc(sizeof(*copy));
	if (!copy)
		return -ENOMEM;
	*copy = *wanted;
	copy->id = ++w->place_cnt;
	copy->next = NULL;
	if (!tsearch(copy, &w->places, compare_places)) {
		free(copy);
		return -ENOMEM;
	}
	*w->last_place = copy;
	w->last_place = &copy->next;
	*out = copy;
	return 0;
}

/* Where a frame is; *OUT is NULL if that is in no mapping. */
static int find_place(struct writer *w, const struct collect_sample *sample,
		      struct collect_frame frame, const struct sym_answer *answer,
		      struct place **out)
{
	uint64_t ip = symbolizer_call_ip(frame.ip, frame.is_return);
	struct place wanted = { .kind = PLACE_KERNEL };

	*out = NULL;
	if (frame.is_kernel) {
		wanted.map.start = PPROF_KERNEL_START;
		wanted.map.end = UINT64_MAX;
		return add_place(w, &wanted, out);
	}
	if (!sample->process || symbolizer_find_mapping(sample->process, ip, &wanted.map))
		return 0;
	wanted.kind = !wanted.map.path || (answer->frame_cnt && answer->frames[0].kind == SYM_JIT)
			      ? PLACE_GENERATED
			      : PLACE_FILE;
	return add_place(w, &wanted, out);
}

static void put_place(struct writer *w, const struct place *place)
{
	static const char digits[] = "0123456789abcdef";
	char build_id[2 * sizeof(place->map.build_id) + 1];
	struct pprof_mapping mapping = {
		.id = place->id,
		.start = place->map.start,
		.end = place->map.end,
		.off = place->map.off,
		.file = place->kind == PLACE_KERNEL ? PPROF_KERNEL
			: place->kind == PLACE_FILE ? place->map.path
						    : PPROF_JIT,
		.build_id = build_id,
		.has_functions = place->has_functions,
		.has_lines = place->has_lines,
		.has_inlines = place->has_inlines,
	};

	for (size_t i = 0; i < place->map.build_id_len; i++) {
		build_id[2 * i] = digits[place->map.build_id[i] >> 4];
		build_id[2 * i + 1] = digits[place->map.build_id[i] & 15];
	}
	build_id[2 * place->map.build_id_len] = '\0';
	pprof_put_mapping(w->out, &mapping);
}

static int compare_processes(const void *pa, const void *pb)
{
	const struct collect_sample *const *a = pa, *const *b = pb;
	uintptr_t process_a = (uintptr_t)(*a)->process, process_b = (uintptr_t)(*b)->process;

	if ((*a)->tgid != (*b)->tgid)
		return (*a)->tgid < (*b)->tgid ? -1 : 1;
	return (process_a > process_b) - (process_a < process_b);
}

/* The process, as it was mapped, with most samples; NULL: none. */
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

static bool has_place(const struct process *process, const struct place *place)
{
	struct place there = { .kind = PLACE_FILE };

	return process && !symbolizer_find_mapping(process, place->map.start, &there.map) &&
	       there.map.path && !compare_places(&there, place);
}

/* The first mapping is taken for the program: the lowest file of the main process. */
static int put_places(struct writer *w)
{
	const struct process *process;
	const struct place *first = NULL;
	int err = find_main_process(w->report, &process);

	if (err)
		return err;
	for (const struct place *p = w->first_place; p; p = p->next) {
		if (p->kind == PLACE_FILE && (!first || p->map.start < first->map.start) &&
		    has_place(process, p))
			first = p;
	}
	if (first)
		put_place(w, first);
	for (const struct place *p = w->first_place; p; p = p->next) {
		if (p != first)
			put_place(w, p);
	}
	return 0;
}

/* Locations */

static int compare_locations(const void *pa, const void *pb)
{
	const struct location *a = pa, *b = pb;
	uint64_t place_a = a->place ? a->place->id : 0, place_b = b->place ? b->place->id : 0;

	if (a->answer != b->answer)
		return a->answer < b->answer ? -1 : 1;
	return (place_a > place_b) - (place_a < place_b);
}

/* Where frame I of ANSWER was: at the call of what is inlined in it, or the address itself. */
static const char *source_of(const struct sym_answer *answer, unsigned int i, int *line)
{
	const struct sym_frame *inner = i + 1 < answer->frame_cnt ? &answer->frames[i + 1] : NULL;

	*line = inner ? inner->call_line : answer->line;
	return inner ? inner->call_file : answer->file;
}

static int put_location(struct writer *w, uint64_t id, struct place *place, uint64_t ip,
			const struct sym_answer *answer)
{
	struct pprof_line *lines = calloc((size_t)answer->frame_cnt + 1, sizeof(*lines));
	struct pprof_location location = { .id = id,
					   .mapping = place ? place->id : 0,
					   .ip = ip,
					   .lines = lines,
					   .line_cnt = answer->frame_cnt };
	int err = lines ? 0 : -ENOMEM;

	for (unsigned int i = 0; i < answer->frame_cnt && !err; i++) {
		struct pprof_line *line = &lines[answer->frame_cnt - 1 - i];
		int number;
		const char *file = source_of(answer, i, &number);

		line->line = number;
		err = put_function(w, answer->frames[i].name, file, &line->function);
	}
	if (!err)
		pprof_put_location(w->out, &location);
	if (place) {
		place->has_functions |= answer->frame_cnt > 0;
		place->has_lines |= answer->line > 0;
		place->has_inlines |= answer->frame_cnt > 1;
	}
	free(lines);
	return err;
}

static int find_location(struct writer *w, const struct collect_sample *sample,
			 struct collect_frame frame, uint32_t answer_id, uint64_t *id)
{
	const struct sym_answer *answer = symbolizer_answer(w->report->symbolizer, answer_id);
	struct location wanted = { .answer = answer_id }, *copy, **found;
	struct place *place;
	int err = find_place(w, sample, frame, answer, &place);

	if (err)
		return err;
	wanted.place = place;
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
	return put_location(w, *id, place, symbolizer_call_ip(frame.ip, frame.is_return), answer);
}

/* A frame that no code stands behind. */
static int put_label(struct writer *w, const char *name, uint64_t *id)
{
	struct pprof_line line = { 0 };
	struct pprof_location location = { .lines = &line, .line_cnt = 1 };
	int err = put_function(w, name, NULL, &line.function);

	location.id = *id = ++w->location_cnt;
	if (!err)
		pprof_put_location(w->out, &location);
	return err;
}

/* Samples */

static void put_sample(struct writer *w, const struct collect_sample *sample, size_t cnt)
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

static int write_sample(struct writer *w, const struct collect_cursor *at, uint64_t incomplete)
{
	const uint32_t *answers = w->report->answers + at->first_frame;
	size_t frame_cnt = at->user_cnt + at->kernel_cnt, cnt = 0;
	int err = array_reserve(&w->ids, sizeof(*w->ids), &w->id_room, frame_cnt + 1);

	for (size_t i = at->user_cnt; i < frame_cnt && !err; i++)
		err = find_location(w, at->sample, collect_frame(at, i), answers[i],
				    &w->ids[cnt++]);
	for (size_t i = 0; i < at->user_cnt && !err; i++)
		err = find_location(w, at->sample, collect_frame(at, i), answers[i],
				    &w->ids[cnt++]);
	if (err)
		return err;
	if (at->user_cnt &&
	    !report_is_complete(at->sample, symbolizer_answer(w->report->symbolizer,
							      answers[at->user_cnt - 1])))
		w->ids[cnt++] = incomplete;
	put_sample(w, at->sample, cnt);
	return 0;
}

static int write_samples(struct writer *w)
{
	struct collect_cursor at = { 0 };
	uint64_t incomplete;
	int err = put_label(w, "[incomplete]", &incomplete);

	while (!err && collect_next(w->report->collect, &at))
		err = write_sample(w, &at, incomplete);
	return err;
}

/* The file */

static int open_file(struct writer *w, const struct ledger *ledger, FILE *f)
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

/* 0: the event is not time. */
static uint64_t period_ns(const struct ledger *ledger)
{
	bool is_time = !strcmp(ledger->event, "cpu-clock") || !strcmp(ledger->event, "task-clock");

	return is_time && ledger->freq_hz ? llround(NS_PER_S / ledger->freq_hz) : 0;
}

int locations_write(const struct report *report, const struct ledger *ledger, FILE *f)
{
	struct writer w = { .report = report, .period_ns = period_ns(ledger) };
	int err, close_err;

	w.last_place = &w.first_place;
	err = profile_new(&w.functions);
	if (!err)
		err = open_file(&w, ledger, f);
	if (!err)
		err = write_samples(&w);
	if (!err)
		err = put_places(&w);
	close_err = pprof_close(w.out);
	tdestroy(w.places, free);
	tdestroy(w.locations, free);
	profile_free(w.functions);
	free(w.ids);
	return err ? err : close_err;
}
