// SPDX-License-Identifier: BSD-2-Clause
/*
 * Which process had what mapped, as sideband records and /proc tell it, and what the program is
 * told of that.  The sideband is a fake, which hands over the events that a test wrote down.
 */
#include "profiler/recording/tracker.h"
#include "profiler/log.h"
#include "profiler/recording/sideband.h"
#include "symbolize/process/process.h"
#include "symbolize/symbolizer.h"
#include "tests/unit/row.h"
#include "tests/unit/fake_kernel.h"

#include <linux/types.h>
#include "bpf/sample.h"

#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/resource.h>

#define TGID	0x7ffffff0 /* of no process */
#define CHILD	0x7ffffff1
#define PROGRAM 0x400000
#define LIBRARY 0x7f0000000000
#define SIZE	0x10000
#define MEM_MAX ((size_t)4 << 20)
#define WAIT_MS 10000

static struct {
	struct sideband_event events[256];
	size_t cnt, next;
	bool lost; /* records, before the next drain */
	int open_err;
	struct sideband_sink sink; /* of the last drain */
	int fd;			   /* of something that epoll takes */
} fake_sideband;

int sideband_open(const struct cpus *cpus, const struct perf_scope *scope, struct sideband **out)
{
	*out = NULL;
	if (fake_sideband.open_err)
		return fake_sideband.open_err;
	fake_sideband.fd = eventfd(0, EFD_CLOEXEC);
	assert_true(fake_sideband.fd >= 0);
	*out = (struct sideband *)&fake_sideband;
	return 0;
}

void sideband_close(struct sideband *sb)
{
	if (sb)
		close(fake_sideband.fd);
}

void sideband_gone(const struct sideband *sb, struct cpus_gone *out)
{
	*out = (struct cpus_gone){ .cnt = 1 };
}

int sideband_fd(const struct sideband *sb)
{
	return fake_sideband.fd;
}

int sideband_drain(struct sideband *sb, uint64_t until_ns, const struct sideband_sink *sink,
		   bool *lost)
{
	int err = 0;

	fake_sideband.sink = *sink;
	*lost = fake_sideband.lost;
	fake_sideband.lost = false;
	while (!err && fake_sideband.next < fake_sideband.cnt &&
	       fake_sideband.events[fake_sideband.next].time_ns <= until_ns)
		err = sink->event(sink->ctx, &fake_sideband.events[fake_sideband.next++]);
	return err;
}

/* The clock of the events. */
static uint64_t tell(struct sideband_event event)
{
	assert_true(fake_sideband.cnt < ARRAY_SIZE(fake_sideband.events));
	event.time_ns = 1000 * (fake_sideband.cnt + 1);
	fake_sideband.events[fake_sideband.cnt++] = event;
	return event.time_ns;
}

static uint64_t tell_exec(uint32_t tgid)
{
	return tell((struct sideband_event){ .type = SIDEBAND_EXEC, .tgid = tgid });
}

static uint64_t tell_mmap(uint32_t tgid, uint64_t start)
{
	return tell((struct sideband_event){ .type = SIDEBAND_MMAP,
					     .tgid = tgid,
					     .start = start,
					     .end = start + SIZE,
					     .path = "//anon" });
}

static uint64_t tell_fork(uint32_t child, uint32_t parent)
{
	return tell(
		(struct sideband_event){ .type = SIDEBAND_FORK, .tgid = child, .parent = parent });
}

static uint64_t tell_exit(uint32_t tgid)
{
	return tell((struct sideband_event){ .type = SIDEBAND_EXIT, .tgid = tgid });
}

struct world {
	struct tracker_opts opts;
	struct tracker *tracker;
};

static void open_tracker(struct world *w)
{
	const struct symbolizer_opts opts = { 0 };

	memset(&fake_sideband.events, 0, sizeof(fake_sideband.events));
	fake_sideband.cnt = fake_sideband.next = 0;
	fake_sideband.lost = false;
	assert_int_equal(symbolizer_new(&opts, &w->opts.symbolizer), 0);
	assert_int_equal(tracker_open(&w->opts, &w->tracker), 0);
	assert_true(tracker_fd(w->tracker) >= 0);
}

