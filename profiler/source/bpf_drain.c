// SPDX-License-Identifier: BSD-2-Clause
/* bpf_drain.c - see bpf_drain.h. */
#include "profiler/source/bpf_drain.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/membarrier.h>
#include <linux/types.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bpf/sample.h"
#include "profiler/array.h"
#include "profiler/id_map.h"
#include "profiler/source/bpf_ring.h"

#define GRACE_FALLBACK_US 50000

/* A user stack, in the array of all ips; an interpreter's frames are behind the native ones. */
struct user_stack {
	size_t first; /* index of its first frame */
	uint32_t cnt;
	enum unwind_result end;
	struct raw_interpreted interpreted; /* but for its frames */
};

/* The user stacks of a generation. */
struct user_stacks {
	struct user_stack *all;
	size_t cnt, cap;
	struct id_map by_hash; /* the program's hash of them */
	uint64_t *ips;
	size_t ips_cnt, ips_cap;
};

struct bpf_drain {
	struct bpf_drain_opts opts;
	struct bpf_ring rings[2]; /* the second one, of copies, only if cfi */
	size_t ring_cnt;
	int epoll_fd;
	struct user_stacks users[2]; /* by generation */
	unsigned int divisors[2];    /* by generation */
	unsigned int divisor;	     /* what the next generation will have */
	uint64_t *kernel, *user;     /* buffers for kernel_max frames each */
	uint64_t missing;
	const struct source_sink *sink;
};

/* User stacks by hash */

/* What the user's frames take of rec->ips. */
static size_t words_of(const struct sample_stacks *rec)
{
	return rec->user_cnt + 2 * (size_t)rec->interpreter_cnt;
}

static struct user_stack user_of(const struct sample_stacks *rec)
{
	return (struct user_stack){
		.cnt = rec->user_cnt,
		.end = (enum unwind_result)rec->user_end,
		.interpreted = {
			.kind = (enum interpreter_kind)rec->interpreter_kind,
			.end = (enum interpreter_end)rec->interpreter_end,
			.cnt = rec->interpreter_cnt,
		},
	};
}

/* STACK, whose words are IPS, is SAMPLE's. */
static void set_user(struct raw_sample *sample, const struct user_stack *stack, const uint64_t *ips)
{
	sample->user = ips;
	sample->user_cnt = stack->cnt;
	sample->user_end = stack->end;
	sample->interpreted = stack->interpreted;
	sample->interpreted.frames = (const struct interpreter_frame *)(ips + stack->cnt);
}

static const struct user_stack *find_user_stack(const struct user_stacks *u, uint64_t hash)
{
	uint32_t at;

	return id_map_find(&u->by_hash, hash, &at) ? &u->all[at] : NULL;
}

static int add_user_stack(struct user_stacks *u, uint64_t hash, const struct sample_stacks *rec)
{
	size_t cnt = words_of(rec);
	int err;

	if (find_user_stack(u, hash))
		return 0; /* another key of this generation had the same stack */
	err = array_reserve(&u->ips, sizeof(*u->ips), &u->ips_cap, u->ips_cnt + cnt);
	if (!err)
		err = array_reserve(&u->all, sizeof(*u->all), &u->cap, u->cnt + 1);
	if (!err)
		err = id_map_add(&u->by_hash, hash, (uint32_t)u->cnt);
	if (err)
		return err;
	if (cnt)
		memcpy(u->ips + u->ips_cnt, rec->ips, cnt * sizeof(*rec->ips));
	u->all[u->cnt] = user_of(rec);
	u->all[u->cnt++].first = u->ips_cnt;
	u->ips_cnt += cnt;
	return 0;
}

static void forget_user_stacks(struct user_stacks *u)
{
	id_map_clear(&u->by_hash);
	u->cnt = u->ips_cnt = 0;
}

/* Stacks by id */

static int read_stack(const struct bpf_drain *d, unsigned int generation, int64_t id, uint64_t *ips,
		      size_t *cnt)
{
	__u32 key = (__u32)id;

	*cnt = 0;
	if (id < 0)
		return 0;
	if (bpf_map_lookup_elem(d->opts.stacks[generation], &key, ips))
		return -errno;
	for (*cnt = d->opts.kernel_max; *cnt && !ips[*cnt - 1];)
		(*cnt)--;
	return 0;
}

/* Several counts may share a stack, so the stacks are removed when all are read. */
static void clear_stacks(int stacks_fd)
{
	__u32 id, next;
	int err = bpf_map_get_next_key(stacks_fd, NULL, &next);

	while (!err) {
		id = next;
		/* Before the removal: after an absent id the kernel starts again at the first. */
		err = bpf_map_get_next_key(stacks_fd, &id, &next);
		bpf_map_delete_elem(stacks_fd, &id);
	}
}

