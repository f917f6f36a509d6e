// SPDX-License-Identifier: BSD-2-Clause
/*
 * truth.c - every frame of a real program's stacks against libdwfl.
 *
 *     build/tests/truth/truth [-v] [-n STOPS] [-t SECONDS] [-w loop|tail] NAME COMMAND...
 *
 * Runs COMMAND, again and again if it ends.  A sample at a random moment, by turns
 * in user and in kernel mode, is walked by the sampling program's own code, and the
 * thread is stopped in that very state; libdwfl unwinds it there; verdict.h says
 * what is demanded.  Then the thread goes on.
 *
 * Prints one line: NAME, walk, stops, in user mode, in kernel mode, frames, then
 * the stops of each verdict.  Wrong stacks are printed in full, on stderr; with -v those that
 * are neither equal nor cut.
 *
 * Exit status: 0; 1: a wrong stack, too few stops in the time, or a failure; 2: usage.
 */
#include "profiler/cpus.h"
#include "profiler/log.h"
#include "profiler/recording/tracker.h"
#include "symbolize/symbolizer.h"
#include "tests/truth/code_maps.h"
#include "tests/truth/command.h"
#include "tests/truth/oracle.h"
#include "tests/truth/ticks.h"
#include "tests/truth/verdict.h"
#include "bpf/ids.h"
#include "tests/truth/truth.skel.h" /* wants shot.h */

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define STOP_WAIT_MS   3000
#define MODE_WAIT_MS   50 /* then the other mode will do, */
#define MISSES_MAX     10 /* and after so many times from the start */
#define SHOT_WAIT_MS   1000
#define PAUSE_MAX_US   4000
#define TELL_WAIT_MS   5000 /* more than is ever owed for it */
#define TABLES_WAIT_MS 10000
#define PRINTED_MAX    5 /* wrong stacks in full */
#define MEM_MAX	       ((size_t)256 << 20)

struct truth {
	const char *name;
	struct command command;
	bool tail;
	unsigned int stops_wanted, time_s;

	struct truth_bpf *skel;
	struct cpus cpus;
	struct ticks ticks;
	struct symbolizer *symbolizer;
	struct tracker *tracker;
	struct kernel_tables tables;
	struct id_list only;
	struct oracle_stack oracle;
	struct code_maps told, now; /* code that the program knows of; that there is */

	unsigned int modes[3], misses[3]; /* by SHOT_USER, SHOT_KERNEL */
	unsigned int verdicts[VERDICT_CNT], ends[UNWIND_RESULT_CNT + 1];
	uint64_t frame_cnt;
	unsigned int printed, lost;
};

static uint64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

/* The program under test */

static int start_command(struct truth *t)
{
	int err = command_start(&t->command);

	if (err)
		return err;
	t->only.ids[0] = t->command.pid;
	t->skel->bss->tgid = (__u32)t->command.pid;
	return tracker_sampled(t->tracker, (uint32_t)t->command.pid);
}

/* Shots */

/*
 * Everything that the process has mapped so far is known to the program.  Telling it has an
 * allowance, which an exec and what is mapped behind it may use up; until it is told, the program
 * would send a copy of the stack, and has no stack to be judged.
 */
static int catch_up(struct truth *t)
{
	uint64_t until = now_ms() + TELL_WAIT_MS;
	int err = code_maps_read(&t->told, t->command.pid);

	if (!err)
		err = tracker_drain(t->tracker, TRACKER_NOW);
	while (!err && !tracker_is_current(t->tracker) && now_ms() < until) {
		usleep(1000);
		err = tracker_drain(t->tracker, TRACKER_NOW);
	}
	tracker_wait(t->tracker, TABLES_WAIT_MS);
	return err;
}

static bool wait_for_shot(struct truth *t, __u64 taken, unsigned int wait_ms)
{
	uint64_t until = now_ms() + wait_ms;

	while (t->skel->bss->taken == taken) {
		if (now_ms() >= until)
			return false;
		usleep(300);
	}
	return true;
}

