// SPDX-License-Identifier: BSD-2-Clause
/* tracked.c - see tracked.h. */
#include "profiler/recording/tracked.h"

#include <errno.h>
#include <linux/types.h>
#include <stdlib.h>
#include <string.h>

#include "bpf/sample.h"
#include "profiler/array.h"
#include "profiler/clock.h"
#include "profiler/id_map.h"
#include "symbolize/process/process.h"
#include "symbolize/symbolizer.h"

/* Samples of a version that was replaced may be on their way for a drain, and a wait for it. */
#define RETIRE_NS (3ULL * 1000000000)

/*
 * Bounds of memory, in mappings, of 64 bytes each.  A program has a hundred, and a new version
 * each time that it loads a library.
 */
#define MAPPINGS_MAX	 (256 * 1024) /* of all versions, beyond which a process... */
#define MAPPINGS_EACH	 2048	      /* ...may have so many in its versions, */
#define VERSIONS_EACH	 256	      /* and so many versions in any case */
#define LARGE		 1024	      /* a process whose version lasts */
#define NS_FOR_A_MAPPING 10000	      /* so long */

/* A version that goes when its time comes, unless it was sampled. */
struct retired {
	struct tracked_process *proc;
	struct version *version;
	uint64_t time_ns;
	struct retired *next;
};

struct tracked {
	struct symbolizer *symbolizer;
	struct tracked_process **all;
	size_t cnt, cap;
	uint32_t *spare; /* places in `all` of processes that were forgotten, to be used again */
	size_t spare_cnt, spare_cap;
	struct id_map by_tgid;
	struct retired *first_retired, *last_retired;
	size_t mapping_cnt; /* of all versions */
};

/* Processes */

struct tracked_process *tracked_find(const struct tracked *t, uint32_t tgid)
{
	uint32_t at;

	return id_map_find(&t->by_tgid, tgid, &at) ? t->all[at] : NULL;
}

/* A process that is nobody's yet, and room for all places to be spare. */
static int add_place(struct tracked *t)
{
	int err = array_reserve(&t->all, sizeof(struct tracked_process *), &t->cap, t->cnt + 1);
	struct tracked_process *proc;

	if (!err)
		err = array_reserve(&t->spare, sizeof(*t->spare), &t->spare_cap, t->cnt + 1);
	proc = err ? NULL : calloc(1, sizeof(*proc));
	if (!proc)
		return -ENOMEM;
	t->all[t->cnt] = proc;
	t->spare[t->spare_cnt++] = (uint32_t)t->cnt++;
	return 0;
}

int tracked_add(struct tracked *t, uint32_t tgid, struct tracked_process **out)
{
	struct tracked_process *proc;
	uint32_t at;
	int err;

	*out = tracked_find(t, tgid);
	if (*out)
		return 0;
	if (!t->spare_cnt) {
		err = add_place(t);
		if (err)
			return err;
	}
	at = t->spare[t->spare_cnt - 1];
	err = id_map_add(&t->by_tgid, tgid, at);
	if (err)
		return err;
	t->spare_cnt--;
	proc = t->all[at];
	*proc = (struct tracked_process){ .tgid = tgid };
	*out = proc;
	return 0;
}

/* Forget PROC if it has ended, and there is nothing that anybody may ask for. */
static void forget_ended(struct tracked *t, struct tracked_process *proc)
{
	uint32_t at;

	if (!proc->ended || proc->sampled || proc->dirty || proc->now || proc->old_cnt ||
	    proc->retired_cnt || !id_map_find(&t->by_tgid, proc->tgid, &at))
		return;
	id_map_remove(&t->by_tgid, proc->tgid);
	free(proc->old);
	*proc = (struct tracked_process){ .ended = true };
	t->spare[t->spare_cnt++] = at; /* add_place() has made room for all */
}

/* Versions */

static void free_version(struct tracked *t, struct version *version)
{
	t->mapping_cnt -= version->mapping_cnt;
	symbolizer_drop_process(t->symbolizer, version->process);
	free(version);
}

