// SPDX-License-Identifier: BSD-2-Clause
/* filter.c - see filter.h. */
#include "profiler/source/filter.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/types.h>
#include <stdlib.h>

#include "bpf/sample.h"
#include "profiler/source/pidns.h"
#include "profiler/source/tree.h"

#define FAMILY_LOOKS 16 /* most looks at a tree that keeps growing meanwhile */

bool filter_follows(enum source_filter filter)
{
	return filter == FILTER_TREE || filter == FILTER_FAMILIES;
}

/* Note the ids in MAP_FD; *ADDED says how many were not yet in there. */
static int add_targets(int map_fd, const struct id_list *ids, __u8 value, size_t *added)
{
	*added = 0;
	for (size_t i = 0; i < ids->cnt; i++) {
		__u32 id = (__u32)ids->ids[i];

		if (!bpf_map_update_elem(map_fd, &id, &value, BPF_NOEXIST))
			(*added)++;
		else if (errno != EEXIST)
			return -errno;
	}
	return 0;
}

/*
 * Note the families that there are: what they start from now on is followed.  A child made
 * between our look at its parent and the note of its parent is seen by the next look.
 */
static int add_families(const struct id_list *roots, int map_fd)
{
	size_t added = 1;
	int err = 0;

	for (int look = 0; look < FAMILY_LOOKS && added && !err; look++) {
		struct id_list threads;

		err = tree_threads(roots, &threads);
		if (!err)
			err = add_targets(map_fd, &threads, TARGET_WANTED, &added);
		free(threads.ids);
	}
	return err;
}

/* Tell the program by its maps whom OPTS asks for. */
static int fill(const struct source_opts *opts, const struct filter_maps *maps,
		const struct ids_ns *ns)
{
	/* Followed threads are known by the ids of the initial namespace. */
	int fd =
		filter_follows(opts->filter) && ns->ino ? maps->follow.seeds : maps->follow.targets;
	__u8 value = opts->filter == FILTER_TREE ? TARGET_AFTER_EXEC : TARGET_WANTED;
	int zero = 0, err;
	size_t added;

	if (opts->filter == FILTER_FAMILIES)
		return add_families(&opts->targets, fd);
	err = add_targets(fd, &opts->targets, value, &added);
	if (!err && opts->filter == FILTER_CGROUP &&
	    bpf_map_update_elem(maps->cgroup, &zero, &opts->cgroup_fd, 0))
		err = -errno;
	return err;
}

int filter_set(const struct source_opts *opts, const struct filter_maps *maps,
	       const struct ids_ns *ns, struct refusal *refusal, struct follow **follow)
{
	int err;

	*follow = NULL;
	if (filter_follows(opts->filter)) {
		err = follow_open(&maps->follow, ns, refusal, follow);
		if (err)
			return err;
	}
	err = fill(opts, maps, ns);
	return err ? refusal_set(refusal, refusal_why(err), err, NULL) : 0;
}
