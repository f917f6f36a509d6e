// SPDX-License-Identifier: BSD-2-Clause
/* tables.c - see tables.h. */
#include "profiler/tables/tables.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "profiler/array.h"
#include "profiler/clock.h"
#include "profiler/parsing/effort.h"
#include "profiler/tables/packer.h"
#include "symbolize/cfi/ehframe.h"

#define BUILD_NICE (-15)
#define IDLE_MS	   1000
#define TRY_NS	   50000000ULL /* that a file has while others' wait; one of 300 needs more */

struct tables {
	struct table_loader loader;
	struct row_store store;
	struct table **by_file; /* UNWIND_FILES of them; NULL: the id is free */
	uint32_t *by_key;	/* the file_id of a key; 0: it has none */
	size_t key_cap;
	uint64_t puts;

	pthread_t thread;
	bool thread_runs;
	/* Guards the jobs, the store and every table's state. */
	pthread_mutex_t lock;
	pthread_cond_t work, idle;
	struct jobs jobs;
	const struct table_job *running;
	uint64_t running_since_ns; /* CLOCK_MONOTONIC */
	size_t pending;
	bool quit;
	int event_fd;
	struct tables_totals totals;
	size_t interpreter_cnt;
};

static void set_file(struct tables *t, const struct table *table, uint32_t page_cnt)
{
	row_store_set_file(&t->store, table->file_id, table->first_page, page_cnt);
}

static void drop_pages(struct tables *t, struct table *table)
{
	row_store_drop(&t->store, table->pages, table->page_cnt);
	free(table->pages);
	table->pages = NULL;
	table->page_cnt = 0;
}

/* Drop a table that nobody uses: no mapping of any process leads to its file. */
static void drop_table(struct tables *t, struct table *table)
{
	set_file(t, table, 0);
	t->totals.rows -= table->row_cnt;
	t->totals.tables--;
	if (table->page_cnt)
		row_store_withdraw(&t->store, table->first_page, table->page_cnt);
	drop_pages(t, table);
	t->by_file[table->file_id] = NULL;
	t->by_key[table->key] = 0;
	row_store_give_file(&t->store, table->file_id);
	free(table);
}

static bool evict_oldest(struct tables *t)
{
	struct table *oldest = NULL;

	for (uint32_t id = 1; id < UNWIND_FILES; id++) {
		struct table *table = t->by_file[id];

		if (table && !table->users && table->state != TABLE_PENDING && table->page_cnt &&
		    (!oldest || table->unused_since < oldest->unused_since))
			oldest = table;
	}
	if (oldest)
		drop_table(t, oldest);
	return oldest != NULL;
}

/* Store the rows of a page: a packer_store. */
static int store_rows(void *ctx, const struct unwind_row *rows, uint32_t cnt,
		      struct unwind_page *page)
{
	struct tables *t = ctx;
	int err;

	pthread_mutex_lock(&t->lock);
	do {
		err = row_store_keep(&t->store, rows, cnt, page);
	} while (err == -ENOSPC && evict_oldest(t));
	pthread_mutex_unlock(&t->lock);
	return err;
}

/* Let the pages be the table's and then, unless there was or is an error, the program's. */
static int install(struct tables *t, struct table *table, struct packer *packer, int err)
{
	table->pages = packer->pages;
	packer->pages = NULL;
	table->page_cnt = (uint32_t)packer->page_cnt;
	if (!err)
		err = row_store_publish(&t->store, table->pages, table->page_cnt,
					&table->first_page);
	if (err)
		drop_pages(t, table);
	return err;
}

/*
 * Tell the program of a table that was built, or of none.  If it cannot read the rows, the table
 * stays pending for it: it copies the stacks, and they are walked here.
 */
static void show_table(struct tables *t, const struct table *table)
{
	uint32_t page_cnt = table->page_cnt;
	int err;

	if (!row_store_mapped(&t->store, table->pages, table->page_cnt, &err)) {
		page_cnt = UNWIND_FILE_PENDING;
		t->totals.unmapped++;
		t->totals.map_err = err;
	}
	set_file(t, table, page_cnt);
}

/* The building thread */

