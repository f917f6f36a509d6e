// SPDX-License-Identifier: BSD-2-Clause
/*
 * test_ledger.c - the account of a recording as JSON and as the summary: tests/golden/ledger.*.
 * What real samples make of it is in test_report.c.
 */
#include "profiler/report/ledger.h"
#include "tests/unit/row.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/golden.h"
#include "tests/unit/recorded.h"

static void compare(const char *name, const struct ledger *ledger)
{
	char path[256], *json = ledger_json(ledger), *text = ledger_text(ledger);

	snprintf(path, sizeof(path), "tests/golden/ledger.%s.json", name);
	golden_compare(path, json, strlen(json));
	snprintf(path, sizeof(path), "tests/golden/ledger.%s.txt", name);
	golden_compare(path, text, strlen(text));
	free(json);
	free(text);
}

/* 1,000 ticks, all of which are accounted for. */
static struct ledger ledger_of(const struct budget_totals *budget)
{
	struct ledger ledger = {
		.event = "cpu-clock",
		.freq_hz = 99,
		.duration_s = 10.125,
		.cpu_cnt = 4,
		.source = { .tier = SOURCE_BPF,
			    .ticks = 1000,
			    .stored = 900,
			    .idle = 60,
			    .filtered = 40 },
		.weight = 900,
		.is_time = true,
		.budget = budget,
		.complete = 800,
		.none = 100,
		.report_s = 0.25,
	};

	return ledger;
}

static void a_sound_recording_says_little(void **state)
{
	const struct budget_totals budget = { 0 };
	struct ledger ledger = ledger_of(&budget);

	ledger.user.by_reason[SYM_NAMED] = 5000;
	ledger.kernel.by_reason[SYM_NAMED] = 300;
	assert_true(ledger_adds_up(&ledger));
	compare("sound", &ledger);
}

static void everything_that_went_wrong_is_said(void **state)
{
	const struct budget_totals budget = { 0 };
	struct ledger ledger = ledger_of(&budget);

	ledger.source.stored = ledger.weight = 890;
	ledger.source.lost[0].cause = "ring_full";
	ledger.source.lost[0].cnt = 10;
	ledger.source.lost_cnt = 1;
	ledger.source.throttled = 3;
	ledger.source.not_followed = 4;
	ledger.complete = 390;
	ledger.incomplete = 400;
	ledger.incomplete_why[UNWIND_NO_MAPPING] = 300;
	ledger.incomplete_why[UNWIND_CUT] = 100;
	ledger.tracker = (struct tracker_totals){
		.lost = 2,
		.reads = 17,
		.gone = { .cnt = 2, .first = 1, .ns = 4500000000 },
		.no_room = 5,
		.tables = { .tables = 12, .rows = 34567, .bytes = 89000, .build_ns = 123456789 },
	};
	ledger.user.by_reason[SYM_NAMED] = 900;
	ledger.user.by_reason[SYM_STRIPPED] = 100;
	ledger.kernel.by_reason[SYM_NAMED] = 50;
	ledger.kernel.by_reason[SYM_NO_SYMBOL] = 30;
	ledger.kernel.by_reason[SYM_DENIED] = 20;
	assert_int_equal(unnamed_add(&ledger.unnamed, "/lib/libx.so", SYM_STRIPPED, 100), 0);
	ledger.fetch = (struct fetch_totals){ .asked = 6, .fetched = 3, .late = 2 };
	assert_true(ledger_adds_up(&ledger));
	compare("wrong", &ledger);
	ledger_fini(&ledger);
}

static void tables_that_could_not_be_made_are_said(void **state)
{
	const struct budget_totals budget = { 0 };
	struct ledger ledger = ledger_of(&budget);

	ledger.tracker.tables = (struct tables_totals){
		.tables = 12, .no_room = 3, .unmapped = 4, .map_err = -EPERM
	};
	ledger.tracker.denied = 5;
	compare("tables", &ledger);
}

static void what_became_of_interpreted_frames_is_said(void **state)
{
	const struct budget_totals budget = { 0 };
	struct ledger ledger = ledger_of(&budget);

	ledger.interpreted.by_kind[INTERPRETER_PYTHON] = (struct interpreted_counts){
		.by_end = { [INTERPRETER_COMPLETE] = 70, [INTERPRETER_TORN] = 10 },
		.unpaired = 2,
		.frames = { 985, 9, 5, 1 },
	};
	compare("interpreted", &ledger);
}

static void interpreters_that_are_not_read_are_said(void **state)
{
	const struct budget_totals budget = { 0 };
	struct ledger ledger = ledger_of(&budget);

	ledger.tracker.unread = (struct interpreters_unread){
		.rows = { { { INTERPRETER_PYTHON, 0x0207 }, UNREAD_TOO_OLD, 3 },
			  { { INTERPRETER_PYTHON, 0 }, UNREAD_NO_VERSION, 1 } },
		.cnt = 2,
		.others = 4,
	};
	compare("unread", &ledger);
}

static void one_cpu_that_went_is_no_others(void **state)
{
	const struct budget_totals budget = { 0 };
	struct ledger ledger = ledger_of(&budget);

	ledger.tracker.gone = (struct cpus_gone){ .cnt = 1, .first = 2, .ns = 1000000000 };
	compare("gone", &ledger);
}

static void a_rate_that_was_kept_is_said(void **state)
{
	const struct budget_totals budget = {
		.max_percent = 1, .percent = 0.0625, .ticks_percent = 0.03125, .lowest_hz = 99
	};
	struct ledger ledger = ledger_of(&budget);

	compare("kept", &ledger);
}

