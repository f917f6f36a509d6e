// SPDX-License-Identifier: BSD-2-Clause
/*
 * test_report.c - from a source of samples to the folded stacks, the ledger and the summary of
 * a recording: tests/golden/report.*.
 */
#include "profiler/report/report.h"
#include "tests/unit/row.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bpf/sample.h"
#include "tests/unit/app.h"
#include "tests/unit/asking.h"
#include "tests/unit/child.h"
#include "tests/unit/golden.h"
#include "tests/unit/recorded.h"

#define STRAY 0x1000 /* in no mapping: the first page is never mapped */

/* Compare what FAKE has recorded with tests/golden/report.NAME.*. */
static void compare(const char *name, struct fake_source *fake, const struct report_opts *opts,
		    const char *const pairs[][2], size_t pair_cnt)
{
	static const char *const kinds[] = { "folded", "json", "txt" };
	struct recorded r;
	char *texts[3], path[256];

	recorded_run(&r, fake, opts);
	texts[0] = folded_of(r.report.profile);
	texts[1] = recorded_json(&r);
	texts[2] = ledger_text(&r.ledger);
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		for (size_t j = 0; j < pair_cnt; j++)
			texts[i] = replaced(texts[i], pairs[j][0], pairs[j][1]);
		snprintf(path, sizeof(path), "tests/golden/report.%s.%s", name, kinds[i]);
		golden_compare(path, texts[i], strlen(texts[i]));
		free(texts[i]);
	}
	recorded_close(&r, fake);
}

static void stacks_become_names_below_their_command(void **state)
{
	const uint64_t whole[] = { MIDDLE(app_leaf), BEHIND(app_work), MIDDLE(app_run),
				   MIDDLE(start_thread) };
	const uint64_t first[] = { FIRST(app_leaf), MIDDLE(app_run), MIDDLE(start_thread) };
	/* A signal handler: what it interrupted is exact, too. */
	const uint64_t handler[] = { MIDDLE(app_leaf), FIRST(app_run) | SAMPLE_IP_EXACT,
				     MIDDLE(start_thread) };
	const uint64_t system_call[] = { FAKE_READ + 4, FAKE_SYSCALL + 0x100 };
	const uint64_t module[] = { FAKE_FILTER + 4, FAKE_SYSCALL + 4 };
	const uint32_t pid = (uint32_t)getpid();
	const struct raw_sample samples[] = {
		{ .tgid = pid, .comm = "app", USER(whole), .user_end = UNWIND_FP_END, .count = 5 },
		{ .tgid = pid,
		  .comm = "app",
		  USER(whole),
		  KERNEL(system_call),
		  .count = 3,
		  .user_end = UNWIND_FP_END },
		{ .tgid = pid, .comm = "app", USER(whole), .user_end = UNWIND_FP_END, .count = 2 },
		{ .tgid = pid, .comm = "app", USER(first), .user_end = UNWIND_END, .count = 1 },
		{ .tgid = pid,
		  .comm = "app",
		  USER(handler),
		  .count = 1,
		  .user_end = UNWIND_ZERO_RA },
		{ .tgid = pid,
		  .comm = SIXTEEN_LETTERS,
		  USER(whole),
		  .count = 1,
		  .user_end = UNWIND_FP_END },
		{ .tgid = pid, .comm = "app", KERNEL(module), .count = 4 },
		{ .tgid = 0, .comm = "swapper/0", KERNEL(module), .count = 2 },
	};
	struct fake_source fake = source_of(samples, ARRAY_SIZE(samples));

	compare("stacks", &fake, &(struct report_opts){ 0 }, NULL, 0);
}

static void roots_are_processes_or_threads_if_asked(void **state)
{
	const uint64_t stack[] = { MIDDLE(app_leaf), MIDDLE(start_thread) };
	const uint32_t pid = (uint32_t)getpid();
	const struct raw_sample samples[] = {
		{ .tgid = pid,
		  .tid = 11,
		  .comm = "app",
		  USER(stack),
		  .user_end = UNWIND_END,
		  .count = 1 },
		{ .tgid = pid,
		  .tid = 12,
		  .comm = "app",
		  USER(stack),
		  .user_end = UNWIND_END,
		  .count = 2 },
		{ .tgid = pid,
		  .tid = 12,
		  .comm = "worker",
		  USER(stack),
		  .user_end = UNWIND_END,
		  .count = 4 },
	};
	char app[32], worker[32];
	const char *const pairs[][2] = { { app, "app-PID" }, { worker, "worker-PID" } };
	struct fake_source fake = source_of(samples, ARRAY_SIZE(samples));

	snprintf(app, sizeof(app), "app-%u", pid);
	snprintf(worker, sizeof(worker), "worker-%u", pid);
	compare("roots.comm", &fake, &(struct report_opts){ 0 }, pairs, 2);
	fake = source_of(samples, ARRAY_SIZE(samples));
	compare("roots.process", &fake, &(struct report_opts){ .per_process = true }, pairs, 2);
	fake = source_of(samples, ARRAY_SIZE(samples));
	compare("roots.thread", &fake, &(struct report_opts){ .per_thread = true }, pairs, 2);
}