/* TABLE is built, or there is none. */
static void finish_table(struct tables *t, struct table *table, const struct ehframe_table *eh,
			 int err)
{
	if (!err) {
		table->row_cnt = (uint32_t)eh->row_cnt;
		table->fde_cnt = (uint32_t)eh->fde_cnt;
		table->bad_cnt = (uint32_t)eh->bad_cnt;
		t->totals.rows += eh->row_cnt;
	}
	table->err = err;
	table->state = !err ? TABLE_READY : err == -ENOSPC ? TABLE_NO_ROOM : TABLE_NONE;
	t->totals.no_room += table->state == TABLE_NO_ROOM;
	show_table(t, table);
	t->pending--;
	if (!t->pending)
		pthread_cond_broadcast(&t->idle);
}

/* Was JOB given up for others?  Then it is queued, and has twice the time when it is its turn again. */
static bool is_again(struct tables *t, struct table_job *job, int err)
{
	if (t->quit || err != -ECANCELED)
		return false;
	job->tries++;
	return !jobs_add(&t->jobs, job);
}

static void finish_job(struct tables *t, struct table_job *job, struct packer *packer,
		       const struct ehframe_table *eh, int err)
{
	uint64_t one = 1;
	bool again;

	pthread_mutex_lock(&t->lock);
	jobs_charge(&t->jobs, job->owner, now_ns() - t->running_since_ns);
	t->running = NULL;
	err = install(t, job->table, packer, err);
	again = is_again(t, job, err);
	if (!again)
		finish_table(t, job->table, eh, err);
	t->totals.build_ns = clock_ns(CLOCK_THREAD_CPUTIME_ID);
	pthread_mutex_unlock(&t->lock);
	if (again)
		return;
	job_free(job);
	if (write(t->event_fd, &one, sizeof(one)) < 0)
		return; /* it is full, and so it is readable already */
}

static struct timespec after_ms(int ms)
{
	struct timespec at;

	clock_gettime(CLOCK_MONOTONIC, &at); /* the wall clock may be set meanwhile */
	at.tv_sec += ms / 1000;
	at.tv_nsec += ms % 1000 * 1000000L;
	if (at.tv_nsec >= 1000000000) {
		at.tv_nsec -= 1000000000;
		at.tv_sec++;
	}
	return at;
}

/* Wait for work; who loads need not be kept when there is none for a while. */
static void wait_for_work(struct tables *t)
{
	const struct timespec until = after_ms(IDLE_MS);
	int err = 0;

	while (!t->jobs.first && !t->quit && !err)
		err = pthread_cond_clockwait(&t->work, &t->lock, CLOCK_MONOTONIC, &until);
	if (err && t->loader.idle) {
		pthread_mutex_unlock(&t->lock);
		t->loader.idle(t->loader.ctx);
		pthread_mutex_lock(&t->lock);
	}
	while (!t->jobs.first && !t->quit)
		pthread_cond_wait(&t->work, &t->lock);
}

static struct table_job *next_job(struct tables *t)
{
	struct table_job *job;

	pthread_mutex_lock(&t->lock);
	wait_for_work(t);
	job = t->quit ? NULL : jobs_take(&t->jobs);
	t->running = job;
	t->running_since_ns = now_ns();
	pthread_mutex_unlock(&t->lock);
	return job;
}

/* Has the file that is being read had its time, and somebody waits who has had less? */
static bool yields(void *ctx)
{
	struct tables *t = ctx;
	uint64_t ns = now_ns() - t->running_since_ns;
	bool is_late;

	pthread_mutex_lock(&t->lock);
	is_late =
		ns > TRY_NS << t->running->tries && jobs_wait_for(&t->jobs, t->running->owner, ns);
	pthread_mutex_unlock(&t->lock);
	return is_late;
}

static void note_interpreter(struct tables *t, struct table *table,
			     const struct interpreter_file *interpreter)
{
	pthread_mutex_lock(&t->lock);
	t->interpreter_cnt += table->interpreter.kind != interpreter->kind;
	table->interpreter = *interpreter;
	pthread_mutex_unlock(&t->lock);
}

