// SPDX-License-Identifier: BSD-2-Clause
/* report.c - see report.h. */
#include "profiler/report/report.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <linux/types.h>
#include <stdlib.h>
#include <string.h>

#include "bpf/sample.h"
#include "flamegraph/formats.h"
#include "flamegraph/profile.h"
#include "profiler/array.h"
#include "profiler/log.h"
#include "symbolize/symbolizer.h"

#define HOTTEST_ROWS 10
#define NAME_COLUMNS 100 /* of a function in the table */

/* What a frame of the profile weighs. */
struct weight {
	uint64_t self, total; /* ticks */
	size_t last_sample;   /* the one that counted it last: a recursion counts once */
};

struct report_builder {
	struct report *report; /* with the answers */
	const struct report_opts *opts;
	struct ledger *ledger;
	struct profile *profile;
	struct weight *weights; /* as many as weight_cap, the unused ones are 0 */
	size_t weight_cap;
	size_t sample_nr; /* of the sample that is being built, from 1 */
	uint32_t node;	  /* where its stack ends so far */
	uint32_t leaf;	  /* the last frame pushed, if has_leaf */
	bool has_leaf;	  /* a function was pushed, not only labels */
	char *text;	  /* of a function that an interpreter evaluates */
	size_t text_cap;
};

/* Asking */

static int ask_frame(const struct codes *codes, struct symbolizer *symbolizer,
		     const struct collect_sample *sample, struct collect_frame frame, uint32_t *id)
{
	if (frame.is_interpreted)
		return interpreted_ask(codes, symbolizer, sample->interpreter, (uint32_t)frame.ip,
				       id);
	if (frame.is_kernel)
		return symbolizer_ask_kernel(symbolizer, frame.ip, frame.is_return, id);
	return symbolizer_ask_user(symbolizer, sample->process, frame.ip, frame.is_return, id);
}

int report_ask(const struct collect *c, struct symbolizer *symbolizer, struct report *out)
{
	struct collect_cursor at = { 0 };
	size_t cap = 0;
	int err = 0;

	*out = (struct report){ .collect = c, .symbolizer = symbolizer };
	while (!err && collect_next(c, &at)) {
		size_t cnt = at.user_cnt + at.kernel_cnt;

		err = array_reserve(&out->answers, sizeof(*out->answers), &cap,
				    at.first_frame + cnt);
		for (size_t i = 0; i < cnt && !err; i++)
			err = ask_frame(collect_codes(c), symbolizer, at.sample,
					collect_frame(&at, i), &out->answers[at.first_frame + i]);
	}
	return err ? err : symbolizer_resolve(symbolizer);
}

/* Building */

/* Make room for element I in *ARRAY, as array_reserve() does; what is new is 0. */
static int reserve_zeros(void *array, size_t size, size_t *cap, size_t i)
{
	size_t old = *cap;
	int err = array_reserve(array, size, cap, i + 1);

	if (*cap > old)
		memset(*(char **)array + old * size, 0, (*cap - old) * size);
	return err;
}

static int push_text(struct report_builder *b, const char *name, size_t name_len,
		     enum frame_kind kind, uint64_t ticks)
{
	struct weight *weight;
	uint32_t frame;
	int err = profile_frame(b->profile, name, name_len, kind, &frame);

	if (!err)
		err = profile_child(b->profile, b->node, frame, &b->node);
	if (!err)
		err = reserve_zeros(&b->weights, sizeof(*b->weights), &b->weight_cap, frame);
	if (err)
		return err;
	weight = &b->weights[frame];
	if (weight->last_sample != b->sample_nr) {
		weight->last_sample = b->sample_nr;
		weight->total += ticks;
	}
	b->leaf = frame;
	b->has_leaf = true;
	return 0;
}

static int push_function(struct report_builder *b, const char *name, enum frame_kind kind,
			 uint64_t ticks)
{
	return push_text(b, name, strlen(name), kind, ticks);
}

/* Keep where FRAME begins, unless functions of several files look alike. */
static int keep_place(struct report *report, uint32_t frame, const struct sym_answer *answer)
{
	struct speedscope_place *place;
	int err = reserve_zeros(&report->places, sizeof(*place), &report->place_cnt, frame);

	if (err)
		return err;
	place = &report->places[frame];
	if (!place->file && !place->line)
		*place = (struct speedscope_place){ answer->file, (uint32_t)answer->first_line };
	else if (place->file && answer->file && strcmp(place->file, answer->file))
		place->file = NULL;
	return 0;
}

/*
 * Named by the line where it begins, unless it is wanted by those that it executes: then it is many
 * frames.
 */
static int push_interpreted(struct report_builder *b, const struct sym_answer *answer,
			    uint64_t ticks)
{
	const char *name = answer->frames[0].name, *file = answer->file ? answer->file : "";
	size_t name_len = strlen(name), file_len = strlen(file), len;
	int err = array_reserve(&b->text, 1, &b->text_cap, name_len + file_len + FRAME_PLACE_SIZE);

	if (err)
		return err;
	len = frame_write_interpreted(b->text, name, name_len, file, file_len,
				      (uint32_t)(b->opts->lines && answer->line
							 ? answer->line
							 : answer->first_line));
	err = push_text(b, b->text, len, FRAME_INTERPRETED, ticks);
	return err ? err : keep_place(b->report, b->leaf, answer);
}

