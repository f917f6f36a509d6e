/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * recorded.h - a whole recording from a fake source: what record.c does between its
 * options and its files, without root; and its outputs as texts that are the same on
 * every machine.
 *
 * Processes are read from /proc, so their ids are those of living processes: the test's own,
 * or one of child.h.  There is no sideband.
 *
 * Include after <cmocka.h>.
 */
#ifndef TESTS_UNIT_RECORDED_H
#define TESTS_UNIT_RECORDED_H

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "profiler/log.h"
#include "profiler/recording/collect.h"
#include "profiler/recording/tracker.h"
#include "profiler/report/ledger.h"
#include "profiler/report/report.h"
#include "symbolize/symbolizer.h"
#include "tests/unit/caught.h"
#include "tests/unit/fake_source.h"
#include "tests/unit/stacks.h"

/* A task name that fills its array, without a NUL; gcc warns of a string that does. */
#define SIXTEEN_LETTERS                                                                            \
	{                                                                                          \
		's', 'i', 'x', 't', 'e', 'e', 'n', ' ', 'l', 'e', 't', 't', 'e', 'r', 's', '!'     \
	}

#define TABLES_WAIT_MS 20000 /* far more than the tables of a small program take */

/* The kernel that the recordings are of. */
#define FAKE_KERNEL    0xffffffff81000000ULL
#define FAKE_SYSCALL   (FAKE_KERNEL + 0x100)
#define FAKE_READ      (FAKE_KERNEL + 0x200)
#define FAKE_FILTER    (FAKE_KERNEL + 0x300) /* of a module */
#define FAKE_NO_SYMBOL (FAKE_KERNEL + 0x400)
#define FAKE_IS_DENIED (FAKE_KERNEL + 0x500) /* nor is any that is asked for after it */

struct recorded {
	struct symbolizer *symbolizer;
	struct tracker *tracker;
	struct collect *collect;
	struct budget_totals budget;
	struct ledger ledger;
	struct report report;
};

static inline int fake_kernel_name(void *ctx, uint64_t ip, char *name, size_t name_size)
{
	static const struct {
		uint64_t ip;
		const char *name;
	} known[] = {
		{ FAKE_SYSCALL, "do_syscall_64" },
		{ FAKE_READ, "vfs_read" },
		{ FAKE_FILTER, "nf_hook_slow [nf_tables]" },
	};

	if (ip == FAKE_IS_DENIED)
		return -EACCES;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (known[i].ip == (ip & ~0xffULL)) {
			snprintf(name, name_size, "%s", known[i].name);
			return 0;
		}
	}
	return -ENOENT;
}

static inline void recorded_open(struct recorded *r, struct fake_source *fake)
{
	const struct symbolizer_opts opts = {
		.no_inlines = !fake->with_dwarf,
		.debug.root = "/nonexistent",
		.kernel_name = fake_kernel_name,
	};
	const struct cpus none = { 0 };
	const struct tracker_opts tracker = {
		.cpus = &none, /* no sideband can be opened on them */
		.kernel_tables = source_tables(&fake->base),
		.mem_max = 64 << 20,
	};
	struct tracker_opts with_symbolizer = tracker;

	*r = (struct recorded){ 0 };
	assert_int_equal(symbolizer_new(&opts, &r->symbolizer), 0);
	with_symbolizer.symbolizer = r->symbolizer;
	log_set_level(LOG_QUIET); /* a warning that there is no sideband */
	assert_int_equal(tracker_open(&with_symbolizer, &r->tracker), 0);
	log_set_level(LOG_NORMAL);
	assert_int_equal(collect_new(r->tracker, &r->collect), 0);
}

/* Everything that FAKE has goes the way of drain_due() and sample() of record.c. */
static inline void recorded_sample(struct recorded *r, struct fake_source *fake)
{
	struct sample_source *src = &fake->base;
	struct source_sink sink = collect_sink(r->collect);

	assert_int_equal(source_start(src), 0);
	do {
		assert_int_equal(source_drain(src, &sink, true), 0);
		assert_int_equal(tracker_drain(r->tracker, TRACKER_NOW), 0);
		assert_int_equal(collect_walk_copies(r->collect, false), 0);
	} while (fake->next < fake->step_cnt);
	source_stop(src);
	assert_int_equal(source_drain(src, &sink, true), 0);
	assert_int_equal(tracker_drain(r->tracker, TRACKER_NOW), 0);
	tracker_wait(r->tracker, TABLES_WAIT_MS);
	assert_int_equal(collect_walk_copies(r->collect, true), 0);
}