/* Records of the rings */

static struct raw_sample sample_of(const struct bpf_drain *d, unsigned int generation,
				   const struct sample_key *key, uint64_t count)
{
	struct raw_sample sample = {
		.tgid = key->tgid,
		.tid = key->tid,
		.space = key->space,
		.user_end = UNWIND_RESULT_CNT,
		.count = count,
		.divisor = d->divisors[generation],
	};

	memcpy(sample.comm, key->comm, sizeof(sample.comm));
	return sample;
}

/* A record has its kernel stack's id, or the stack itself. */
static int kernel_of(struct bpf_drain *d, unsigned int generation, const struct sample_key *key,
		     __s32 kernel_cnt, const __u64 *frames, struct raw_sample *sample)
{
	sample->kernel = d->kernel;
	if (kernel_cnt < 0)
		return read_stack(d, generation, key->kernel, d->kernel, &sample->kernel_cnt);
	sample->kernel = (const uint64_t *)frames; /* __u64 is another word for it */
	sample->kernel_cnt = (size_t)kernel_cnt;
	return 0;
}

static int on_stacks(struct bpf_drain *d, const struct sample_stacks *rec, size_t size)
{
	unsigned int generation = rec->generation & 1;
	struct raw_sample sample = sample_of(d, generation, &rec->key, 1);
	size_t kernel_cnt = rec->kernel_cnt > 0 ? (size_t)rec->kernel_cnt : 0;
	const struct user_stack stack = user_of(rec);
	int err;

	if (size < offsetof(struct sample_stacks, ips) + 8 * (words_of(rec) + kernel_cnt))
		return 0; /* it is no record of ours */
	set_user(&sample, &stack, (const uint64_t *)rec->ips);
	if (kernel_of(d, generation, &rec->key, rec->kernel_cnt, rec->ips + words_of(rec),
		      &sample)) {
		d->missing++;
		return 0;
	}
	if (d->opts.cfi && rec->key.user) {
		err = add_user_stack(&d->users[generation], rec->key.user, rec);
		if (err)
			return err;
	}
	return d->sink->sample(d->sink->ctx, &sample);
}

static int on_copy(struct bpf_drain *d, const struct sample_copy *rec)
{
	unsigned int generation = rec->generation & 1;
	struct raw_sample sample = sample_of(d, generation, &rec->key, 1);
	struct raw_copy copy = {
		.tgid = rec->key.tgid,
		.tid = rec->key.tid,
		.space = rec->key.space,
		.time_ns = rec->time_ns,
		.divisor = sample.divisor,
		.interpreted = {
			.kind = (enum interpreter_kind)rec->interpreter_kind,
			.end = (enum interpreter_end)rec->interpreter_end,
			.frames = rec->frames,
			.cnt = rec->interpreter_cnt,
			.marks = (const uint64_t *)rec->marks,
		},
		.state = rec->state,
		.stack = rec->stack,
		.size = rec->size,
		.is_cut = rec->size > SAMPLE_COPY_SIZE - SAMPLE_COPY_CHUNK,
	};

	if (kernel_of(d, generation, &rec->key, rec->kernel_cnt, rec->kernel, &sample)) {
		d->missing++;
		return 0;
	}
	memcpy(copy.comm, sample.comm, sizeof(copy.comm));
	copy.kernel = sample.kernel;
	copy.kernel_cnt = sample.kernel_cnt;
	return d->sink->copy(d->sink->ctx, &copy);
}

static int on_record(void *ctx, void *data, size_t size)
{
	struct bpf_drain *d = ctx;
	const struct sample_process *process = data; /* every record begins with its type */

	if (process->type == RECORD_STACKS && size >= offsetof(struct sample_stacks, ips))
		return on_stacks(d, data, size);
	if (process->type == RECORD_COPY && size == sizeof(struct sample_copy))
		return on_copy(d, data);
	if (process->type == RECORD_CODE && size >= offsetof(struct sample_code, lines_bytes))
		return d->sink->code(d->sink->ctx, data, size);
	if (process->type == RECORD_PROCESS && size == sizeof(*process))
		return d->sink->process(d->sink->ctx, process->tgid);
	return 0; /* not a record of ours */
}

/* Counts */

