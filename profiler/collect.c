// SPDX-License-Identifier: BSD-2-Clause
/* collect.c - see collect.h. */
#include "profiler/collect.h"
#include "symbolize/symbolizer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Re-reading the mappings of one process: at once, then ever more rarely. */
#define REREAD_FIRST_NS 100000000ULL
#define REREAD_LAST_NS	(10ULL * 1000000000)

/* A growing array of uint64_t in which distinct runs are found by their hash. */
struct stack_ref {
	uint64_t hash;
	size_t first;		/* index into ips */
	uint32_t cnt;
};

/* What is known of a process: its mappings as read at one or more moments. */
struct task {
	uint32_t tgid;
	struct process **versions; /* oldest first */
	size_t version_cnt;
	uint64_t next_read_ns, wait_ns;
};

/* Open addressing; a slot holds index + 1, 0 is empty. */
struct index {
	uint32_t *slots;
	size_t mask, used;
};

struct collect {
	struct symbolizer *symbolizer;
	uint64_t *ips;
	size_t ips_cnt, ips_cap;
	struct stack_ref *stacks;
	size_t stack_cnt, stack_cap;
	struct index stack_index;
	struct collect_sample *samples;
	size_t sample_cnt, sample_cap;
	struct index sample_index;
	struct task *tasks;
	size_t task_cnt, task_cap;
	struct index task_index;
	uint64_t count;
};

static uint64_t mix(uint64_t hash, uint64_t value)
{
	hash = (hash ^ value) * 0x9e3779b97f4a7c15ULL; /* 2^64 / golden ratio */
	return hash ^ (hash >> 29);
}

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

static int reserve(void *array, size_t size, size_t *cap, size_t need)
{
	void **p = array, *bigger;
	size_t new_cap = *cap ? *cap : 64;

	if (need <= *cap)
		return 0;
	while (new_cap < need)
		new_cap *= 2;
	bigger = reallocarray(*p, new_cap, size);
	if (!bigger)
		return -ENOMEM;
	*p = bigger;
	*cap = new_cap;
	return 0;
}

/* Room for one more entry at a load of at most a half; HASH_OF gives an entry's hash. */
static int index_grow(struct index *index, uint64_t (*hash_of)(const struct collect *, uint32_t),
		      const struct collect *c)
{
	size_t size = index->slots ? (index->mask + 1) * 2 : 256;
	uint32_t *slots;

	if (index->slots && index->used * 2 <= index->mask)
		return 0;
	slots = calloc(size, sizeof(*slots));
	if (!slots)
		return -ENOMEM;
	for (size_t i = 0; index->slots && i <= index->mask; i++) {
		size_t at;

		if (!index->slots[i])
			continue;
		at = hash_of(c, index->slots[i] - 1) & (size - 1);
		while (slots[at])
			at = (at + 1) & (size - 1);
		slots[at] = index->slots[i];
	}
	free(index->slots);
	index->slots = slots;
	index->mask = size - 1;
	return 0;
}

/* Stacks */

static uint64_t stack_hash(const struct collect *c, uint32_t id)
{
	return c->stacks[id].hash;
}

static int append_stack(struct collect *c, const uint64_t *ips, size_t cnt, uint64_t hash)
{
	int err = reserve(&c->ips, sizeof(*c->ips), &c->ips_cap, c->ips_cnt + cnt);

	if (!err)
		err = reserve(&c->stacks, sizeof(*c->stacks), &c->stack_cap, c->stack_cnt + 1);
	if (err)
		return err;
	if (cnt)
		memcpy(c->ips + c->ips_cnt, ips, cnt * sizeof(*ips));
	c->stacks[c->stack_cnt++] = (struct stack_ref){ hash, c->ips_cnt, (uint32_t)cnt };
	c->ips_cnt += cnt;
	return 0;
}