/* A label is a frame without code behind it: a root, [incomplete]. */
static int push_label(struct report_builder *b, const char *name)
{
	uint32_t frame;
	int err = profile_frame(b->profile, name, strlen(name), FRAME_USER, &frame);

	return err ? err : profile_child(b->profile, b->node, frame, &b->node);
}

static int push_module(struct report_builder *b, const struct sym_answer *answer, uint64_t ticks)
{
	const char *base = answer->module, *slash = base ? strrchr(base, '/') : NULL;
	char name[NAME_MAX + 3];

	if (!base)
		return push_function(b, "[unknown]", FRAME_USER, ticks);
	if (slash)
		base = slash + 1;
	if (base[0] == '[') /* [vdso] */
		return push_function(b, base, FRAME_USER, ticks);
	snprintf(name, sizeof(name), "[%.*s]", (int)strcspn(base, " "), base);
	return push_function(b, name, FRAME_USER, ticks);
}

static int push_answer(struct report_builder *b, const struct sym_answer *answer, bool kernel,
		       const struct collect_sample *sample)
{
	static const enum frame_kind kinds[] = {
		[SYM_USER] = FRAME_USER,
		[SYM_KERNEL] = FRAME_KERNEL,
		[SYM_INLINED] = FRAME_INLINED,
		[SYM_JIT] = FRAME_JIT,
		[SYM_INTERPRETED] = FRAME_INTERPRETED,
	};
	struct frame_counts *counts = kernel ? &b->ledger->kernel : &b->ledger->user;
	/* A process without an id is in another pid namespace. */
	enum sym_reason reason =
		answer->reason == SYM_GONE && !sample->tgid ? SYM_FOREIGN : answer->reason;
	uint64_t count = sample->count;
	int err = 0;

	counts->by_reason[answer->frame_cnt ? SYM_NAMED : reason] += count;
	b->has_leaf = false;
	if (!answer->frame_cnt && !kernel)
		err = unnamed_add(&b->ledger->unnamed, answer->module, reason, count);
	if (err)
		return err;
	if (!answer->frame_cnt)
		return kernel ? push_function(b, "[kernel]", FRAME_KERNEL, sample->weight)
			      : push_module(b, answer, sample->weight);
	if (answer->frames[0].kind == SYM_INTERPRETED)
		return push_interpreted(b, answer, sample->weight);
	for (unsigned int i = 0; i < answer->frame_cnt && !err; i++)
		err = push_function(b, answer->frames[i].name, kinds[answer->frames[i].kind],
				    sample->weight);
	return err;
}

bool report_is_entry(const char *name)
{
	static const char *const entries[] = {
		"_start",	    "__libc_start_call_main",
		"start_thread",	    "clone",
		"clone3",	    "__clone",
		"__clone3",	    "__GI___clone",
		"__GI___clone3",    "thread_start",
		"_dl_start",	    "_dl_start_user",
		"_rt0_amd64_linux", "_rt0_arm64_linux",
		"runtime.goexit",   "runtime.mstart",
		"runtime.rt0_go",
	};
	/* Some have a version or an ABI behind them: __libc_start_main@@GLIBC_2.34,
	   runtime.goexit.abi0 */
	static const char *const prefixes[] = { "__libc_start_main", "runtime.goexit.",
						"runtime.mstart.", "runtime.rt0_go." };

	for (size_t i = 0; i < sizeof(entries) / sizeof(entries[0]); i++) {
		if (!strcmp(name, entries[i]))
			return true;
	}
	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
		if (!strncmp(name, prefixes[i], strlen(prefixes[i])))
			return true;
	}
	return false;
}

const struct sym_answer *report_outermost(const struct report *report,
					  const struct collect_cursor *at)
{
	const uint32_t *ids = report->answers + at->first_frame;

	for (size_t i = at->user_cnt; i > 0; i--) {
		if (ids[i - 1] != REPORT_HIDDEN)
			return symbolizer_answer(report->symbolizer, ids[i - 1]);
	}
	return NULL;
}

bool report_is_complete(const struct collect_sample *sample, const struct sym_answer *outermost)
{
	switch (sample->user_end) {
	case UNWIND_END:
	case UNWIND_FP_END: /* entry code leaves a frame pointer of 0, or a return address of 0 */
	case UNWIND_ZERO_RA:
		return true;
	default:
		return outermost && outermost->frame_cnt &&
		       outermost->frames[0].kind != SYM_INTERPRETED &&
		       report_is_entry(outermost->frames[0].name);
	}
}

/* Who walks frame pointers for us says no more than how many there were. */
static enum unwind_result why_incomplete(const struct collect_sample *sample, size_t user_cnt)
{
	if (sample->user_end != UNWIND_RESULT_CNT)
		return sample->user_end;
	return user_cnt >= SAMPLE_KERNEL_MAX ? UNWIND_TOO_DEEP : UNWIND_BAD_FP;
}

