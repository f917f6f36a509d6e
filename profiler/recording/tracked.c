// SPDX-License-Identifier: BSD-2-Clause
/* tracked.c - see tracked.h. */
#include "profiler/recording/tracked.h"
#include "profiler/array.h"
#include "profiler/clock.h"
#include "profiler/id_map.h"
#include "symbolize/process/process.h"
#include "symbolize/symbolizer.h"

#include <linux/types.h>
#include "bpf/sample.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Samples of a version that was replaced may still be on their way: a drain, and a wait for it. */
#define RETIRE_NS (3ULL * 1000000000)

/* A version that goes when its time comes, unless it was sampled. */
struct retired {
	struct task *task;
	struct version *version;
	uint64_t time_ns;
	struct retired *next;
};

struct tasks {
	struct symbolizer *symbolizer;
	struct task **all;
	size_t cnt, cap;
	struct id_map by_tgid;
	struct retired *first_retired, *last_retired;
};

/* Tasks */

struct task *tasks_find(const struct tasks *ts, uint32_t tgid)
{
	uint32_t at;

	return id_map_find(&ts->by_tgid, tgid, &at) ? ts->all[at] : NULL;
}

int tasks_add(struct tasks *ts, uint32_t tgid, struct task **out)
{
	struct task *task;
	int err;

	*out = tasks_find(ts, tgid);
	if (*out)
		return 0;
	err = array_reserve(&ts->all, sizeof(struct task *), &ts->cap, ts->cnt + 1);
	if (err)
		return err;
	task = calloc(1, sizeof(*task));
	if (!task)
		return -ENOMEM;
	err = id_map_add(&ts->by_tgid, tgid, (uint32_t)ts->cnt);
	if (err) {
		free(task);
		return err;
	}
	task->tgid = tgid;
	ts->all[ts->cnt++] = task;
	*out = task;
	return 0;
}

/* Versions */

static void free_version(struct tasks *ts, struct version *version)
{
	symbolizer_drop_process(ts->symbolizer, version->process);
	free(version);
}

static void put_version(struct tasks *ts, struct version *version)
{
	if (version && !--version->users)
		free_version(ts, version);
}

static void retire(struct tasks *ts, struct retired *retired, struct task *task,
		   struct version *version)
{
	*retired = (struct retired){ task, version, now_ns(), NULL };
	version->users++;
	if (ts->first_retired)
		ts->last_retired->next = retired;
	else
		ts->first_retired = retired;
	ts->last_retired = retired;
}

int task_retire(struct tasks *ts, struct task *task, struct version *version)
{
	struct retired *retired = malloc(sizeof(*retired));

	if (!retired)
		return -ENOMEM;
	retire(ts, retired, task, version);
	return 0;
}

/* What TASK has now becomes the newest of its old ones, which take its reference over. */
static int keep_old(struct tasks *ts, struct task *task)
{
	struct era *eras = reallocarray(task->old, task->old_cnt + 1, sizeof(*eras));
	struct retired *retired = NULL;

	if (!eras)
		return -ENOMEM;
	task->old = eras;
	/* Whatever can fail comes before the first change. */
	if (!task->now->sampled) {
		retired = malloc(sizeof(*retired));
		if (!retired)
			return -ENOMEM;
		retire(ts, retired, task, task->now);
	}
	eras[task->old_cnt++] = (struct era){ task->now, task->since_ns };
	return 0;
}

int task_set_version(struct tasks *ts, struct task *task, struct version *version,
		     uint64_t since_ns)
{
	int err = task->now ? keep_old(ts, task) : 0;

	if (err)
		return err;
	task->now = version;
	task->since_ns = since_ns;
	if (version)
		version->users++;
	return 0;
}

static void forget_old(struct tasks *ts, struct task *task, struct version *version)
{
	for (size_t i = 0; i < task->old_cnt; i++) {
		if (task->old[i].version != version)
			continue;
		task->old_cnt--;
		memmove(&task->old[i], &task->old[i + 1], (task->old_cnt - i) * sizeof(*task->old));
		put_version(ts, version);
		return;
	}
}