static int set_up(void **state)
{
	static struct world w;

	w = (struct world){ .opts = { .kernel_tables = fake_kernel_open(), .mem_max = MEM_MAX } };
	open_tracker(&w);
	*state = &w;
	return 0;
}

static int tear_down(void **state)
{
	struct world *w = *state;

	tracker_close(w->tracker);
	symbolizer_free(w->opts.symbolizer);
	fake_kernel_close();
	return 0;
}

static void drain(struct world *w)
{
	assert_int_equal(tracker_drain(w->tracker, TRACKER_NOW), 0);
}

/* The process TGID when it had IP in its stack. */
static struct process *process_with(struct world *w, uint32_t tgid, uint64_t ip)
{
	struct process *process;

	assert_int_equal(tracker_process(w->tracker, tgid, 0, &ip, 1, &process), 0);
	return process;
}

static struct process *process_at(struct world *w, uint64_t time_ns, uint64_t ip)
{
	const struct raw_copy copy = { .tgid = TGID, .time_ns = time_ns, .state = { .ip = ip } };
	struct process *process;

	assert_int_equal(tracker_process_of(w->tracker, &copy, &process), 0);
	return process;
}

static struct tracker_totals totals_of(const struct world *w)
{
	struct tracker_totals totals;

	tracker_totals(w->tracker, &totals);
	return totals;
}

static void what_is_mapped_is_known_to_both(void **state)
{
	struct world *w = *state;
	const struct process *process;

	tell_exec(TGID);
	tell_mmap(TGID, PROGRAM);
	tell_mmap(TGID, LIBRARY);
	drain(w);
	assert_int_equal(fake_process(TGID)->cnt, 2);
	assert_int_equal(fake_mapping(TGID, LIBRARY).end, LIBRARY + SIZE);
	process = process_with(w, TGID, LIBRARY | SAMPLE_IP_EXACT);
	assert_true(process_maps_ip(process, PROGRAM));
	assert_int_equal(totals_of(w).reads, 0);
	assert_int_equal(totals_of(w).gone.cnt, 1);
}

static void a_sample_is_of_the_mappings_of_its_time(void **state)
{
	struct world *w = *state;
	struct process *early, *late, *other;
	uint64_t mapped, later, exec;

	tell_exec(TGID);
	mapped = tell_mmap(TGID, PROGRAM);
	drain(w); /* the program may have this one: it changes no more */
	later = tell_mmap(TGID, LIBRARY);
	drain(w);
	exec = tell_exec(TGID);
	tell_mmap(TGID, PROGRAM);
	drain(w);
	early = process_at(w, mapped, PROGRAM);
	late = process_at(w, later, PROGRAM);
	other = process_at(w, exec, PROGRAM);
	assert_false(process_maps_ip(early, LIBRARY));
	assert_true(process_maps_ip(late, LIBRARY));
	assert_false(process_maps_ip(other, LIBRARY));
	assert_true(early != late && late != other && early != other);
	/* Not by its time, but by what it maps: the newest that does. */
	assert_ptr_equal(process_at(w, exec, LIBRARY), late);
	assert_ptr_equal(process_with(w, TGID, LIBRARY), late);
}

static void a_child_has_what_its_parent_had(void **state)
{
	struct world *w = *state;

	tell_exec(TGID);
	tell_mmap(TGID, PROGRAM);
	drain(w);
	tell_fork(CHILD, TGID);
	drain(w);
	assert_int_equal(fake_process(CHILD)->version, fake_process(TGID)->version);
	tell_mmap(CHILD, LIBRARY);
	drain(w);
	assert_int_equal(fake_mapping(TGID, LIBRARY).end, 0);
	assert_int_equal(fake_mapping(CHILD, LIBRARY).end, LIBRARY + SIZE);
	assert_false(process_maps_ip(process_with(w, TGID, PROGRAM), LIBRARY));
	tell_exit(TGID);
	drain(w);
	assert_null(fake_process(TGID));
	assert_non_null(fake_process(CHILD));
	assert_non_null(process_with(w, TGID, PROGRAM)); /* its samples may be on their way */
	/* A parent that nobody knows, and one outside of our namespace. */
	tell_fork(TGID, 0x7ffffff8);
	tell_fork(CHILD, UINT32_MAX);
	drain(w);
	assert_null(fake_process(TGID));
}

