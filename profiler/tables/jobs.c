// SPDX-License-Identifier: BSD-2-Clause
/* jobs.c - see jobs.h. */
#include "profiler/tables/jobs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "symbolize/process/owner.h"

int job_new(struct table *table, const struct table_file *file, struct table_job **out)
{
	struct table_job *job = calloc(1, sizeof(*job));
	int err = 0;

	*out = NULL;
	if (!job)
		return -ENOMEM;
	*job = (struct table_job){
		.table = table,
		.owner = file->owner,
		.fd = -1,
		.image = file->image,
		.image_size = file->image_size,
	};
	if (!file->image) {
		job->fd = fcntl(file->fd, F_DUPFD_CLOEXEC, 3);
		err = job->fd < 0 ? -errno : 0;
	}
	if (err)
		job_free(job);
	else
		*out = job;
	return err;
}

void job_free(struct table_job *job)
{
	if (job->fd >= 0)
		close(job->fd);
	free(job);
}

void jobs_fini(struct jobs *q)
{
	for (struct table_job *job = q->first, *next; job; job = next) {
		next = job->next;
		job_free(job);
	}
	turns_fini(&q->turns);
	*q = (struct jobs){ 0 };
}

int jobs_add(struct jobs *q, struct table_job *job)
{
	struct turn *turn;
	int err = turns_of(&q->turns, job->owner, &turn);

	if (err)
		return err;
	turn->waiting++;
	job->next = NULL;
	if (q->first)
		q->last->next = job;
	else
		q->first = job;
	q->last = job;
	return 0;
}

struct table_job *jobs_take(struct jobs *q)
{
	struct turn *turn = turns_next(&q->turns);
	struct table_job *before = NULL, *job = q->first;

	if (!turn)
		return NULL;
	while (job->owner != turn->owner) { /* it has one */
		before = job;
		job = job->next;
	}
	if (before)
		before->next = job->next;
	else
		q->first = job->next;
	if (q->last == job)
		q->last = before;
	turn->waiting--;
	return job;
}

int jobs_join(struct jobs *q, const struct table *table, uint32_t owner)
{
	struct table_job *job = q->first;
	struct turn *from, *to;
	uint32_t joined;
	int err;

	while (job && job->table != table)
		job = job->next;
	joined = job ? owner_join(job->owner, owner) : owner;
	if (!job || joined == job->owner)
		return 0;
	err = turns_of(&q->turns, joined, &to); /* before the other one: it may move all */
	if (err)
		return err;
	to->waiting++;
	turns_of(&q->turns, job->owner, &from);
	from->waiting--;
	job->owner = joined;
	return 0;
}

void jobs_charge(struct jobs *q, uint32_t owner, uint64_t ns)
{
	struct turn *turn;

	if (!turns_of(&q->turns, owner, &turn))
		turn->spent_ns += ns;
}

bool jobs_wait_for(const struct jobs *q, uint32_t owner, uint64_t ns)
{
	uint64_t least = UINT64_MAX, spent = 0;

	for (size_t i = 0; i < q->turns.cnt; i++) {
		const struct turn *turn = &q->turns.all[i];

		if (turn->owner == owner)
			spent = turn->spent_ns;
		else if (turn->waiting && turn->spent_ns < least)
			least = turn->spent_ns;
	}
	return least < spent + ns;
}
