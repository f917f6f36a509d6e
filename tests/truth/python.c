// SPDX-License-Identifier: BSD-2-Clause
/*
 * python.c - the Python frames of a program's stacks against what its threads say themselves.
 *
 *     build/tests/truth/python [-n SAMPLES] [-t SECONDS] NAME COMMAND...
 *
 * Runs COMMAND, again and again if it ends: an interpreter that runs programs/frames.py.  A tick
 * takes the thread's frames by the sampling program's own code, and in the same run of the BPF
 * program the thread's shadow stack, so that both are of one instant.
 *
 * Prints one line: NAME, samples, those of each verdict, the share that is right in per cent, and
 * how many frames had no name.  Wrong stacks are printed in full, on stderr.
 *
 * Exit status: 0; 1: less than RIGHT_PER_MILLE are right, a wrong function in an outer frame, too
 * few samples in the time, or a failure; 2: usage.
 */
#include "profiler/clock.h"
#include "profiler/cpus.h"
#include "profiler/interpreters/plugs.h"
#include "profiler/log.h"
#include "profiler/recording/codes.h"
#include "profiler/recording/tracker.h"
#include "symbolize/cfi/ehframe.h"
#include "symbolize/symbolizer.h"
#include "tests/truth/command.h"
#include "tests/truth/python_verdict.h"
#include "tests/truth/ticks.h"
#include "bpf/ids.h"
#include "tests/truth/python.skel.h" /* wants ids.h and python_shot.h */

#include <bpf/bpf.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RIGHT_PER_MILLE 999
#define POLL_MS		20
#define MEM_MAX		((size_t)256 << 20)
#define RING_SIZE	(4 << 20)
#define PRINTED_MAX	5 /* wrong stacks in full, */
#define PRINTED_FRAMES	8 /* as many as this from where they differ */

struct truth {
	const char *name;
	struct command command;
	unsigned int samples_wanted, time_s;

	struct python_bpf *skel;
	struct ring_buffer *code_ring, *shot_ring;
	struct cpus cpus;
	struct ticks ticks;
	struct symbolizer *symbolizer;
	struct tracker *tracker;
	struct codes *codes;
	struct kernel_tables tables;
	struct id_list only;

	bool is_known;	    /* the process was walked */
	unsigned int early; /* samples before it was */
	unsigned int verdicts[PYTHON_VERDICT_CNT], ends[INTERPRETER_END_CNT];
	unsigned int joins[JOINS_CNT];
	unsigned int frame_cnt, unnamed, printed;
};

/* Samples */

/* What is known of a frame's code; its name is NULL if there is none. */
static struct code_place place_of(struct truth *t, const struct interpreter_frame *frame)
{
	struct code_place place = { 0 };
	uint32_t id;

	if (!codes_frame(t->codes, (uint32_t)t->command.pid, frame, &id))
		codes_place(t->codes, id, &place);
	return place;
}

static void print_wrong(struct truth *t, const struct python_shot *shot, size_t at)
{
	size_t first = at > PRINTED_FRAMES / 2 ? at - PRINTED_FRAMES / 2 : 0;

	if (t->printed++ >= PRINTED_MAX)
		return;
	fprintf(stderr,
		"%s: thread %u: %u frames, the walk ended with %u; its own %" PRIu64
		"; they differ at %zu\n",
		t->name, shot->tid, shot->cnt, shot->end, (uint64_t)shot->depth, at);
	for (size_t i = first; i < first + PRINTED_FRAMES; i++) {
		struct code_place place = { 0 };

		if (i < shot->cnt)
			place = place_of(t, &shot->frames[i]);
		fprintf(stderr, "  %3zu %16" PRIx64 " %-24s %16" PRIx64 "\n", i,
			i < shot->cnt ? python_code(shot, i) : 0, place.name ? place.name : "",
			python_shadow(shot, i));
	}
}

static int on_shot(void *ctx, void *data, size_t size)
{
	const struct python_shot *shot = data;
	struct truth *t = ctx;
	struct interpreter_code evaluator;
	enum python_verdict verdict;
	size_t at = 0;

	(void)size;
	if (!shot->depth) /* its frames have ended */
		return 0;
	t->is_known |= shot->kind != INTERPRETER_NONE;
	if (!t->is_known) {
		t->early++;
		return 0;
	}
	verdict = shot->kind == INTERPRETER_NONE ? PYTHON_WRONG : python_verdict(shot, &at);
	t->verdicts[verdict]++;
	t->ends[shot->end < INTERPRETER_END_CNT ? shot->end : INTERPRETER_NO_STATE]++;
	if (verdict == PYTHON_WRONG)
		print_wrong(t, shot, at);
	if (tracker_evaluator(t->tracker, (uint32_t)t->command.pid, &evaluator))
		t->joins[python_joins(shot, &evaluator)]++;
	t->frame_cnt += shot->cnt;
	ring_buffer__consume(t->code_ring); /* what it shows was told of before */
	for (size_t i = 0; i < shot->cnt; i++)
		t->unnamed += !place_of(t, &shot->frames[i]).name;
	return 0;
}