/* False: none came.  Takes back what it asked for. */
static bool take_shot(struct truth *t, __u32 want, unsigned int wait_ms)
{
	__u64 taken = t->skel->bss->taken;
	__u32 armed = 1;

	t->skel->bss->want = want;
	__atomic_store_n(&t->skel->bss->armed, 1, __ATOMIC_SEQ_CST);
	if (wait_for_shot(t, taken, wait_ms))
		return true;
	if (__atomic_compare_exchange_n(&t->skel->bss->armed, &armed, 0, false, __ATOMIC_SEQ_CST,
					__ATOMIC_SEQ_CST))
		return false;
	return wait_for_shot(t, taken, STOP_WAIT_MS); /* it is being taken right now */
}

/* The state letter of a thread; 0: it is gone. */
static char thread_state(pid_t pid, pid_t tid)
{
	char path[64], line[512];
	const char *paren;
	ssize_t len;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/stat", pid, tid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	len = read(fd, line, sizeof(line) - 1);
	close(fd);
	line[len > 0 ? len : 0] = '\0';
	paren = strrchr(line, ')'); /* the name before it may have any character */
	return paren && paren[1] ? paren[2] : 0;
}

static bool wait_for_stop(struct truth *t, pid_t tid)
{
	uint64_t until = now_ms() + STOP_WAIT_MS;
	char state;

	while ((state = thread_state(t->command.pid, tid)) != 'T') {
		if (!state || state == 'Z' || state == 'X' || now_ms() >= until)
			return false;
		usleep(100);
	}
	return true;
}

static void print_frame(const struct truth *t, size_t i)
{
	const struct truth_shot *shot = &t->skel->bss->shot;
	const struct oracle_frame *frame = &t->oracle.frames[i];
	static const char *const cfi[] = { "-", "eh", "eh-reg", "debug" };

	fprintf(stderr, "  %3zu ", i);
	if (i < shot->cnt)
		fprintf(stderr, "%16" PRIx64 "%c", (uint64_t)(shot->ips[i] & ~SAMPLE_IP_EXACT),
			shot->ips[i] & SAMPLE_IP_EXACT ? '!' : ' ');
	else
		fprintf(stderr, "%17s", "");
	if (i < t->oracle.cnt)
		fprintf(stderr, " %16" PRIx64 "%c %-6s %s+0x%" PRIx64, frame->ip,
			frame->exact ? '!' : ' ', cfi[frame->cfi], frame->file, frame->vaddr);
	fputc('\n', stderr);
}

/* Both stacks side by side: ours, libdwfl's; '!' is an exact address. */
static void print_stacks(struct truth *t, enum verdict verdict, size_t at)
{
	const struct truth_shot *shot = &t->skel->bss->shot;
	size_t cnt = shot->cnt > t->oracle.cnt ? shot->cnt : t->oracle.cnt;

	if (t->printed++ >= PRINTED_MAX)
		return;
	fprintf(stderr, "%s: %s at frame %zu, %s mode; our walk ended with %u, libdwfl's with %s\n",
		t->name, verdict_name(verdict), at, shot->mode == SHOT_KERNEL ? "kernel" : "user",
		shot->result, t->oracle.error ? t->oracle.error : "success");
	fprintf(stderr, "  the walk knew %u mappings, version %u; there were %zu, and are %zu\n",
		shot->process.cnt, shot->process.version, t->told.cnt, t->now.cnt);
	for (size_t i = 0; i < cnt; i++)
		print_frame(t, i);
}

/* Was the code of the first frame that differs, or of the one before, told of? */
static bool is_late(struct truth *t, size_t at)
{
	for (size_t i = at ? at - 1 : 0; i <= at && i < t->oracle.cnt; i++) {
		if (!code_maps_agree(&t->told, &t->now, t->oracle.frames[i].ip))
			return true;
	}
	return false;
}

/* Where libdwfl has no CFI to go by, tell it what it would have needed. */
static bool help_oracle(struct truth *t, size_t at)
{
	const struct truth_shot *shot = &t->skel->bss->shot;
	pid_t tid = (pid_t)shot->tid;

	if (t->oracle.frames[0].cfi == ORACLE_NO_CFI)
		return !oracle_unwind_returned(t->command.pid, tid, (const uint64_t *)shot->regs,
					       &t->oracle);
	/* It differs at the trampoline, which is no return address, or behind it. */
	for (size_t i = at ? at - 1 : 0; i <= at && i < t->oracle.cnt; i++) {
		if (!oracle_unwind_signal(t->command.pid, tid, i, &t->oracle))
			return true;
	}
	return false;
}