/* Each way that a walk ends, 1 + that many times; in the last one the kernel does not say. */
static void an_incomplete_stack_says_why(void **state)
{
	const uint64_t inner[] = { MIDDLE(app_leaf), MIDDLE(app_work) };
	const uint64_t to_entry[] = { MIDDLE(app_leaf), MIDDLE(start_thread) };
	const uint32_t pid = (uint32_t)getpid();
	uint64_t deep[SAMPLE_KERNEL_MAX];
	struct raw_sample samples[UNWIND_RESULT_CNT + 3];
	struct fake_source fake;
	size_t cnt = 0;

	for (int result = UNWIND_OK; result <= UNWIND_RESULT_CNT; result++)
		samples[cnt++] = (struct raw_sample){ .tgid = pid,
						      .comm = "app",
						      USER(inner),
						      .user_end = (enum unwind_result)result,
						      .count = 1ULL << result };
	for (size_t i = 0; i < ARRAY_SIZE(deep); i++)
		deep[i] = MIDDLE(app_work);
	samples[cnt++] = (struct raw_sample){ .tgid = pid,
					      .comm = "deep",
					      USER(deep),
					      .user_end = UNWIND_RESULT_CNT,
					      .count = 100000 };
	/* Whatever the walk says: one that has reached the entry is whole. */
	samples[cnt++] = (struct raw_sample){
		.tgid = pid, .comm = "entry", USER(to_entry), .user_end = UNWIND_BAD_FP, .count = 1
	};
	fake = source_of(samples, cnt);
	compare("incomplete", &fake, &(struct report_opts){ 0 }, NULL, 0);
}

/* A child that has ended, so that nothing can be read of it. */
static uint32_t ended_process(void)
{
	pid_t pid = fork();

	if (!pid)
		_exit(EXIT_SUCCESS);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	return (uint32_t)pid;
}

/* SIZE bytes of code: of the file at PATH, or generated. */
static uint64_t map_code(const char *path, size_t size)
{
	int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	void *code = mmap(NULL, size, PROT_READ | PROT_EXEC,
			  path ? MAP_PRIVATE : MAP_PRIVATE | MAP_ANONYMOUS, fd, 0);

	assert_true(code != MAP_FAILED);
	if (path)
		close(fd);
	return (uint64_t)(uintptr_t)code;
}

static void a_frame_without_a_name_says_why(void **state)
{
	const char *text = "tests/golden/kinds.folded";
	char shapes[4096], *cwd = realpath(".", NULL), *b = realpath(shape_path("", shapes), NULL);
	struct child child = start(shape_path("shapes.stripped", shapes));
	struct known known[MAX_FUNCTIONS];
	const uint32_t pid = (uint32_t)getpid();
	const uint64_t code = map_code(NULL, 4096), no_elf = map_code(text, 4096);
	const uint64_t stray[] = { MIDDLE(app_leaf), STRAY, MIDDLE(start_thread) };
	const uint64_t generated[] = { code + 8, MIDDLE(start_thread) };
	const uint64_t not_elf[] = { no_elf + 8, no_elf + 16, MIDDLE(start_thread) };
	const uint64_t other[] = { MIDDLE(app_leaf), MIDDLE(start_thread) };
	const uint64_t no_symbol[] = { FAKE_NO_SYMBOL, FAKE_SYSCALL + 4 };
	uint64_t stripped[1];
	const struct raw_sample samples[] = {
		{ .tgid = pid, .comm = "stray", USER(stray), .user_end = UNWIND_END, .count = 1 },
		{ .tgid = pid,
		  .comm = "generated",
		  USER(generated),
		  .user_end = UNWIND_END,
		  .count = 2 },
		{ .tgid = pid,
		  .comm = "no-elf",
		  USER(not_elf),
		  .user_end = UNWIND_END,
		  .count = 4 },
		{ .tgid = (uint32_t)child.pid,
		  .comm = "stripped",
		  USER(stripped),
		  .user_end = UNWIND_END,
		  .count = 8 },
		{ .tgid = ended_process(),
		  .comm = "ended",
		  USER(other),
		  .user_end = UNWIND_END,
		  .count = 16 },
		{ .tgid = 0, .comm = "foreign", USER(other), .user_end = UNWIND_END, .count = 32 },
		{ .tgid = pid, .comm = "kernel", KERNEL(no_symbol), .count = 64 },
	};
	const char *const pairs[][2] = { { b, "FIXTURES" }, { cwd, "SOURCE" } };
	struct fake_source fake = source_of(samples, ARRAY_SIZE(samples));

	assert_true(read_known(&child, known) > 0);
	stripped[0] = known[0].ip;
	compare("unnamed", &fake, &(struct report_opts){ 0 }, pairs, 2);
	end(&child);
	munmap((void *)(uintptr_t)code, 4096);
	munmap((void *)(uintptr_t)no_elf, 4096);
	free(cwd);
	free(b);
}