/* In the same drain: the parent's range is not yet there to be shared. */
static void a_child_of_one_that_changes_is_told_of(void **state)
{
	struct world *w = *state;

	tell_exec(TGID);
	tell_mmap(TGID, PROGRAM);
	tell_fork(CHILD, TGID);
	drain(w);
	assert_int_equal(fake_mapping(CHILD, PROGRAM).end, PROGRAM + SIZE);
}

static void an_old_process_is_read_when_it_is_sampled(void **state)
{
	struct world *w = *state;
	uint32_t self = (uint32_t)getpid();
	uint64_t here = (uintptr_t)drain;

	assert_int_equal(tracker_sampled(w->tracker, self), 0);
	assert_int_equal(totals_of(w).reads, 1);
	assert_int_not_equal(fake_mapping(self, here).file_id, UNWIND_FILE_NONE);
	assert_true(process_maps_ip(process_with(w, self, here), here));
	assert_int_equal(tracker_sampled(w->tracker, self), 0);
	assert_int_equal(totals_of(w).reads, 1);
	tracker_wait(w->tracker, WAIT_MS);
	assert_int_equal(tracker_tables_epoch(w->tracker), 0);
	drain(w);
	assert_int_equal(tracker_tables_epoch(w->tracker), 1);
	assert_true(totals_of(w).tables.rows > 0);
	/* A stray address of a broken stack does not have it read again and again. */
	for (int i = 0; i < 10; i++)
		assert_non_null(process_with(w, self, 16));
	assert_true(totals_of(w).reads <= 2);
}

static void nobody_is_read_who_is_not_there(void **state)
{
	static const struct {
		const char *name;
		uint32_t tgid;
		size_t cnt;
	} rows[] = {
		{ "no process", TGID, 1 },
		{ "no id in our namespace", 0, 1 },
		{ "no address", TGID, 0 },
	};
	const uint64_t ip = PROGRAM;
	struct world *w = *state;
	struct process *process;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		ROW_EQUAL(rows[i].name,
			  tracker_process(w->tracker, rows[i].tgid, 0, &ip, rows[i].cnt, &process),
			  0);
		ROW_TRUE(rows[i].name, !process);
	}
}

static void lost_records_are_made_up_for(void **state)
{
	struct world *w = *state;
	uint32_t self = (uint32_t)getpid();
	uint64_t reads;

	tell_exec(TGID);
	tell_mmap(TGID, PROGRAM);
	assert_int_equal(tracker_sampled(w->tracker, self), 0);
	drain(w);
	reads = totals_of(w).reads;
	fake_sideband.lost = true;
	drain(w);
	assert_int_equal(totals_of(w).lost, 1);
	assert_int_equal(totals_of(w).reads, reads + 1);
	assert_non_null(fake_process(self));
	assert_null(fake_process(TGID)); /* not sampled: what was known of it is forgotten */
}

/* Nobody can have everything read again and again by making records get lost. */
static void losses_one_after_the_other_are_made_up_for_at_once(void **state)
{
	struct world *w = *state;
	uint64_t reads;

	assert_int_equal(tracker_sampled(w->tracker, (uint32_t)getpid()), 0);
	fake_sideband.lost = true;
	drain(w);
	reads = totals_of(w).reads;
	fake_sideband.lost = true;
	drain(w);
	assert_int_equal(totals_of(w).lost, 2);
	assert_int_equal(totals_of(w).reads, reads);
	for (int i = 0; i < WAIT_MS && totals_of(w).reads == reads; i++) {
		usleep(1000);
		drain(w);
	}
	assert_int_equal(totals_of(w).reads, reads + 1);
}

static void tell_file(uint64_t off, uint64_t generation)
{
	tell((struct sideband_event){ .type = SIDEBAND_MMAP,
				      .tgid = TGID,
				      .start = LIBRARY,
				      .end = LIBRARY + SIZE,
				      .off = off,
				      .inode = 42,
				      .generation = generation,
				      .path = "/none" });
}