static void put_version(struct tracked *t, struct version *version)
{
	if (version && !--version->users)
		free_version(t, version);
}

static void retire(struct tracked *t, struct retired *retired, struct tracked_process *proc,
		   struct version *version)
{
	*retired = (struct retired){ proc, version, now_ns(), NULL };
	version->users++;
	proc->retired_cnt++;
	if (t->first_retired)
		t->last_retired->next = retired;
	else
		t->first_retired = retired;
	t->last_retired = retired;
}

/* Does PROC, which has ended, need what it has: was it sampled? */
static bool is_kept(const struct tracked_process *proc)
{
	return proc->now->sampled && proc->sampled;
}

int tracked_process_end(struct tracked *t, struct tracked_process *proc)
{
	bool retires = proc->now && !is_kept(proc);
	struct retired *retired = retires ? malloc(sizeof(*retired)) : NULL;

	if (retires && !retired)
		return -ENOMEM;
	if (retires)
		retire(t, retired, proc, proc->now);
	proc->ended = true;
	forget_ended(t, proc);
	return 0;
}

/* What PROC has now becomes the newest of its old ones, which take its reference over. */
static int keep_old(struct tracked *t, struct tracked_process *proc)
{
	struct era *eras = reallocarray(proc->old, proc->old_cnt + 1, sizeof(*eras));
	struct retired *retired = NULL;

	if (!eras)
		return -ENOMEM;
	proc->old = eras;
	/* Whatever can fail comes before the first change. */
	if (!proc->now->sampled) {
		retired = malloc(sizeof(*retired));
		if (!retired)
			return -ENOMEM;
		retire(t, retired, proc, proc->now);
	}
	eras[proc->old_cnt++] = (struct era){ proc->now, proc->since_ns };
	return 0;
}

int tracked_process_set_version(struct tracked *t, struct tracked_process *proc,
				struct version *version, uint64_t since_ns)
{
	int err = proc->now ? keep_old(t, proc) : 0;

	if (err)
		return err;
	proc->now = version;
	proc->since_ns = since_ns;
	if (version)
		version->users++;
	return 0;
}

static void forget_old(struct tracked *t, struct tracked_process *proc, struct version *version)
{
	for (size_t i = 0; i < proc->old_cnt; i++) {
		if (proc->old[i].version != version)
			continue;
		proc->old_cnt--;
		memmove(&proc->old[i], &proc->old[i + 1], (proc->old_cnt - i) * sizeof(*proc->old));
		put_version(t, version);
		return;
	}
}

void tracked_sweep(struct tracked *t)
{
	uint64_t now = t->first_retired ? now_ns() : 0;

	while (t->first_retired && now - t->first_retired->time_ns > RETIRE_NS) {
		struct retired *retired = t->first_retired;
		struct tracked_process *proc = retired->proc;

		t->first_retired = retired->next;
		if (!retired->version->sampled)
			forget_old(t, proc, retired->version);
		if (proc->ended && proc->now == retired->version && !is_kept(proc)) {
			proc->now = NULL;
			put_version(t, retired->version);
		}
		put_version(t, retired->version);
		free(retired);
		proc->retired_cnt--;
		forget_ended(t, proc);
	}
}

int tracked_process_adopt(struct tracked *t, struct tracked_process *proc, struct process *process,
			  uint64_t since_ns)
{
	struct version *version = calloc(1, sizeof(*version));
	int err = version ? 0 : -ENOMEM;

	if (!err) {
		version->process = process;
		version->mapping_cnt = process->cnt;
		err = tracked_process_set_version(t, proc, version, since_ns);
	}
	if (err) {
		symbolizer_drop_process(t->symbolizer, process);
		free(version);
		return err;
	}
	t->mapping_cnt += version->mapping_cnt;
	return 0;
}