static inline void recorded_ask(struct recorded *r)
{
	assert_int_equal(report_ask(r->collect, r->symbolizer, &r->report), 0);
}

static inline void recorded_build(struct recorded *r, struct fake_source *fake,
				  const struct report_opts *opts)
{
	r->ledger.event = "cpu-clock";
	r->ledger.freq_hz = 100;
	r->ledger.start_ns = 1700000000000000000;
	r->ledger.duration_s = 1.5;
	r->ledger.cpu_cnt = 2;
	source_read_stats(&fake->base, &r->ledger.source);
	r->ledger.tier_why = fake->base.why;
	r->ledger.weight = collect_weight(r->collect);
	r->ledger.budget = &r->budget;
	tracker_totals(r->tracker, &r->ledger.tracker);
	assert_int_equal(collect_count(r->collect), r->ledger.source.stored);
	assert_int_equal(report_build(&r->report, opts, &r->ledger), 0);
	assert_true(ledger_adds_up(&r->ledger));
}

static inline void recorded_run(struct recorded *r, struct fake_source *fake,
				const struct report_opts *opts)
{
	recorded_open(r, fake);
	recorded_sample(r, fake);
	recorded_ask(r);
	recorded_build(r, fake, opts);
}

static inline void recorded_close(struct recorded *r, struct fake_source *fake)
{
	report_fini(&r->report);
	ledger_fini(&r->ledger);
	collect_free(r->collect);
	tracker_close(r->tracker);
	symbolizer_free(r->symbolizer);
	source_close(&fake->base);
}

/* Texts */

/* TEXT, which is freed, with TO for each FROM; a number is not a part of a longer one. */
static inline char *replaced(char *text, const char *from, const char *to)
{
	size_t from_len = strlen(from), len;
	char *out = NULL, *at = text, *hit;
	FILE *f = open_memstream(&out, &len);

	assert_non_null(f);
	while ((hit = strstr(at, from))) {
		bool is_part = isdigit((unsigned char)hit[from_len - 1]) &&
			       isdigit((unsigned char)hit[from_len]);

		fprintf(f, "%.*s%s", (int)(hit - at), at, is_part ? from : to);
		at = hit + from_len;
	}
	fputs(at, f);
	fclose(f);
	free(text);
	return out;
}

/* What belongs to the run or the compiler: every number behind this key becomes 0. */
static inline void blank_number(char *text, const char *key)
{
	for (char *at = text; (at = strstr(at, key));) {
		char *number = at += strlen(key);
		size_t len = strspn(number, "0123456789.");

		assert_true(len > 0);
		*number = '0';
		memmove(number + 1, number + len, strlen(number + len) + 1);
	}
}

/* The ledger but for what the process has cost. */
static inline char *ledger_json(const struct ledger *ledger)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	assert_non_null(f);
	assert_int_equal(ledger_write_json(ledger, f), 0);
	fclose(f);
	blank_number(text, "\"user_cpu_s\": ");
	blank_number(text, "\"sys_cpu_s\": ");
	blank_number(text, "\"max_rss_bytes\": ");
	return text;
}

/* The same but for the tables of real files, which are each compiler's. */
static inline char *recorded_json(const struct recorded *r)
{
	char *text = ledger_json(&r->ledger);

	blank_number(text, "\"tables\": ");
	blank_number(text, "\"rows\": ");
	blank_number(text, "\"table_bytes\": ");
	blank_number(text, "\"table_cpu_s\": ");
	blank_number(text, "\"maps_read\": ");
	return text;
}

/* The summary but for its last line, what the run has cost. */
static inline char *ledger_text(const struct ledger *ledger)
{
	struct caught c = catch_stderr();
	char *text, *cost;

	ledger_print(ledger);
	text = caught(&c);
	cost = strstr(text, "  cost: ");
	assert_non_null(cost);
	*cost = '\0';
	return text;
}

#endif /* TESTS_UNIT_RECORDED_H */