static void judge(struct truth *t, bool verbose)
{
	const struct truth_shot *shot = &t->skel->bss->shot;
	enum verdict verdict;
	size_t at;

	verdict = verdict_of(shot, &t->oracle, &at);
	if (verdict == VERDICT_WRONG && help_oracle(t, at))
		verdict = verdict_of(shot, &t->oracle, &at);
	if (verdict == VERDICT_WRONG && !code_maps_read(&t->now, t->command.pid) && is_late(t, at))
		verdict = VERDICT_LATE;
	t->verdicts[verdict]++;
	if (verdict == VERDICT_WRONG ||
	    (verbose && verdict > VERDICT_CUT && verdict < VERDICT_LATE))
		print_stacks(t, verdict, at);
	if (verdict == VERDICT_MOVED || verdict == VERDICT_LATE)
		return;
	t->modes[shot->mode]++;
	t->frame_cnt += shot->cnt;
	t->ends[shot->result < UNWIND_RESULT_CNT ? shot->result : UNWIND_RESULT_CNT]++;
}

static unsigned int stop_cnt(const struct truth *t)
{
	return t->modes[SHOT_USER] + t->modes[SHOT_KERNEL];
}

/* In the mode that has fewer stops, if the program can be caught there at all. */
static bool take_balanced_shot(struct truth *t)
{
	__u32 want = t->modes[SHOT_KERNEL] < t->modes[SHOT_USER] ? SHOT_KERNEL : SHOT_USER;

	if (t->misses[want] < MISSES_MAX) {
		if (take_shot(t, want, MODE_WAIT_MS))
			return true;
		t->misses[want]++;
	}
	return take_shot(t, SHOT_USER | SHOT_KERNEL, SHOT_WAIT_MS);
}

static int one_stop(struct truth *t, bool verbose)
{
	const struct truth_shot *shot = &t->skel->bss->shot;
	int err = catch_up(t);

	if (err == -ENOENT || err == -ESRCH) /* it ended just now */
		return 0;
	if (err)
		return err;
	if (!take_balanced_shot(t))
		return 0;
	if (shot->signal_err == -EPERM) { /* the thread is on its way out */
		t->lost++;
		return 0;
	}
	if (shot->signal_err) {
		fprintf(stderr, "%s: bpf_send_signal_thread: %s\n", t->name,
			strerror((int)-shot->signal_err));
		return (int)shot->signal_err;
	}
	if (!wait_for_stop(t, (pid_t)shot->tid) ||
	    oracle_unwind(t->command.pid, (pid_t)shot->tid, &t->oracle))
		t->lost++; /* likewise */
	else
		judge(t, verbose);
	kill(t->command.pid, SIGCONT);
	return 0;
}

static int run(struct truth *t, bool verbose)
{
	uint64_t until = now_ms() + 1000 * (uint64_t)t->time_s;
	int err = 0;

	while (!err && stop_cnt(t) < t->stops_wanted && now_ms() < until) {
		if (!t->command.pid || command_has_ended(&t->command, t->name))
			err = start_command(t);
		if (err)
			break;
		usleep((useconds_t)(rand() % PAUSE_MAX_US));
		err = one_stop(t, verbose);
	}
	return err;
}

/* Life */

static int load(struct truth *t)
{
	struct truth_bpf *skel = t->skel = truth_bpf__open();
	int err, zero = 0, fd;

	if (!skel)
		return -errno;
	struct bpf_map *unused[] = {
		skel->maps.walkers,	    skel->maps.stacks0,
		skel->maps.stacks1,	    skel->maps.counts,
		skel->maps.tallies,	    skel->maps.ring,
		skel->maps.copies,	    skel->maps.told,
		skel->maps.targets,	    skel->maps.cgroup,
		skel->maps.interpreters,    skel->maps.interpreter_walks,
		skel->maps.code_cache,	    skel->maps.told_codes,
		skel->maps.code_allowances, skel->maps.interpreter_guesses,
	};
	for (size_t i = 0; i < sizeof(unused) / sizeof(unused[0]); i++)
		bpf_map__set_autocreate(unused[i], false);
	bpf_program__set_autoload(t->tail ? skel->progs.truth_tail : skel->progs.truth_loop, true);
	bpf_program__set_autoload(skel->progs.truth_walk_on, t->tail);
	bpf_map__set_autocreate(skel->maps.truth_walkers, t->tail);
	err = truth_bpf__load(skel);
	if (err || !t->tail)
		return err;
	fd = bpf_program__fd(skel->progs.truth_walk_on);
	return bpf_map_update_elem(bpf_map__fd(skel->maps.truth_walkers), &zero, &fd, BPF_ANY);
}