static void what_is_mapped_again_is_no_news(void **state)
{
	static const struct {
		const char *name;
		uint64_t off, generation;
		bool is_news;
	} rows[] = {
		{ "the same", 0x1000, 7, false },
		{ "of another part", 0x2000, 7, true },
		{ "that again", 0x2000, 7, false },
		{ "of another file with its number", 0x2000, 8, true },
	};
	struct world *w = *state;

	tell_exec(TGID);
	tell_file(0x1000, 7);
	drain(w);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		uint32_t before = fake_process(TGID)->version;

		tell_file(rows[i].off, rows[i].generation);
		drain(w);
		ROW_EQUAL(rows[i].name, fake_process(TGID)->version != before, rows[i].is_news);
	}
}

static bool is_ignored(uint32_t tgid)
{
	return fake_sideband.sink.ignores(fake_sideband.sink.ctx, tgid);
}

/* 25,000 mappings in 25 ms are followed for as long as a moment's work may take. */
static void a_storm_of_mappings_is_not_followed(void **state)
{
	struct world *w = *state;

	tell_exec(TGID);
	tell_exec(CHILD);
	for (int i = 0; i < 100; i++) {
		while (fake_sideband.cnt < 250)
			tell_mmap(TGID, LIBRARY);
		drain(w);
		assert_true(i > 10 || !is_ignored(TGID));
		fake_sideband.cnt = fake_sideband.next = 0;
	}
	assert_true(is_ignored(TGID));
	tell_mmap(CHILD, LIBRARY);
	drain(w);
	assert_false(is_ignored(CHILD));
	assert_int_equal(fake_mapping(CHILD, LIBRARY).end, LIBRARY + SIZE);
	tell_exec(TGID); /* another program, which may be better */
	drain(w);
	assert_false(is_ignored(TGID));
	assert_false(is_ignored(CHILD + 1));
}

/* Until the program is to be told no more of TGID for a while. */
static void use_up_allowance(struct world *w)
{
	for (uint64_t i = 0; i < 200; i++)
		tell_mmap(TGID, LIBRARY + 2 * SIZE * i);
	for (int i = 0; i < 10000 && tracker_is_current(w->tracker); i++) {
		tell_mmap(TGID, LIBRARY);
		drain(w);
		fake_sideband.cnt = fake_sideband.next = 0;
	}
	assert_false(tracker_is_current(w->tracker));
}

/* It would walk another program's stacks by what this one had at the same addresses. */
static void what_is_wrong_is_taken_back_at_once(void **state)
{
	struct world *w = *state;

	tell_exec(TGID);
	use_up_allowance(w);
	assert_int_equal(fake_mapping(TGID, LIBRARY).end, LIBRARY + SIZE);
	tell_exec(TGID);
	tell_mmap(TGID, PROGRAM);
	drain(w);
	assert_int_equal(fake_mapping(TGID, LIBRARY).end, 0);
	for (int i = 0; i < WAIT_MS && !tracker_is_current(w->tracker); i++) {
		usleep(1000);
		drain(w);
	}
	assert_int_equal(fake_mapping(TGID, PROGRAM).end, PROGRAM + SIZE);
}

static void only_those_that_were_asked_for_are_tracked(void **state)
{
	static const struct {
		const char *name;
		bool children;
		uint32_t tgid;
		bool is_tracked;
	} rows[] = {
		{ "itself", false, TGID, true },
		{ "its child, not asked for", false, CHILD, false },
		{ "its child", true, CHILD, true },
		{ "a child's child", true, CHILD + 1, true },
		{ "another one", true, CHILD + 2, false },
	};
	pid_t id = TGID;
	const struct id_list only = { &id, 1 };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct world w = { .opts = { .only = &only,
					     .children = rows[i].children,
					     .kernel_tables = fake_kernel_open(),
					     .mem_max = MEM_MAX } };
		void *world = &w;

		open_tracker(&w);
		tell_exec(TGID);
		tell_mmap(TGID, PROGRAM);
		tell_fork(CHILD, TGID);
		tell_fork(CHILD + 1, CHILD);
		tell_exec(CHILD + 2);
		tell_mmap(CHILD + 2, PROGRAM);
		drain(&w);
		ROW_EQUAL(rows[i].name, fake_process(rows[i].tgid) != NULL, rows[i].is_tracked);
		tear_down(&world);
	}
}

