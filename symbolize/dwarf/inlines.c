// SPDX-License-Identifier: BSD-2-Clause
/* inlines.c - the units that are hit, shared out among threads; see inlines.h. */
#include "symbolize/dwarf/inlines.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "symbolize/dwarf/answers.h"
#include "symbolize/dwarf/index.h"

#define MAX_THREADS	 16 /* inflating one section is not shared out: more would wait */
#define UNITS_PER_THREAD 64 /* a tenth of a second; one thread alone needs less memory */

/* The spots of one unit. */
struct task {
	uint64_t unit_off;
	size_t first, cnt;
};

struct job {
	const struct symbolizer_opts *opts;
	struct dwarf *dw;
	struct dwarf_spot *spots;
	struct task *tasks;
	size_t task_cnt;
	bool is_alone;	     /* one thread does it all */
	_Atomic size_t next; /* the first task that nobody has */
	_Atomic int err;
};

struct worker {
	struct job *job;
	struct arena arena;
	pthread_t thread;
	bool reports; /* the caller's own thread */
};

static void work(struct worker *w)
{
	struct job *job = w->job;
	const struct symbolizer_opts *opts = job->opts;
	struct dwarf_answers answers;
	size_t i;
	int err = 0;

	dwarf_answers_init(&answers, opts, &w->arena, job->dw);
	answers.passes = job->is_alone && !opts->keep_dwarf;
	while (!err && !atomic_load(&job->err) &&
	       (i = atomic_fetch_add(&job->next, 1)) < job->task_cnt) {
		const struct task *task = &job->tasks[i];

		if (w->reports && opts->progress)
			opts->progress(opts->callback_ctx, job->spots[task->first].answer->module,
				       i, job->task_cnt);
		err = dwarf_answers_set(&answers, job->spots + task->first, task->cnt);
	}
	if (err)
		atomic_store(&job->err, err);
	dwarf_answers_fini(&answers);
}

static void *run_worker(void *worker)
{
	work(worker);
	return NULL;
}

static size_t thread_cnt(const struct job *job)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	size_t cnt = job->task_cnt / UNITS_PER_THREAD;

	if (cpus < 1 || cnt < 2)
		return 1;
	if (cnt > (size_t)cpus)
		cnt = (size_t)cpus;
	return cnt < MAX_THREADS ? cnt : MAX_THREADS;
}

/* Threads of ours take no signal: they are the program's. */
static size_t start_workers(struct worker *workers, size_t cnt)
{
	sigset_t all, old;
	size_t started = 1;

	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &old);
	for (; started < cnt; started++) {
		struct worker *w = &workers[started];

		if (pthread_create(&w->thread, NULL, run_worker, w))
			break;
	}
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return started;
}

static int run_job(struct job *job, struct arena *arena)
{
	struct worker workers[MAX_THREADS] = { 0 };
	size_t cnt = thread_cnt(job), started;

	for (size_t i = 0; i < cnt; i++)
		workers[i].job = job;
	job->is_alone = cnt == 1;
	workers[0].reports = true;
	started = start_workers(workers, cnt);
	work(&workers[0]);
	for (size_t i = 1; i < started; i++)
		pthread_join(workers[i].thread, NULL);
	for (size_t i = 0; i < cnt; i++)
		arena_join(arena, &workers[i].arena);
	return atomic_load(&job->err);
}

static int compare_spots(const void *pa, const void *pb)
{
	const struct dwarf_spot *a = pa, *b = pb;

	if (a->unit_off != b->unit_off)
		return a->unit_off < b->unit_off ? -1 : 1;
	return (a->vaddr > b->vaddr) - (a->vaddr < b->vaddr);
}

/* One spot for each answer, with its unit. */
static int find_units(struct job *job, struct sym_answer **answers, size_t cnt)
{
	uint64_t *vaddrs = calloc(cnt, 2 * sizeof(*vaddrs)), *unit_offs = vaddrs + cnt;
	struct dwarf_reader reader = { 0 };
	int err;

	if (!vaddrs)
		return -ENOMEM;
	for (size_t i = 0; i < cnt; i++)
		vaddrs[i] = answers[i]->vaddr;
	err = dwarf_index_find(job->dw, &reader, job->opts->dwarf_per_address, vaddrs, unit_offs,
			       cnt);
	for (size_t i = 0; i < cnt && !err; i++)
		job->spots[i] = (struct dwarf_spot){ .vaddr = vaddrs[i],
						     .unit_off = unit_offs[i],
						     .answer = answers[i] };
	dwarf_reader_fini(&reader);
	free(vaddrs);
	return err;
}

/* Ascending by unit, as they are inflated.  What is in no unit has no task. */
static void make_tasks(struct job *job, size_t cnt)
{
	qsort(job->spots, cnt, sizeof(*job->spots), compare_spots);
	for (size_t i = 0; i < cnt && job->spots[i].unit_off != DWARF_NO_UNIT; i++) {
		uint64_t unit_off = job->spots[i].unit_off;

		if (!i || job->spots[i - 1].unit_off != unit_off)
			job->tasks[job->task_cnt++] = (struct task){ unit_off, i, 0 };
		job->tasks[job->task_cnt - 1].cnt++;
	}
}

int inlines_expand(const struct symbolizer_opts *opts, struct arena *arena, struct dwarf *dw,
		   struct sym_answer **answers, size_t cnt)
{
	struct job job = { .opts = opts, .dw = dw };
	int err = -ENOMEM;

	if (!cnt)
		return 0;
	job.spots = calloc(cnt, sizeof(*job.spots));
	job.tasks = calloc(cnt, sizeof(*job.tasks));
	if (job.spots && job.tasks)
		err = find_units(&job, answers, cnt);
	if (!err) {
		make_tasks(&job, cnt);
		err = run_job(&job, arena);
	}
	free(job.tasks);
	free(job.spots);
	return err;
}