static int load(struct tables *t, const struct table_job *job, const struct ehframe_sink *sink,
		struct ehframe_table **out)
{
	const struct effort effort = { yields, t };
	struct interpreter_file interpreter = { .kind = INTERPRETER_NONE };
	int err;

	if (!t->loader.load)
		return ehframe_load_to(job->fd, sink, out);
	err = t->loader.load(t->loader.ctx, job->fd, &effort, sink, out, &interpreter);
	note_interpreter(t, job->table, &interpreter);
	return err;
}

/* Rows go page by page, so that a large file's are never all in our memory. */
static void do_job(struct tables *t, struct table_job *job)
{
	struct ehframe_table *eh = NULL;
	struct ehframe_sink sink = { .rows = packer_add };
	struct packer packer;
	int err;

	packer_init(&packer, job->table->base, store_rows, t);
	sink.ctx = &packer;
	err = job->image ? ehframe_load_image(job->image, job->image_size, &eh)
			 : load(t, job, &sink, &eh);
	if (!err && job->image)
		err = packer_add(&packer, eh->rows, eh->row_cnt);
	if (!err)
		err = packer_finish(&packer);
	finish_job(t, job, &packer, eh, err);
	packer_fini(&packer);
	ehframe_free(eh);
}

static void *build(void *arg)
{
	struct tables *t = arg;
	struct table_job *job;

	/* Stacks wait for this thread, and the machine may be busy.  It does without, if need be. */
	setpriority(PRIO_PROCESS, 0, BUILD_NICE);
	while ((job = next_job(t)))
		do_job(t, job);
	return NULL;
}

/* The caller's side */

static int ensure_key(struct tables *t, uint32_t key)
{
	size_t old = t->key_cap;
	int err = array_reserve(&t->by_key, sizeof(*t->by_key), &t->key_cap, (size_t)key + 1);

	if (!err && t->key_cap > old)
		memset(t->by_key + old, 0, (t->key_cap - old) * sizeof(*t->by_key));
	return err;
}

/* The thread starts with the first file, not before: the caller is confined by then. */
static int start_thread(struct tables *t)
{
	if (!t->thread_runs)
		t->thread_runs = !pthread_create(&t->thread, NULL, build, t);
	return t->thread_runs ? 0 : -EAGAIN;
}

static int start_job(struct tables *t, struct table *table, const struct table_file *file)
{
	struct table_job *job;
	int err = start_thread(t);

	if (!err)
		err = job_new(table, file, &job);
	if (err)
		return err;
	err = jobs_add(&t->jobs, job);
	if (err) {
		job_free(job);
		return err;
	}
	t->pending++;
	table->state = TABLE_PENDING;
	pthread_cond_signal(&t->work);
	return 0;
}

static int new_table(struct tables *t, const struct table_file *file, struct table **out)
{
	struct table *table = calloc(1, sizeof(*table));
	int err = table ? row_store_take_file(&t->store, &table->file_id) : -ENOMEM;

	if (err == -ENOSPC && evict_oldest(t))
		err = row_store_take_file(&t->store, &table->file_id);
	if (err) {
		free(table);
		return err;
	}
	table->key = file->key;
	table->base = file->base;
	t->by_file[table->file_id] = table;
	t->by_key[table->key] = table->file_id;
	t->totals.tables++;
	set_file(t, table, UNWIND_FILE_PENDING);
	*out = table;
	return 0;
}

int tables_get(struct tables *t, const struct table_file *file, bool build, struct table **out)
{
	struct table *table = NULL;
	int err;

	*out = NULL;
	pthread_mutex_lock(&t->lock);
	err = ensure_key(t, file->key);
	if (!err && t->by_key[file->key])
		table = t->by_file[t->by_key[file->key]];
	else if (!err)
		err = new_table(t, file, &table);
	if (!err && build && table->state == TABLE_KNOWN)
		err = start_job(t, table, file);
	else if (!err && build && table->state == TABLE_PENDING)
		err = jobs_join(&t->jobs, table, file->owner);
	if (!err) {
		table->users++;
		*out = table;
	}
	pthread_mutex_unlock(&t->lock);
	return err;
}