static void a_kernel_that_hides_its_names_is_told_of(void **state)
{
	const uint64_t hidden[] = { FAKE_IS_DENIED, FAKE_SYSCALL + 4 };
	const struct raw_sample sample = { .comm = "kernel", KERNEL(hidden), .count = 3 };
	struct fake_source fake = source_of(&sample, 1);

	compare("hidden", &fake, &(struct report_opts){ 0 }, NULL, 0);
}

static void generated_code_has_the_names_of_its_perf_map(void **state)
{
	const uint64_t code = map_code(NULL, 4096);
	const uint64_t stack[] = { code + 0x18, code + 0x45, MIDDLE(start_thread) };
	const struct raw_sample sample = { .tgid = (uint32_t)getpid(),
					   .comm = "jit",
					   USER(stack),
					   .user_end = UNWIND_END,
					   .count = 1 };
	struct fake_source fake = source_of(&sample, 1);
	char path[64];
	FILE *f;

	snprintf(path, sizeof(path), "/tmp/perf-%d.map", getpid());
	f = fopen(path, "w");
	assert_non_null(f);
	fprintf(f, "%lx 20 LazyCompile:*inner app.js:1\n%lx 20 LazyCompile:~outer app.js:9\n",
		code + 0x10, code + 0x40);
	fclose(f);
	compare("generated", &fake, &(struct report_opts){ 0 }, NULL, 0);
	unlink(path);
	munmap((void *)(uintptr_t)code, 4096);
}

static void a_loss_has_its_line(void **state)
{
	const uint64_t stack[] = { MIDDLE(app_leaf), MIDDLE(start_thread) };
	const struct raw_sample sample = { .tgid = (uint32_t)getpid(),
					   .comm = "app",
					   USER(stack),
					   .user_end = UNWIND_END,
					   .count = 800 };
	struct fake_source fake = source_of(&sample, 1);

	fake.stats.idle = 150;
	fake.stats.filtered = 25;
	fake.stats.lost[0].cause = "ring_full";
	fake.stats.lost[0].cnt = 20;
	fake.stats.lost[1].cause = "no_room";
	fake.stats.lost[2].cause = "missed";
	fake.stats.lost[2].cnt = 5;
	fake.stats.lost_cnt = 3;
	fake.stats.throttled = 2;
	fake.stats.not_followed = 7;
	compare("losses", &fake, &(struct report_opts){ 0 }, NULL, 0);
}

static void samples_of_a_lower_rate_count_for_the_ticks_between(void **state)
{
	const uint64_t stack[] = { MIDDLE(app_leaf), MIDDLE(start_thread) };
	const uint64_t other[] = { MIDDLE(app_work), MIDDLE(start_thread) };
	const uint32_t pid = (uint32_t)getpid();
	const struct raw_sample samples[] = {
		{ .tgid = pid, .comm = "app", USER(stack), .user_end = UNWIND_END, .count = 10 },
		{ .tgid = pid,
		  .comm = "app",
		  USER(stack),
		  .user_end = UNWIND_END,
		  .count = 10,
		  .divisor = 1 },
		{ .tgid = pid,
		  .comm = "app",
		  USER(stack),
		  .user_end = UNWIND_END,
		  .count = 10,
		  .divisor = 4 },
		{ .tgid = pid,
		  .comm = "app",
		  USER(other),
		  .user_end = UNWIND_BAD_FP,
		  .count = 1,
		  .divisor = 2 },
	};
	struct fake_source fake = source_of(samples, ARRAY_SIZE(samples));

	compare("weights", &fake, &(struct report_opts){ 0 }, NULL, 0);
}