static int on_record(void *ctx, void *data, size_t size)
{
	struct truth *t = ctx;

	return *(const __u32 *)data == RECORD_CODE ? codes_add(t->codes, data, size) : 0;
}

static unsigned int sample_cnt(const struct truth *t)
{
	unsigned int cnt = 0;

	for (int i = 0; i < PYTHON_VERDICT_CNT; i++)
		cnt += t->verdicts[i];
	return cnt;
}

static unsigned int right_cnt(const struct truth *t)
{
	return t->verdicts[PYTHON_EQUAL] + t->verdicts[PYTHON_ENTERED] + t->verdicts[PYTHON_DEEP];
}

/* Running */

static int start(struct truth *t)
{
	int err = command_start(&t->command);

	if (err)
		return err;
	t->only.ids[0] = t->command.pid;
	t->skel->bss->tgid = (__u32)t->command.pid;
	t->is_known = false;
	return tracker_sampled(t->tracker, (uint32_t)t->command.pid);
}

static int run(struct truth *t)
{
	uint64_t until = now_ns() + 1000000000ULL * t->time_s;
	int err = 0;

	while (!err && sample_cnt(t) < t->samples_wanted && now_ns() < until) {
		if (!t->command.pid || command_has_ended(&t->command, t->name))
			err = start(t);
		if (!err)
			err = tracker_drain(t->tracker, TRACKER_NOW);
		if (!err && ring_buffer__poll(t->shot_ring, POLL_MS) < 0)
			err = -EIO;
	}
	return err;
}

/* Life */

static int load(struct truth *t)
{
	struct python_bpf *skel = t->skel = python_bpf__open();
	int err;

	if (!skel)
		return -errno;
	struct bpf_map *unused[] = {
		skel->maps.walkers, skel->maps.stacks0, skel->maps.stacks1,
		skel->maps.counts,  skel->maps.tallies, skel->maps.copies,
		skel->maps.told,    skel->maps.targets, skel->maps.cgroup,
	};
	for (size_t i = 0; i < sizeof(unused) / sizeof(unused[0]); i++)
		bpf_map__set_autocreate(unused[i], false);
	bpf_map__set_max_entries(skel->maps.ring, RING_SIZE);
	bpf_program__set_autoload(skel->progs.python_loop, true);
	skel->rodata->want_interpreters = true;
	skel->rodata->want_lines = true;
	err = python_bpf__load(skel);
	if (err)
		return err;
	t->code_ring = ring_buffer__new(bpf_map__fd(skel->maps.ring), on_record, t, NULL);
	t->shot_ring = ring_buffer__new(bpf_map__fd(skel->maps.shots), on_shot, t, NULL);
	return t->code_ring && t->shot_ring ? 0 : -errno;
}

/* What wick has processes of its own for, is done here at once. */
static int load_table(void *ctx, int fd, const struct effort *effort,
		      const struct ehframe_sink *sink, struct ehframe_table **out,
		      struct interpreter_file *interpreter)
{
	struct elf_image *image;

	(void)ctx;
	(void)effort;
	if (!elf_image_open(fd, &image)) {
		interpreter_describe(image, interpreter);
		elf_image_close(image);
	}
	return ehframe_load_to(fd, sink, out);
}

static int attach_interpreter(void *ctx, int memory, const struct interpreter_file *file,
			      uint64_t bias, struct interpreter *out)
{
	struct process_memory of = process_memory_of(memory);

	(void)ctx;
	return interpreter_plug(file->kind)->attach(&of, file, bias, out);
}