static void a_rate_that_was_changed_has_its_times(void **state)
{
	struct budget_totals budget = {
		.max_percent = 0.5,
		.percent = 1.25,
		.ticks_percent = 0.75,
		.lowest_hz = 24.75,
		.changes = { { 1.5, 49.5 }, { 2.5, 24.75 }, { 8.125, 49.5 } },
		.change_cnt = 3,
	};
	struct ledger ledger = ledger_of(&budget);

	ledger.weight = 2700;
	compare("changed", &ledger);
}

/* More changes than are remembered are counted. */
static void only_remembered_changes_are_listed(void **state)
{
	struct budget_totals budget = { .max_percent = 0.5, .lowest_hz = 50 };
	struct ledger ledger = ledger_of(&budget);
	char *json;
	size_t cnt = 0;

	budget.change_cnt = BUDGET_CHANGES_MAX + 10;
	for (size_t i = 0; i < BUDGET_CHANGES_MAX; i++)
		budget.changes[i] = (struct rate_change){ (double)i, 50 };
	json = ledger_json(&ledger);
	assert_non_null(strstr(json, "\"changes\": 74"));
	for (char *at = json; (at = strstr(at, "\"at_s\"")); at++)
		cnt++;
	assert_int_equal(cnt, BUDGET_CHANGES_MAX);
	free(json);
}

static void the_cost_of_a_tick_is_said_if_it_is_known(void **state)
{
	const struct budget_totals budget = { 0 };
	struct ledger ledger = ledger_of(&budget);
	struct caught c = catch_stderr();
	char *text;

	ledger_print(&ledger);
	ledger.source.bpf_ns = 2025000;
	ledger.source.bpf_runs = 1000;
	ledger_print(&ledger);
	text = caught(&c);
	assert_non_null(strstr(text, "  cost: of a tick is not known; wick itself "));
	assert_non_null(strstr(text, "  cost: 2.0 us a tick, 0.020 % of a CPU; wick itself "));
	assert_non_null(strstr(text, "; 250 ms from the last sample to the last byte\n"));
	free(text);
}

static void a_tick_too_many_or_too_few_is_found(void **state)
{
	static const struct {
		const char *name;
		int64_t ticks, stored, idle, filtered, lost, complete, incomplete, none;
		bool adds_up;
	} rows[] = {
		{ "as it is", .adds_up = true },
		{ "a tick without an outcome", .ticks = 1 },
		{ "an outcome without a tick", .idle = 1 },
		{ "filtered", .ticks = 1, .filtered = 1, .adds_up = true },
		{ "lost", .ticks = 1, .lost = 1, .adds_up = true },
		{ "lost, and no tick", .lost = 1 },
		{ "stored without a stack", .ticks = 1, .stored = 1 },
		{ "a complete one", .ticks = 1, .stored = 1, .complete = 1, .adds_up = true },
		{ "an incomplete one", .ticks = 1, .stored = 1, .incomplete = 1, .adds_up = true },
		{ "one without a user stack", .ticks = 1, .stored = 1, .none = 1, .adds_up = true },
		{ "a stack that was not stored", .none = 1 },
	};
	const struct budget_totals budget = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct ledger ledger = ledger_of(&budget);

		ledger.source.ticks += (uint64_t)rows[i].ticks;
		ledger.source.stored += (uint64_t)rows[i].stored;
		ledger.source.idle += (uint64_t)rows[i].idle;
		ledger.source.filtered += (uint64_t)rows[i].filtered;
		ledger.source.lost[2].cnt = (uint64_t)rows[i].lost;
		ledger.source.lost[2].cause = "c";
		ledger.source.lost[0].cause = ledger.source.lost[1].cause = "ab";
		ledger.source.lost_cnt = 3;
		ledger.complete += (uint64_t)rows[i].complete;
		ledger.incomplete += (uint64_t)rows[i].incomplete;
		ledger.none += (uint64_t)rows[i].none;
		ROW_EQUAL(rows[i].name, ledger_adds_up(&ledger), rows[i].adds_up);
	}
}

static void an_account_that_does_not_add_up_is_a_bug_to_report(void **state)
{
	const struct budget_totals budget = { 0 };
	struct ledger ledger = ledger_of(&budget);
	char *text;

	ledger.source.ticks++;
	text = ledger_text(&ledger);
	assert_non_null(strstr(text, "wick: the ledger does not add up: please report this"));
	free(text);
}

static void a_full_disk_is_an_error(void **state)
{
	const struct budget_totals budget = { 0 };
	struct ledger ledger = ledger_of(&budget);
	FILE *f = fopen("/dev/full", "w");

	assert_non_null(f);
	setvbuf(f, NULL, _IONBF, 0);
	assert_int_equal(ledger_write_json(&ledger, f), -EIO);
	fclose(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_sound_recording_says_little),
		cmocka_unit_test(everything_that_went_wrong_is_said),
		cmocka_unit_test(tables_that_could_not_be_made_are_said),
		cmocka_unit_test(what_became_of_interpreted_frames_is_said),
		cmocka_unit_test(interpreters_that_are_not_read_are_said),
		cmocka_unit_test(one_cpu_that_went_is_no_others),
		cmocka_unit_test(a_rate_that_was_kept_is_said),
		cmocka_unit_test(a_rate_that_was_changed_has_its_times),
		cmocka_unit_test(only_remembered_changes_are_listed),
		cmocka_unit_test(the_cost_of_a_tick_is_said_if_it_is_known),
		cmocka_unit_test(a_tick_too_many_or_too_few_is_found),
		cmocka_unit_test(an_account_that_does_not_add_up_is_a_bug_to_report),
		cmocka_unit_test(a_full_disk_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