static int drain_count(struct bpf_drain *d, unsigned int generation, const struct sample_key *key,
		       uint64_t count)
{
	struct raw_sample sample = sample_of(d, generation, key, count);
	const struct user_stack *user;
	int err;

	if (!count)
		return 0;
	sample.kernel = d->kernel;
	err = read_stack(d, generation, key->kernel, d->kernel, &sample.kernel_cnt);
	if (!err && !d->opts.cfi) {
		sample.user = d->user;
		err = read_stack(d, generation, (int64_t)key->user, d->user, &sample.user_cnt);
	} else if (!err && key->user) {
		user = find_user_stack(&d->users[generation], key->user);
		if (!user) {
			err = -ENOENT;
		} else {
			set_user(&sample, user, d->users[generation].ips + user->first);
		}
	}
	if (err) {
		d->missing += count;
		return 0;
	}
	return d->sink->sample(d->sink->ctx, &sample);
}

static int drain_generation(struct bpf_drain *d, unsigned int generation)
{
	int err = 0;

	for (size_t i = 0; i < d->opts.count_cnt && !err; i++) {
		struct sample_count *entry = &d->opts.counts[generation][i];

		if (!entry->is_used)
			continue;
		err = drain_count(d, generation, &entry->key, entry->count);
		*entry = (struct sample_count){ 0 };
	}
	if (err)
		return err;
	clear_stacks(d->opts.stacks[generation]);
	forget_user_stacks(&d->users[generation]);
	return 0;
}

/*
 * No program that saw the old generation is still running after this: programs
 * of perf events run inside an RCU read-side section, and this command waits for
 * a grace period.  It is refused on nohz_full machines; there we wait far longer
 * than a program runs.
 */
static void wait_for_programs(void)
{
	if (syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0))
		usleep(GRACE_FALLBACK_US);
}

/* Public */

int bpf_drain_rings(struct bpf_drain *d, const struct source_sink *sink)
{
	int err = 0;

	d->sink = sink;
	for (size_t i = 0; i < d->ring_cnt && !err; i++)
		err = bpf_ring_read(&d->rings[i], on_record, d);
	return err;
}

void bpf_drain_set_divisor(struct bpf_drain *d, unsigned int divisor)
{
	d->divisor = divisor;
}

int bpf_drain_all(struct bpf_drain *d, const struct source_sink *sink, bool stopped)
{
	unsigned int old = *d->opts.generation & 1;
	int err;

	d->divisors[!old] = d->divisor;
	*d->opts.generation = !old;
	if (!stopped)
		wait_for_programs();
	/* The ring first: it has the stacks that the counts refer to. */
	err = bpf_drain_rings(d, sink);
	return err ? err : drain_generation(d, old);
}

int bpf_drain_fd(const struct bpf_drain *d)
{
	return d->epoll_fd;
}

uint64_t bpf_drain_missing(const struct bpf_drain *d)
{
	return d->missing;
}

static int add_ring(struct bpf_drain *d, int fd, size_t size)
{
	struct epoll_event event = { .events = EPOLLIN };
	int err = bpf_ring_open(&d->rings[d->ring_cnt++], fd, size);

	if (!err && epoll_ctl(d->epoll_fd, EPOLL_CTL_ADD, fd, &event))
		err = -errno;
	return err;
}

int bpf_drain_open(const struct bpf_drain_opts *opts, struct bpf_drain **out)
{
	struct bpf_drain *d = calloc(1, sizeof(*d));
	int err = -ENOMEM;

	*out = NULL;
	if (!d)
		return -ENOMEM;
	d->opts = *opts;
	d->divisor = d->divisors[0] = d->divisors[1] = 1;
	d->kernel = calloc(opts->kernel_max, sizeof(*d->kernel));
	d->user = calloc(opts->kernel_max, sizeof(*d->user));
	d->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (d->epoll_fd < 0)
		err = -errno;
	else if (d->kernel && d->user)
		err = add_ring(d, opts->ring, opts->ring_size);
	if (!err && opts->cfi)
		err = add_ring(d, opts->copies, opts->copies_size);
	if (err) {
		bpf_drain_close(d);
		return err;
	}
	*out = d;
	return 0;
}

void bpf_drain_close(struct bpf_drain *d)
{
	if (!d)
		return;
	for (size_t i = 0; i < d->ring_cnt; i++)
		bpf_ring_close(&d->rings[i]);
	if (d->epoll_fd >= 0)
		close(d->epoll_fd);
	for (int i = 0; i < 2; i++) {
		id_map_fini(&d->users[i].by_hash);
		free(d->users[i].all);
		free(d->users[i].ips);
	}
	free(d->kernel);
	free(d->user);
	free(d);
}