static void a_recording_without_a_sample_is_one(void **state)
{
	struct fake_source fake = source_of(NULL, 0);

	fake.stats.idle = 12;
	compare("empty", &fake, &(struct report_opts){ 0 }, NULL, 0);
}

/* The less a user may see, the fewer stacks there are. */
static void the_tier_and_its_reason_are_told(void **state)
{
	static const struct {
		const char *name;
		enum source_tier tier;
		enum source_why why;
	} rows[] = {
		{ "tier.no_bpf", SOURCE_PERF, SOURCE_NO_BPF },
		{ "tier.no_privilege", SOURCE_PERF_USER, SOURCE_NO_PRIVILEGE },
		{ "tier.no_tables", SOURCE_BPF, SOURCE_NO_TABLES },
	};
	const uint64_t stack[] = { MIDDLE(app_leaf), MIDDLE(start_thread) };
	const uint64_t kernel[] = { FAKE_READ + 4, FAKE_SYSCALL + 4 };
	struct raw_sample sample = { .tgid = (uint32_t)getpid(),
				     .comm = "app",
				     USER(stack),
				     KERNEL(kernel),
				     .user_end = UNWIND_END,
				     .count = 1 };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct fake_source fake = source_of(&sample, 1);

		sample.kernel_cnt = rows[i].why == SOURCE_NO_PRIVILEGE ? 0 : ARRAY_SIZE(kernel);
		fake.stats.tier = rows[i].tier;
		fake.base.why = rows[i].why;
		compare(rows[i].name, &fake, &(struct report_opts){ 0 }, NULL, 0);
	}
}

/* Copies */

static uint64_t address_of(const struct known *known, size_t cnt, const char *name)
{
	for (size_t i = 0; i < cnt; i++) {
		if (!strcmp(known[i].name, name))
			return known[i].ip;
	}
	fail_msg("there is no %s", name);
	return 0;
}

/*
 * Functions of shapes.c keep nothing on their stacks, so a stack of them is a row of return
 * addresses.  It is walked when the program's table is there, and not before.
 */
static void a_copied_stack_waits_for_its_table(void **state)
{
	static const struct kernel_tables ours = { -1, -1, -1, -1, -1, -1, -1, NULL };
	char path[4096];
	struct child child = start(shape_path("shapes.pie", path));
	struct known known[MAX_FUNCTIONS];
	size_t cnt = read_known(&child, known);
	const uint64_t local = address_of(known, cnt, "shape_local"),
		       far = address_of(known, cnt, "shape_far");
	const uint64_t whole[] = { local + 3, far + 3, local + 3, 0 };
	const uint64_t broken[] = { far + 3, STRAY };
	const uint64_t kernel[] = { FAKE_READ + 4, FAKE_SYSCALL + 4 };
	struct raw_copy copy = {
		.tgid = (uint32_t)child.pid,
		.comm = "shapes",
		.divisor = 2,
		.state = { .ip = address_of(known, cnt, "shape_exported"), .sp = 0x7fff0000 },
		.stack = (const uint8_t *)whole,
		.size = sizeof(whole),
	};
	struct raw_copy in_kernel = copy, cut = copy, lost = copy, ended = copy;
	const struct fake_step steps[] = {
		{ .process = copy.tgid }, { .copy = &copy }, { .copy = &in_kernel },
		{ .copy = &copy },	  { .copy = &cut },  { .copy = &lost },
		{ .copy = &ended },
	};
	struct fake_source fake = fake_source(steps, ARRAY_SIZE(steps));

	in_kernel.kernel = kernel;
	in_kernel.kernel_cnt = ARRAY_SIZE(kernel);
	cut.size = 2 * sizeof(whole[0]); /* the third return address was not copied */
	cut.is_cut = true;
	lost.stack = (const uint8_t *)broken;
	lost.size = sizeof(broken);
	ended.tgid = ended_process();
	fake.tables = &ours;
	fake.at_once = 2;
	compare("copies", &fake, &(struct report_opts){ 0 }, NULL, 0);
	end(&child);
}