int tracked_process_renew(struct tracked *t, struct tracked_process *proc, bool empty,
			  uint64_t since_ns)
{
	const struct process *like = proc->now && !empty ? proc->now->process : NULL;
	struct process *process;
	int err = symbolizer_copy_process(t->symbolizer, (pid_t)proc->tgid, like, &process);

	if (err)
		return err;
	if (proc->now) /* an exec changes nobody's user, as a rule */
		process->owner = proc->now->process->owner;
	return tracked_process_adopt(t, proc, process, since_ns);
}

static bool may_renew(const struct tracked *t, const struct tracked_process *proc, uint64_t time_ns)
{
	size_t cnt = proc->now->process->cnt;

	if (proc->old_cnt >= VERSIONS_EACH ||
	    (t->mapping_cnt > MAPPINGS_MAX && cnt * (proc->old_cnt + 1) > MAPPINGS_EACH))
		return false;
	return cnt < LARGE || time_ns >= proc->since_ns + cnt * NS_FOR_A_MAPPING;
}

int tracked_process_change(struct tracked *t, struct tracked_process *proc, uint64_t time_ns,
			   bool *may_change)
{
	const struct version *now = proc->now;

	*may_change = true;
	if (!now->sampled && !now->space && now->users == 1)
		return 0;
	if (may_renew(t, proc, time_ns))
		return tracked_process_renew(t, proc, false, time_ns);
	*may_change = now->users == 1;
	return 0;
}

static bool maps_all(const struct version *version, const uint64_t *ips, size_t cnt)
{
	for (size_t i = 0; i < cnt; i++) {
		if (!process_maps_ip(version->process, ips[i] & ~SAMPLE_IP_EXACT))
			return false;
	}
	return true;
}

static struct version *version_of_space(const struct tracked_process *proc, uint32_t space)
{
	if (!space || (proc->now && proc->now->space == space))
		return space ? proc->now : NULL;
	for (size_t i = proc->old_cnt; i > 0; i--) {
		if (proc->old[i - 1].version->space == space)
			return proc->old[i - 1].version;
	}
	return NULL;
}

struct version *tracked_process_version_with(const struct tracked_process *proc, uint32_t space,
					     const uint64_t *ips, size_t cnt)
{
	struct version *version = version_of_space(proc, space);

	if (version && maps_all(version, ips, cnt))
		return version;
	if (proc->now && maps_all(proc->now, ips, cnt))
		return proc->now;
	for (size_t i = proc->old_cnt; i > 0; i--) {
		if (maps_all(proc->old[i - 1].version, ips, cnt))
			return proc->old[i - 1].version;
	}
	return NULL;
}

struct version *tracked_process_version_at(const struct tracked_process *proc, uint64_t time_ns,
					   uint64_t ip)
{
	struct version *version = proc->since_ns <= time_ns ? proc->now : NULL;

	for (size_t i = proc->old_cnt; i > 0 && proc->since_ns > time_ns && !version; i--) {
		if (proc->old[i - 1].since_ns <= time_ns)
			version = proc->old[i - 1].version;
	}
	return version && maps_all(version, &ip, 1) ? version : NULL;
}

struct tracked_process *tracked_next(const struct tracked *t, size_t *at)
{
	return *at < t->cnt ? t->all[(*at)++] : NULL;
}

int tracked_new(struct symbolizer *symbolizer, struct tracked **out)
{
	struct tracked *t = calloc(1, sizeof(*t));

	*out = t;
	if (!t)
		return -ENOMEM;
	t->symbolizer = symbolizer;
	return 0;
}

static void free_process(struct tracked *t, struct tracked_process *proc)
{
	for (size_t i = 0; i < proc->old_cnt; i++)
		put_version(t, proc->old[i].version);
	put_version(t, proc->now);
	free(proc->old);
	free(proc);
}

void tracked_free(struct tracked *t)
{
	if (!t)
		return;
	while (t->first_retired) {
		struct retired *retired = t->first_retired;

		t->first_retired = retired->next;
		put_version(t, retired->version);
		free(retired);
	}
	for (size_t i = 0; i < t->cnt; i++)
		free_process(t, t->all[i]);
	free(t->all);
	free(t->spare);
	id_map_fini(&t->by_tgid);
	free(t);
}