static void processes_without_room_are_counted(void **state)
{
	struct world *w = *state;

	for (uint32_t i = 0; i < FAKE_PROC_CNT + 3; i++) {
		tell_exec(1000000 + i);
		tell_mmap(1000000 + i, PROGRAM);
	}
	drain(w);
	assert_int_equal(totals_of(w).no_room, 3);
}

/* Code in no mapping that even we know: copies of such stacks are no use. */
static void a_stack_that_nobody_can_walk_is_not_copied_again(void **state)
{
	static const uint64_t stack[] = { 0x7ffe00001000, 0x10, 0, 0 };
	struct raw_copy copy = {
		.tgid = TGID,
		.time_ns = 1000000,
		.state = { .ip = PROGRAM + 5, .sp = 0x7ffe00000000, .fp = 0x7ffe00000000 },
		.stack = (const uint8_t *)stack,
		.size = sizeof(stack)
	};
	struct world *w = *state;
	uint64_t ips[SAMPLE_USER_MAX], ends[SAMPLE_USER_MAX];
	enum unwind_result end;
	struct process *process;
	size_t cnt;

	tell_exec(TGID);
	tell_mmap(TGID, PROGRAM);
	drain(w);
	assert_int_equal(tracker_process_of(w->tracker, &copy, &process), 0);
	assert_int_equal(fake_process(TGID)->flags, 0);
	assert_int_equal(tracker_walk(w->tracker, process, &copy, ips, ends, &cnt, &end), 0);
	assert_int_equal(end, UNWIND_NO_MAPPING);
	assert_int_equal(cnt, 1);
	assert_int_equal(fake_process(TGID)->flags, UNWIND_PROCESS_SETTLED);
}

/* Then processes are known from /proc alone, and read again each time they are news. */
static void without_a_sideband_proc_is_read(void **state)
{
	struct world w = { .opts = { .mem_max = MEM_MAX } };

	fake_sideband.open_err = -EPERM;
	log_set_level(LOG_QUIET);
	open_tracker(&w);
	log_set_level(LOG_NORMAL);
	assert_int_equal(tracker_sampled(w.tracker, (uint32_t)getpid()), 0);
	assert_int_equal(tracker_sampled(w.tracker, (uint32_t)getpid()), 0);
	assert_int_equal(totals_of(&w).reads, 2);
	assert_non_null(process_with(&w, (uint32_t)getpid(), (uintptr_t)drain));
	tracker_wait(w.tracker, 0);
	tracker_close(w.tracker);
	symbolizer_free(w.opts.symbolizer);
	fake_sideband.open_err = 0;
}

static void no_further_file_is_the_reason(void **state)
{
	struct symbolizer_opts symbolizer_opts = { 0 };
	struct tracker_opts opts = { 0 };
	struct rlimit limit, none = { 0 };
	struct tracker *tracker;
	int err;

	assert_int_equal(symbolizer_new(&symbolizer_opts, &opts.symbolizer), 0);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	none.rlim_max = limit.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	err = tracker_open(&opts, &tracker);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	assert_int_equal(err, -EMFILE);
	assert_null(tracker);
	symbolizer_free(opts.symbolizer);
}

#define IN_WORLD(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_WORLD(what_is_mapped_is_known_to_both),
		IN_WORLD(a_sample_is_of_the_mappings_of_its_time),
		IN_WORLD(a_child_has_what_its_parent_had),
		IN_WORLD(a_child_of_one_that_changes_is_told_of),
		IN_WORLD(an_old_process_is_read_when_it_is_sampled),
		IN_WORLD(nobody_is_read_who_is_not_there),
		IN_WORLD(lost_records_are_made_up_for),
		IN_WORLD(losses_one_after_the_other_are_made_up_for_at_once),
		IN_WORLD(what_is_mapped_again_is_no_news),
		IN_WORLD(a_storm_of_mappings_is_not_followed),
		IN_WORLD(what_is_wrong_is_taken_back_at_once),
		IN_WORLD(processes_without_room_are_counted),
		IN_WORLD(a_stack_that_nobody_can_walk_is_not_copied_again),
		cmocka_unit_test(only_those_that_were_asked_for_are_tracked),
		cmocka_unit_test(without_a_sideband_proc_is_read),
		cmocka_unit_test(no_further_file_is_the_reason),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