/* Deeper than the kernel's default allows, as kernel.perf_event_max_stack may be raised to. */
static void a_deep_stack_is_whole(void **state)
{
	uint64_t deep[1024];
	const struct raw_sample sample = { .tgid = (uint32_t)getpid(),
					   .comm = "deep",
					   USER(deep),
					   .user_end = UNWIND_END,
					   .count = 1 };
	struct fake_source fake = source_of(&sample, 1);
	struct recorded r;
	char *text;
	size_t frames = 0;

	for (size_t i = 0; i < ARRAY_SIZE(deep); i++)
		deep[i] = MIDDLE(i % 2 ? app_run : app_work);
	recorded_run(&r, &fake, &(struct report_opts){ 0 });
	text = folded_of(r.report.profile);
	assert_memory_equal(text, "deep;app_run;app_work;", strlen("deep;app_run;app_work;"));
	for (const char *at = text; (at = strchr(at, ';')); at++)
		frames++;
	assert_int_equal(frames, ARRAY_SIZE(deep));
	assert_int_equal(r.ledger.user.by_reason[SYM_NAMED], ARRAY_SIZE(deep));
	free(text);
	recorded_close(&r, &fake);
}

/* The table */

static void the_hottest_functions_come_first(void **state)
{
	const uint64_t work[] = { MIDDLE(app_work), MIDDLE(start_thread) };
	const uint64_t recursive[] = { MIDDLE(app_leaf), MIDDLE(app_work), MIDDLE(app_work),
				       MIDDLE(start_thread) };
	const uint64_t kernel[] = { FAKE_READ + 4 };
	const uint32_t pid = (uint32_t)getpid();
	const struct raw_sample samples[] = {
		{ .tgid = pid, .comm = "app", USER(work), .user_end = UNWIND_END, .count = 60 },
		{ .tgid = pid,
		  .comm = "app",
		  USER(recursive),
		  .user_end = UNWIND_END,
		  .count = 10,
		  .divisor = 2 },
		{ .tgid = pid,
		  .comm = "app",
		  USER(work),
		  KERNEL(kernel),
		  .count = 20,
		  .user_end = UNWIND_BAD_FP },
	};
	struct fake_source fake = source_of(samples, ARRAY_SIZE(samples));
	struct recorded r;
	struct caught c;
	char *text;

	recorded_run(&r, &fake, &(struct report_opts){ 0 });
	c = catch_stderr();
	report_print_hottest(&r.report, r.ledger.weight);
	report_print_hottest(&r.report, 0); /* no shares of nothing */
	text = caught(&c);
	assert_string_equal(text, "   self   total  function\n"
				  " 60.0 % 100.0 %  app_work\n"
				  " 20.0 %  20.0 %  app_leaf\n"
				  " 20.0 %  20.0 %  vfs_read\n"
				  "  0.0 % 100.0 %  start_thread\n");
	free(text);
	recorded_close(&r, &fake);
}

static void entries_of_every_runtime_are_known(void **state)
{
	static const struct {
		const char *name;
		bool is_entry;
	} rows[] = {
		{ "_start", true },
		{ "__libc_start_main", true },
		{ "__libc_start_main@@GLIBC_2.34", true },
		{ "__libc_start_call_main", true },
		{ "clone3", true },
		{ "runtime.goexit", true },
		{ "runtime.goexit.abi0", true },
		{ "runtime.goexit1", false },
		{ "_start_all", false },
		{ "main", false },
		{ "", false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		ROW_EQUAL(rows[i].name, report_is_entry(rows[i].name), rows[i].is_entry);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stacks_become_names_below_their_command),
		cmocka_unit_test(roots_are_processes_or_threads_if_asked),
		cmocka_unit_test(an_incomplete_stack_says_why),
		cmocka_unit_test(a_frame_without_a_name_says_why),
		cmocka_unit_test(a_kernel_that_hides_its_names_is_told_of),
		cmocka_unit_test(generated_code_has_the_names_of_its_perf_map),
		cmocka_unit_test(a_loss_has_its_line),
		cmocka_unit_test(samples_of_a_lower_rate_count_for_the_ticks_between),
		cmocka_unit_test(a_recording_without_a_sample_is_one),
		cmocka_unit_test(the_tier_and_its_reason_are_told),
		cmocka_unit_test(a_copied_stack_waits_for_its_table),
		cmocka_unit_test(a_deep_stack_is_whole),
		cmocka_unit_test(the_hottest_functions_come_first),
		cmocka_unit_test(entries_of_every_runtime_are_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