static int open_tracker(struct truth *t)
{
	struct symbolizer_opts symbolizer_opts = { .no_inlines = true };
	struct tracker_opts opts = {
		.cpus = &t->cpus,
		.only = &t->only,
		.mem_max = MEM_MAX,
		.loader = { .load = load_table },
		.attacher = { attach_interpreter, NULL },
	};
	int err = symbolizer_new(&symbolizer_opts, &t->symbolizer);

	t->tables = (struct kernel_tables){
		.files = bpf_map__fd(t->skel->maps.files),
		.pages = bpf_map__fd(t->skel->maps.pages),
		.shards = bpf_map__fd(t->skel->maps.shards),
		.mappings = bpf_map__fd(t->skel->maps.mappings),
		.processes = bpf_map__fd(t->skel->maps.processes),
		.interpreters = bpf_map__fd(t->skel->maps.interpreters),
		.interpreter_guesses = bpf_map__fd(t->skel->maps.interpreter_guesses),
		.interpreter_cnt = &t->skel->bss->interpreter_cnt,
	};
	opts.kernel_tables = &t->tables;
	opts.symbolizer = t->symbolizer;
	return err ? err : tracker_open(&opts, &t->tracker);
}

static int prepare(struct truth *t)
{
	int err;

	log_capture_libbpf();
	unsetenv("DEBUGINFOD_URLS"); /* the debug files at hand, none from the net */
	t->only.ids = calloc(1, sizeof(*t->only.ids));
	t->only.cnt = 1;
	err = t->only.ids ? cpus_online(&t->cpus) : -ENOMEM;
	if (!err)
		err = codes_new(&t->codes);
	if (!err)
		err = load(t);
	if (!err)
		err = open_tracker(t);
	if (!err)
		err = ticks_attach(&t->ticks, &t->cpus, t->skel->progs.python_loop);
	if (err)
		fprintf(stderr, "python: cannot start: %s\n%s", strerror(-err),
			log_libbpf_output());
	return err;
}

static void clean_up(struct truth *t)
{
	command_end(&t->command);
	ticks_detach(&t->ticks);
	ring_buffer__free(t->code_ring);
	ring_buffer__free(t->shot_ring);
	tracker_close(t->tracker);
	symbolizer_free(t->symbolizer);
	codes_free(t->codes);
	python_bpf__destroy(t->skel);
	cpus_fini(&t->cpus);
	free(t->only.ids);
}

static double percent(unsigned int part, unsigned int all)
{
	return all ? 100.0 * part / all : 0;
}

static void print_line(const struct truth *t)
{
	printf("%-24s %7u", t->name, sample_cnt(t));
	for (int i = 0; i < PYTHON_VERDICT_CNT; i++)
		printf(" %7u", t->verdicts[i]);
	printf(" %7.2f %7u %7u", percent(right_cnt(t), sample_cnt(t)), t->unnamed, t->early);
	for (int i = 0; i < JOINS_CNT; i++)
		printf(" %9u", t->joins[i]);
	putchar('\n');
}

/* Is what was seen good enough?  Says on stderr why not. */
static bool is_good(const struct truth *t)
{
	unsigned int cnt = sample_cnt(t);

	if (cnt < t->samples_wanted)
		fprintf(stderr, "%s: only %u of %u samples in %u s (%u runs failed)\n", t->name,
			cnt, t->samples_wanted, t->time_s, t->command.failures);
	if (t->skel && t->skel->bss->lost)
		fprintf(stderr, "%s: %" PRIu64 " samples lost\n", t->name,
			(uint64_t)t->skel->bss->lost);
	return cnt >= t->samples_wanted && !t->verdicts[PYTHON_WRONG] &&
	       1000ULL * right_cnt(t) >= (unsigned long long)RIGHT_PER_MILLE * cnt &&
	       1000ULL * t->unnamed <= t->frame_cnt;
}

static int usage(void)
{
	fprintf(stderr, "usage: python [-n SAMPLES] [-t SECONDS] NAME COMMAND...\n");
	return 2;
}

int main(int argc, char **argv)
{
	static struct truth t = { .samples_wanted = 3000, .time_s = 60 };
	bool good;
	int err, opt;

	while ((opt = getopt(argc, argv, "+n:t:")) != -1) {
		if (opt == 'n')
			t.samples_wanted = (unsigned int)atoi(optarg);
		else if (opt == 't')
			t.time_s = (unsigned int)atoi(optarg);
		else
			return usage();
	}
	if (argc - optind < 2)
		return usage();
	t.name = argv[optind];
	t.command.argv = &argv[optind + 1];
	err = prepare(&t);
	if (!err) {
		err = run(&t);
		if (err)
			fprintf(stderr, "%s: %s\n", t.name, strerror(-err));
	}
	print_line(&t);
	good = !err && is_good(&t);
	clean_up(&t);
	return !good;
}