static int intern_stack(struct collect *c, const uint64_t *ips, size_t cnt, uint32_t *id)
{
	uint64_t hash = cnt;
	size_t at;
	int err = index_grow(&c->stack_index, stack_hash, c);

	if (err)
		return err;
	for (size_t i = 0; i < cnt; i++)
		hash = mix(hash, ips[i]);
	at = hash & c->stack_index.mask;
	for (; c->stack_index.slots[at]; at = (at + 1) & c->stack_index.mask) {
		const struct stack_ref *ref = &c->stacks[c->stack_index.slots[at] - 1];

		if (ref->hash == hash && ref->cnt == cnt &&
		    (!cnt || !memcmp(c->ips + ref->first, ips, cnt * sizeof(*ips)))) {
			*id = c->stack_index.slots[at] - 1;
			return 0;
		}
	}
	err = append_stack(c, ips, cnt, hash);
	if (err)
		return err;
	*id = (uint32_t)c->stack_cnt - 1;
	c->stack_index.slots[at] = (uint32_t)c->stack_cnt;
	c->stack_index.used++;
	return 0;
}

/* Processes */

static uint64_t task_hash(const struct collect *c, uint32_t id)
{
	return mix(0, c->tasks[id].tgid);
}

static int find_task(struct collect *c, uint32_t tgid, struct task **out)
{
	size_t at;
	int err = index_grow(&c->task_index, task_hash, c);

	if (err)
		return err;
	at = mix(0, tgid) & c->task_index.mask;
	for (; c->task_index.slots[at]; at = (at + 1) & c->task_index.mask) {
		*out = &c->tasks[c->task_index.slots[at] - 1];
		if ((*out)->tgid == tgid)
			return 0;
	}
	err = reserve(&c->tasks, sizeof(*c->tasks), &c->task_cap, c->task_cnt + 1);
	if (err)
		return err;
	*out = &c->tasks[c->task_cnt++];
	**out = (struct task){ .tgid = tgid };
	c->task_index.slots[at] = (uint32_t)c->task_cnt;
	c->task_index.used++;
	return 0;
}

static struct process *newest(const struct task *task)
{
	return task->version_cnt ? task->versions[task->version_cnt - 1] : NULL;
}

static int read_task(struct collect *c, struct task *task)
{
	struct process *process, **versions;
	int err;

	task->wait_ns = task->wait_ns ? task->wait_ns * 2 : REREAD_FIRST_NS;
	if (task->wait_ns > REREAD_LAST_NS)
		task->wait_ns = REREAD_LAST_NS;
	task->next_read_ns = now_ns() + task->wait_ns;

	err = symbolizer_read_process(c->symbolizer, (pid_t)task->tgid, newest(task), &process);
	if (err == -ENOMEM)
		return err;
	if (err || process == newest(task))
		return 0; /* gone or not readable: its frames will say so */
	versions = reallocarray(task->versions, task->version_cnt + 1, sizeof(*versions));
	if (!versions)
		return -ENOMEM;
	task->versions = versions;
	versions[task->version_cnt++] = process;
	return 0;
}

static bool maps_all(const struct process *process, const struct raw_sample *sample)
{
	for (size_t i = 0; i < sample->user_cnt; i++) {
		if (!process_maps_ip(process, sample->user[i]))
			return false;
	}
	return true;
}

/*
 * The process as it was when SAMPLE was taken: the newest version that maps every
 * address.  None does: code was mapped since (dlopen, a JIT), so look again, but
 * not for every stray address of a broken stack.
 */
static int process_of(struct collect *c, const struct raw_sample *sample, struct process **out)
{
	struct task *task;
	int err = find_task(c, sample->tgid, &task);

	*out = NULL;
	if (err || !sample->user_cnt)
		return err;
	if (!task->version_cnt && !task->wait_ns)
		err = read_task(c, task);
	for (int round = 0; round < 2 && !err; round++) {
		for (size_t i = task->version_cnt; i > 0; i--) {
			if (maps_all(task->versions[i - 1], sample)) {
				*out = task->versions[i - 1];
				return 0;
			}
		}
		if (round || now_ns() < task->next_read_ns)
			break;
		err = read_task(c, task);
	}
	for (size_t i = task->version_cnt; i > 0 && !*out; i--) {
		if (process_maps_ip(task->versions[i - 1], sample->user[0]))
			*out = task->versions[i - 1];
	}
	if (!*out)
		*out = newest(task);
	return err;
}

