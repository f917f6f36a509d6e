// SPDX-License-Identifier: BSD-2-Clause
/* opener_pool.c - see opener_pool.h. */
#include "profiler/parsing/opener_pool.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "profiler/guard/message.h"
#include "profiler/resident.h"
#include "symbolize/elf/opener.h"
#include "symbolize/process/mapped.h"
#include "symbolize/process/perf_map.h"

#define THREADS_MAX 64 /* also those that wait without end */

struct opener_job {
	struct opener_job *next;
	uint32_t kind;
	struct opener_question question;
	size_t path_len;
	char path[];
};

struct opener_pool {
	int socket;
	pthread_mutex_t lock;
	pthread_cond_t work;
	struct opener_job *first;
	unsigned int jobs, threads, idle;
};

static int open_mapped(const struct opener_job *job, int *fd)
{
	const struct opener_question *q = &job->question;
	const struct mapping m = {
		.start = q->start,
		.end = q->end,
		.dev = q->dev,
		.inode = q->inode,
		.generation = q->generation,
		.path = job->path,
		.path_len = job->path_len,
		.deleted = q->is_deleted,
	};

	return mapped_open(q->pid, q->kin, &m, fd);
}

static int open_perf_map(const struct opener_question *q, int *fd)
{
	const struct perf_map_wanted wanted = {
		.dir_fd = q->fd,
		.ns_pid = q->pid,
		.uid = q->uid,
		.known_fd = q->known_fd,
	};

	return perf_map_open_file(&wanted, fd);
}

static int open_file(const struct opener_job *job, int *fd)
{
	switch (job->kind) {
	case OPENER_MAPPED:
		return open_mapped(job, fd);
	case OPENER_PATH:
		return opener_open(NULL, job->path, fd);
	case OPENER_TMP:
		return perf_map_open_tmp(job->question.pid, fd);
	case OPENER_PERF_MAP:
		return open_perf_map(&job->question, fd);
	default:
		return -EPROTO;
	}
}

static void do_job(struct opener_pool *pool, struct opener_job *job)
{
	struct opener_question *q = &job->question;
	struct opener_answer answer = { .id = q->id, .fd = -1 };
	struct message m;

	if (job->kind == OPENER_CLOSE)
		close(q->fd);
	else
		answer.err = open_file(job, &answer.fd);
	/* From the answer on there may be another question, which needs no other thread. */
	pthread_mutex_lock(&pool->lock);
	pool->idle++;
	pthread_mutex_unlock(&pool->lock);
	if (job->kind == OPENER_CLOSE)
		return;
	m.kind = OPENER_ANSWER;
	m.len = sizeof(answer);
	m.file_cnt = 0;
	memcpy(m.bytes, &answer, sizeof(answer));
	message_send(pool->socket, &m, false);
}

static void *work(void *arg)
{
	struct opener_pool *pool = arg;

	pthread_mutex_lock(&pool->lock);
	for (;;) {
		struct opener_job *job = pool->first;

		if (!job) {
			pthread_cond_wait(&pool->work, &pool->lock);
			continue;
		}
		pool->first = job->next;
		pool->jobs--;
		pool->idle--;
		pthread_mutex_unlock(&pool->lock);
		do_job(pool, job);
		free(job);
		pthread_mutex_lock(&pool->lock);
	}
	return NULL;
}

/* Have a thread do JOB; if all wait without end there is no answer. */
static void give_job(struct opener_pool *pool, struct opener_job *job)
{
	pthread_t thread;

	pthread_mutex_lock(&pool->lock);
	job->next = pool->first;
	pool->first = job;
	pool->jobs++;
	pthread_cond_signal(&pool->work);
	if (pool->jobs > pool->idle && pool->threads < THREADS_MAX &&
	    !pthread_create(&thread, NULL, work, pool)) {
		pool->threads++;
		pool->idle++;
	}
	pthread_mutex_unlock(&pool->lock);
}

static struct opener_job *read_job(const struct message *m)
{
	struct opener_job *job = NULL;
	size_t len;

	if (m->len < sizeof(job->question))
		return NULL;
	len = m->len - sizeof(job->question);
	job = calloc(1, sizeof(*job) + len + 1);
	if (!job)
		return NULL;
	job->kind = m->kind;
	memcpy(&job->question, m->bytes, sizeof(job->question));
	memcpy(job->path, m->bytes + sizeof(job->question), len);
	job->path_len = len;
	return job;
}

void opener_pool_serve(int socket)
{
	struct opener_pool *pool = calloc(1, sizeof(*pool));
	struct message m;

	if (!pool)
		return;
	pool->socket = socket;
	pthread_mutex_init(&pool->lock, NULL);
	pthread_cond_init(&pool->work, NULL);
	resident_wait(socket);
	while (!message_receive_bytes(socket, &m)) {
		struct opener_job *job = read_job(&m);

		if (job)
			give_job(pool, job);
		resident_wait(socket);
	}
}