/* Count the user stack; false: there is one, and it is incomplete. */
static bool account_stack(struct report_builder *b, const struct collect_sample *sample,
			  const struct sym_answer *outermost, size_t user_cnt)
{
	if (!user_cnt) {
		b->ledger->none += sample->count;
		return true;
	}
	if (report_is_complete(sample, outermost)) {
		b->ledger->complete += sample->count;
		return true;
	}
	b->ledger->incomplete += sample->count;
	b->ledger->incomplete_why[why_incomplete(sample, user_cnt)] += sample->count;
	return false;
}

static int push_root(struct report_builder *b, const struct collect_sample *sample)
{
	char root[64];

	if (b->opts->per_thread)
		snprintf(root, sizeof(root), "%.*s-%u/%u", COMM_LEN, sample->comm, sample->tgid,
			 sample->tid);
	else if (b->opts->per_process)
		snprintf(root, sizeof(root), "%.*s-%u", COMM_LEN, sample->comm, sample->tgid);
	else
		snprintf(root, sizeof(root), "%.*s", COMM_LEN, sample->comm);
	return push_label(b, root);
}

/* Push frames I .. END - 1 of the sample, the last one first. */
static int push_frames(struct report_builder *b, const struct collect_cursor *at, size_t i,
		       size_t end)
{
	const uint32_t *ids = b->report->answers + at->first_frame;
	int err = 0;

	while (end > i && !err) {
		uint32_t id = ids[--end];

		if (id != REPORT_HIDDEN)
			err = push_answer(b, symbolizer_answer(b->report->symbolizer, id),
					  end >= at->user_cnt, at->sample);
	}
	return err;
}

static int build_sample(struct report_builder *b, const struct collect_cursor *at)
{
	const struct collect_sample *sample = at->sample;
	int err;

	b->node = PROFILE_ROOT;
	b->has_leaf = false;
	b->sample_nr++;
	err = push_root(b, sample);
	interpreted_count(&b->ledger->interpreted, at, collect_codes(b->report->collect));
	if (!account_stack(b, sample, report_outermost(b->report, at), at->user_cnt) && !err)
		err = push_label(b, "[incomplete]");
	if (!err)
		err = push_frames(b, at, 0, at->user_cnt);
	if (!err)
		err = push_frames(b, at, at->user_cnt, at->user_cnt + at->kernel_cnt);
	if (err)
		return err;
	profile_add(b->profile, b->node, (double)sample->weight);
	if (b->has_leaf)
		b->weights[b->leaf].self += sample->weight;
	return 0;
}

static int build_all(struct report_builder *b)
{
	struct collect_cursor at = { 0 };
	int err = 0;

	while (!err && collect_next(b->report->collect, &at))
		err = build_sample(b, &at);
	return err;
}

/* The table */

static int compare_hot(const void *pa, const void *pb)
{
	const struct hot_function *a = pa, *b = pb;

	if (a->self != b->self)
		return a->self < b->self ? 1 : -1;
	if (a->total != b->total)
		return a->total < b->total ? 1 : -1;
	return strcmp(a->name, b->name);
}

static int find_hottest(const struct report_builder *b, struct report *out)
{
	size_t cnt = 0;

	out->hottest = calloc(b->weight_cap ? b->weight_cap : 1, sizeof(*out->hottest));
	if (!out->hottest)
		return -ENOMEM;
	for (size_t i = 0; i < b->weight_cap; i++) {
		const struct weight *w = &b->weights[i];

		if (w->total)
			out->hottest[cnt++] = (struct hot_function){
				.name = profile_frame_at(b->profile, (uint32_t)i)->name,
				.self = w->self,
				.total = w->total,
			};
	}
	qsort(out->hottest, cnt, sizeof(*out->hottest), compare_hot);
	out->hottest_cnt = cnt < HOTTEST_ROWS ? cnt : HOTTEST_ROWS;
	return 0;
}

void report_print_hottest(const struct report *report, uint64_t ticks)
{
	char name[NAME_COLUMNS];

	if (!ticks)
		return;
	log_print(LOG_NORMAL, "   self   total  function");
	for (size_t i = 0; i < report->hottest_cnt; i++) {
		const struct hot_function *hot = &report->hottest[i];

		log_print(LOG_NORMAL, "%5.1f %% %5.1f %%  %s",
			  100.0 * (double)hot->self / (double)ticks,
			  100.0 * (double)hot->total / (double)ticks,
			  log_printable(hot->name, name, sizeof(name)));
	}
}

int report_build(struct report *report, const struct report_opts *opts, struct ledger *ledger)
{
	struct report_builder b = { .report = report, .opts = opts, .ledger = ledger };
	int err = profile_new(&b.profile);

	report->profile = b.profile;
	if (!err)
		err = build_all(&b);
	if (!err)
		err = find_hottest(&b, report);
	unnamed_sort(&ledger->unnamed);
	free(b.weights);
	free(b.text);
	return err;
}

void report_fini(struct report *report)
{
	profile_free(report->profile);
	free(report->hottest);
	free(report->places);
	free(report->answers);
	*report = (struct report){ 0 };
}