/* Samples */

static uint64_t sample_hash(const struct collect *c, uint32_t id)
{
	const struct collect_sample *s = &c->samples[id];
	uint64_t hash = mix((uint64_t)s->tgid << 32 | s->tid, (uint64_t)s->kernel << 32 | s->user);
	uint64_t comm[2];

	memcpy(comm, s->comm, sizeof(comm));
	return mix(mix(hash, comm[0]), comm[1]);
}

static bool same_sample(const struct collect_sample *a, const struct collect_sample *b)
{
	return a->tgid == b->tgid && a->tid == b->tid && a->kernel == b->kernel &&
	       a->user == b->user && !memcmp(a->comm, b->comm, sizeof(a->comm));
}

/* Add to an equal sample, or append; a process that changed since makes it another one. */
static int add_sample(struct collect *c, const struct collect_sample *add,
		      const struct raw_sample *raw)
{
	struct collect_sample *last;
	size_t at;
	int err = reserve(&c->samples, sizeof(*c->samples), &c->sample_cap, c->sample_cnt + 1);

	if (!err)
		err = index_grow(&c->sample_index, sample_hash, c);
	if (err)
		return err;
	last = &c->samples[c->sample_cnt];
	*last = *add;
	at = sample_hash(c, (uint32_t)c->sample_cnt) & c->sample_index.mask;
	for (; c->sample_index.slots[at]; at = (at + 1) & c->sample_index.mask) {
		struct collect_sample *old = &c->samples[c->sample_index.slots[at] - 1];

		if (same_sample(old, last)) {
			old->count += add->count;
			return 0;
		}
	}
	err = process_of(c, raw, &last->process);
	c->sample_cnt++;
	c->sample_index.slots[at] = (uint32_t)c->sample_cnt;
	c->sample_index.used++;
	return err;
}

static int on_sample(void *ctx, const struct raw_sample *raw)
{
	struct collect *c = ctx;
	struct collect_sample sample = { .tgid = raw->tgid, .tid = raw->tid, .count = raw->count };
	int err;

	memcpy(sample.comm, raw->comm, sizeof(sample.comm));
	err = intern_stack(c, raw->kernel, raw->kernel_cnt, &sample.kernel);
	if (!err)
		err = intern_stack(c, raw->user, raw->user_cnt, &sample.user);
	if (!err)
		err = add_sample(c, &sample, raw);
	if (!err)
		c->count += raw->count;
	return err;
}

static int on_process(void *ctx, uint32_t tgid)
{
	struct collect *c = ctx;
	struct task *task;
	int err = find_task(c, tgid, &task);

	return err ? err : read_task(c, task);
}

/* Public */

int collect_new(struct symbolizer *symbolizer, struct collect **out)
{
	*out = calloc(1, sizeof(**out));
	if (!*out)
		return -ENOMEM;
	(*out)->symbolizer = symbolizer;
	return 0;
}

void collect_free(struct collect *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->task_cnt; i++)
		free(c->tasks[i].versions);
	free(c->tasks);
	free(c->ips);
	free(c->stacks);
	free(c->samples);
	free(c->stack_index.slots);
	free(c->sample_index.slots);
	free(c->task_index.slots);
	free(c);
}

struct source_sink collect_sink(struct collect *c)
{
	return (struct source_sink){ .ctx = c, .sample = on_sample, .process = on_process };
}

uint64_t collect_count(const struct collect *c)
{
	return c->count;
}

const struct collect_sample *collect_samples(const struct collect *c, size_t *cnt)
{
	*cnt = c->sample_cnt;
	return c->samples;
}

const uint64_t *collect_stack(const struct collect *c, uint32_t stack, size_t *cnt)
{
	*cnt = c->stacks[stack].cnt;
	return *cnt ? c->ips + c->stacks[stack].first : NULL;
}