void tasks_sweep(struct tasks *ts)
{
	uint64_t now = ts->first_retired ? now_ns() : 0;

	while (ts->first_retired && now - ts->first_retired->time_ns > RETIRE_NS) {
		struct retired *retired = ts->first_retired;
		struct task *task = retired->task;

		ts->first_retired = retired->next;
		if (!retired->version->sampled) {
			forget_old(ts, task, retired->version);
			if (task->ended && task->now == retired->version) {
				task->now = NULL;
				put_version(ts, retired->version);
			}
		}
		put_version(ts, retired->version);
		free(retired);
	}
}

int task_adopt(struct tasks *ts, struct task *task, struct process *process, uint64_t since_ns)
{
	struct version *version = calloc(1, sizeof(*version));
	int err = version ? 0 : -ENOMEM;

	if (!err) {
		version->process = process;
		err = task_set_version(ts, task, version, since_ns);
	}
	if (err) {
		symbolizer_drop_process(ts->symbolizer, process);
		free(version);
	}
	return err;
}

int task_renew(struct tasks *ts, struct task *task, bool empty, uint64_t since_ns)
{
	const struct process *like = task->now && !empty ? task->now->process : NULL;
	struct process *process;
	int err = symbolizer_copy_process(ts->symbolizer, (pid_t)task->tgid, like, &process);

	return err ? err : task_adopt(ts, task, process, since_ns);
}

static bool maps_all(const struct version *version, const uint64_t *ips, size_t cnt)
{
	for (size_t i = 0; i < cnt; i++) {
		if (!process_maps_ip(version->process, ips[i] & ~SAMPLE_IP_EXACT))
			return false;
	}
	return true;
}

static struct version *version_of_space(const struct task *task, uint32_t space)
{
	if (!space || (task->now && task->now->space == space))
		return space ? task->now : NULL;
	for (size_t i = task->old_cnt; i > 0; i--) {
		if (task->old[i - 1].version->space == space)
			return task->old[i - 1].version;
	}
	return NULL;
}

struct version *task_version_with(const struct task *task, uint32_t space, const uint64_t *ips,
				  size_t cnt)
{
	struct version *version = version_of_space(task, space);

	if (version && maps_all(version, ips, cnt))
		return version;
	if (task->now && maps_all(task->now, ips, cnt))
		return task->now;
	for (size_t i = task->old_cnt; i > 0; i--) {
		if (maps_all(task->old[i - 1].version, ips, cnt))
			return task->old[i - 1].version;
	}
	return NULL;
}

struct version *task_version_at(const struct task *task, uint64_t time_ns, uint64_t ip)
{
	struct version *version = task->since_ns <= time_ns ? task->now : NULL;

	for (size_t i = task->old_cnt; i > 0 && task->since_ns > time_ns && !version; i--) {
		if (task->old[i - 1].since_ns <= time_ns)
			version = task->old[i - 1].version;
	}
	return version && maps_all(version, &ip, 1) ? version : NULL;
}

struct task *tasks_next(const struct tasks *ts, size_t *at)
{
	return *at < ts->cnt ? ts->all[(*at)++] : NULL;
}

int tasks_new(struct symbolizer *symbolizer, struct tasks **out)
{
	struct tasks *ts = calloc(1, sizeof(*ts));

	*out = ts;
	if (!ts)
		return -ENOMEM;
	ts->symbolizer = symbolizer;
	return 0;
}

static void free_task(struct tasks *ts, struct task *task)
{
	for (size_t i = 0; i < task->old_cnt; i++)
		put_version(ts, task->old[i].version);
	put_version(ts, task->now);
	free(task->old);
	free(task);
}

void tasks_free(struct tasks *ts)
{
	if (!ts)
		return;
	while (ts->first_retired) {
		struct retired *retired = ts->first_retired;

		ts->first_retired = retired->next;
		put_version(ts, retired->version);
		free(retired);
	}
	for (size_t i = 0; i < ts->cnt; i++)
		free_task(ts, ts->all[i]);
	free(ts->all);
	id_map_fini(&ts->by_tgid);
	free(ts);
}