static int open_tracker(struct truth *t)
{
	struct symbolizer_opts symbolizer_opts = { .no_inlines = true };
	struct tracker_opts opts = { .cpus = &t->cpus, .only = &t->only, .mem_max = MEM_MAX };
	int err = symbolizer_new(&symbolizer_opts, &t->symbolizer);

	t->tables = (struct kernel_tables){
		.files = bpf_map__fd(t->skel->maps.files),
		.pages = bpf_map__fd(t->skel->maps.pages),
		.shards = bpf_map__fd(t->skel->maps.shards),
		.mappings = bpf_map__fd(t->skel->maps.mappings),
		.processes = bpf_map__fd(t->skel->maps.processes),
		.interpreters = -1,
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
		err = load(t);
	if (!err)
		err = open_tracker(t);
	if (!err)
		err = ticks_attach(&t->ticks, &t->cpus,
				   t->tail ? t->skel->progs.truth_tail : t->skel->progs.truth_loop);
	if (err)
		fprintf(stderr, "truth: cannot start: %s\n%s", strerror(-err), log_libbpf_output());
	return err;
}

static void clean_up(struct truth *t)
{
	command_end(&t->command);
	ticks_detach(&t->ticks);
	tracker_close(t->tracker);
	symbolizer_free(t->symbolizer);
	truth_bpf__destroy(t->skel);
	code_maps_fini(&t->told);
	code_maps_fini(&t->now);
	cpus_fini(&t->cpus);
	free(t->only.ids);
}

static void print_line(const struct truth *t)
{
	printf("%-14s %-4s %5u %5u %5u %7" PRIu64, t->name, t->tail ? "tail" : "loop", stop_cnt(t),
	       t->modes[SHOT_USER], t->modes[SHOT_KERNEL], t->frame_cnt);
	for (int i = 0; i < VERDICT_CNT; i++)
		printf(" %*u",
		       i == VERDICT_RETURNED  ? 8
		       : i == VERDICT_NO_CODE ? 7
					      : 6,
		       t->verdicts[i]);
	putchar('\n');
}

static int usage(void)
{
	fprintf(stderr,
		"usage: truth [-v] [-n STOPS] [-t SECONDS] [-w loop|tail] NAME COMMAND...\n");
	return 2;
}

int main(int argc, char **argv)
{
	static struct truth t = { .stops_wanted = 100, .time_s = 60 };
	bool verbose = false;
	int err, opt;

	while ((opt = getopt(argc, argv, "+vn:t:w:")) != -1) {
		switch (opt) {
		case 'v':
			verbose = true;
			break;
		case 'n':
			t.stops_wanted = (unsigned int)atoi(optarg);
			break;
		case 't':
			t.time_s = (unsigned int)atoi(optarg);
			break;
		case 'w':
			t.tail = !strcmp(optarg, "tail");
			break;
		default:
			return usage();
		}
	}
	if (argc - optind < 2)
		return usage();
	t.name = argv[optind];
	t.command.argv = &argv[optind + 1];
	err = prepare(&t);
	if (!err)
		err = run(&t, verbose);
	print_line(&t);
	clean_up(&t);
	if (stop_cnt(&t) < t.stops_wanted)
		fprintf(stderr, "%s: only %u of %u stops in %u s (%u lost)\n", t.name, stop_cnt(&t),
			t.stops_wanted, t.time_s, t.lost + t.command.failures);
	return err || t.verdicts[VERDICT_WRONG] || stop_cnt(&t) < t.stops_wanted;
}