void tables_put(struct tables *t, struct table *table)
{
	pthread_mutex_lock(&t->lock);
	table->users--;
	table->unused_since = ++t->puts;
	pthread_mutex_unlock(&t->lock);
}

int tables_fd(const struct tables *t)
{
	return t->event_fd;
}

bool tables_finished(struct tables *t)
{
	uint64_t cnt;

	return read(t->event_fd, &cnt, sizeof(cnt)) > 0;
}

bool tables_wait(struct tables *t, int timeout_ms)
{
	const struct timespec until = after_ms(timeout_ms);
	bool done;

	pthread_mutex_lock(&t->lock);
	while (t->pending && !pthread_cond_clockwait(&t->idle, &t->lock, CLOCK_MONOTONIC, &until))
		;
	done = !t->pending;
	pthread_mutex_unlock(&t->lock);
	return done;
}

enum table_state tables_find(struct tables *t, const struct table *table, uint64_t vaddr,
			     struct unwind_row *out)
{
	uint64_t page_nr = vaddr >> UNWIND_PAGE_BITS;
	enum table_state state;

	*out = (struct unwind_row){ .kind = UNWIND_CFA_NONE };
	pthread_mutex_lock(&t->lock);
	state = table->state;
	if (state == TABLE_READY && page_nr < table->page_cnt)
		*out = row_store_find(&t->store, &table->pages[page_nr], (uint16_t)vaddr);
	pthread_mutex_unlock(&t->lock);
	return state;
}

struct interpreter_file tables_interpreter(struct tables *t, const struct table *table)
{
	struct interpreter_file file;

	pthread_mutex_lock(&t->lock);
	file = table->interpreter;
	pthread_mutex_unlock(&t->lock);
	return file;
}

size_t tables_interpreter_cnt(struct tables *t)
{
	size_t cnt;

	pthread_mutex_lock(&t->lock);
	cnt = t->interpreter_cnt;
	pthread_mutex_unlock(&t->lock);
	return cnt;
}

void tables_totals(struct tables *t, struct tables_totals *out)
{
	pthread_mutex_lock(&t->lock);
	*out = t->totals;
	out->bytes = row_store_bytes(&t->store);
	pthread_mutex_unlock(&t->lock);
}

static int prepare(struct tables *t, const struct kernel_tables *kernel, size_t mem_max)
{
	int err = row_store_open(&t->store, kernel, mem_max);

	if (err)
		return err;
	t->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (t->event_fd < 0)
		return -errno;
	t->by_file = calloc(UNWIND_FILES, sizeof(struct table *));
	if (!t->by_file)
		return -ENOMEM;
	pthread_mutex_init(&t->lock, NULL);
	pthread_cond_init(&t->work, NULL);
	pthread_cond_init(&t->idle, NULL);
	return 0;
}

int tables_open(const struct kernel_tables *kernel, size_t mem_max,
		const struct table_loader *loader, struct tables **out)
{
	struct tables *t = calloc(1, sizeof(*t));
	int err;

	*out = NULL;
	if (!t)
		return -ENOMEM;
	t->event_fd = -1;
	if (loader)
		t->loader = *loader;
	err = prepare(t, kernel, mem_max);
	if (err) {
		tables_close(t);
		return err;
	}
	*out = t;
	return 0;
}

static void stop_thread(struct tables *t)
{
	pthread_mutex_lock(&t->lock);
	t->quit = true;
	pthread_cond_signal(&t->work);
	pthread_mutex_unlock(&t->lock);
	if (t->loader.cancel)
		t->loader.cancel(t->loader.ctx);
	pthread_join(t->thread, NULL);
}

void tables_close(struct tables *t)
{
	if (!t)
		return;
	if (t->thread_runs)
		stop_thread(t);
	jobs_fini(&t->jobs);
	for (uint32_t id = 0; t->by_file && id < UNWIND_FILES; id++) {
		if (t->by_file[id])
			free(t->by_file[id]->pages);
		free(t->by_file[id]);
	}
	row_store_close(&t->store);
	if (t->event_fd >= 0)
		close(t->event_fd);
	free(t->by_file);
	free(t->by_key);
	free(t);
}
