// SPDX-License-Identifier: BSD-2-Clause
/* inlines.c - shares the units that are hit out among threads; see inlines.h. */
#include "symbolize/dwarf/inlines.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "symbolize/dwarf/answers.h"
#include "symbolize/dwarf/index.h"

#define MAX_THREADS	 16 /* one thread inflates a section at a time: more would wait for it */
#define UNITS_PER_THREAD 64 /* they take a tenth of a second; one thread needs less memory */

/* The spots of one unit. */
struct unit_work {
	uint64_t unit_off;
	size_t first, cnt;
};

struct inlines_job {
	const struct symbolizer_opts *opts;
	struct dwarf *dw;
	struct dwarf_spot *spots;
	struct unit_work *units;
	size_t unit_cnt;
	bool is_alone;	     /* one thread does it all */
	_Atomic size_t next; /* the first unit that nobody works on */
	_Atomic int err;
};

struct inlines_worker {
	struct inlines_job *job;
	struct arena arena;
	pthread_t thread;
	bool reports; /* the caller's own thread */
};

static void work(struct inlines_worker *w)
{
	struct inlines_job *job = w->job;
	const struct symbolizer_opts *opts = job->opts;
	struct dwarf_answers answers;
	size_t i;
	int err = 0;

	dwarf_answers_init(&answers, opts, &w->arena, job->dw);
	answers.passes = job->is_alone && !opts->keep_dwarf;
	while (!err && !atomic_load(&job->err) && !symbolizer_is_over(opts) &&
	       (i = atomic_fetch_add(&job->next, 1)) < job->unit_cnt) {
		const struct unit_work *unit = &job->units[i];

		if (w->reports && opts->progress)
			opts->progress(opts->callback_ctx, job->spots[unit->first].answer->module,
				       i, job->unit_cnt);
		err = dwarf_answers_set(&answers, job->spots + unit->first, unit->cnt);
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

static size_t thread_cnt(const struct inlines_job *job)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	size_t cnt = job->unit_cnt / UNITS_PER_THREAD;

	if (cpus < 1 || cnt < 2)
		return 1;
	if (cnt > (size_t)cpus)
		cnt = (size_t)cpus;
	return cnt < MAX_THREADS ? cnt : MAX_THREADS;
}

/* Start threads that take no signal, as signals are the program's. */
static size_t start_workers(struct inlines_worker *workers, size_t cnt)
{
	sigset_t all, old;
	size_t started = 1;

	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &old);
	for (; started < cnt; started++) {
		struct inlines_worker *w = &workers[started];

		if (pthread_create(&w->thread, NULL, run_worker, w))
			break;
	}
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return started;
}

static int run_job(struct inlines_job *job, struct arena *arena)
{
	struct inlines_worker workers[MAX_THREADS] = { 0 };
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

/* Make a spot for each answer, and find its unit. */
static int find_units(struct inlines_job *job, struct sym_answer **answers, size_t cnt)
{
	uint64_t *vaddrs = calloc(cnt, 2 * sizeof(*vaddrs)), *unit_offs;
	struct dwarf_reader reader = { 0 };
	int err;

	if (!vaddrs)
		return -ENOMEM;
	unit_offs = vaddrs + cnt;
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

/* List the units that are hit, ascending, as they are inflated.  Spots in no unit are left out. */
static void make_units(struct inlines_job *job, size_t cnt)
{
	qsort(job->spots, cnt, sizeof(*job->spots), compare_spots);
	for (size_t i = 0; i < cnt && job->spots[i].unit_off != DWARF_NO_UNIT; i++) {
		uint64_t unit_off = job->spots[i].unit_off;

		if (!i || job->spots[i - 1].unit_off != unit_off)
			job->units[job->unit_cnt++] = (struct unit_work){ unit_off, i, 0 };
		job->units[job->unit_cnt - 1].cnt++;
	}
}

int inlines_expand(const struct symbolizer_opts *opts, struct arena *arena, struct dwarf *dw,
		   struct sym_answer **answers, size_t cnt)
{
	struct inlines_job job = { .opts = opts, .dw = dw };
	int err = -ENOMEM;

	if (!cnt)
		return 0;
	job.spots = calloc(cnt, sizeof(*job.spots));
	job.units = calloc(cnt, sizeof(*job.units));
	if (job.spots && job.units)
		err = find_units(&job, answers, cnt);
	if (!err) {
		make_units(&job, cnt);
		err = run_job(&job, arena);
	}
	free(job.units);
	free(job.spots);
	return err;
}
