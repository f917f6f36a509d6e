// SPDX-License-Identifier: BSD-2-Clause
/*
 * Whom the sampling program is told to sample.  bpf_map_update_elem() and follow_open() are
 * this program's own: the maps are lists.
 */
#include "profiler/source/filter.h"
#include "tests/unit/row.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/types.h>
#include "bpf/ids.h"
#include "bpf/sample.h"

enum { TARGETS = 100, SEEDS, CGROUP }; /* fds of the maps */

static struct {
	struct {
		int fd;
		uint32_t key, value;
	} entries[4096];
	size_t cnt;
	int err; /* of an update */
	int follow_err;
	bool follows;
} maps;

int bpf_map_update_elem(int fd, const void *key, const void *value, __u64 flags)
{
	uint32_t id = *(const uint32_t *)key;

	if (maps.err) {
		errno = maps.err;
		return -maps.err;
	}
	for (size_t i = 0; i < maps.cnt && flags == BPF_NOEXIST; i++) {
		if (maps.entries[i].fd == fd && maps.entries[i].key == id) {
			errno = EEXIST;
			return -EEXIST;
		}
	}
	assert_true(maps.cnt < ARRAY_SIZE(maps.entries));
	maps.entries[maps.cnt].fd = fd;
	maps.entries[maps.cnt].key = id;
	maps.entries[maps.cnt++].value =
		fd == CGROUP ? *(const uint32_t *)value : *(const uint8_t *)value;
	return 0;
}

int follow_open(const struct follow_maps *follow_maps, const struct ids_ns *ns,
		struct refusal *refusal, struct follow **out)
{
	maps.follows = true;
	*out = NULL;
	return maps.follow_err ? refusal_set(refusal, refusal_why(maps.follow_err), maps.follow_err,
					     "follow")
			       : 0;
}

static const struct filter_maps filter_maps = { .follow = { TARGETS, SEEDS }, .cgroup = CGROUP };

static void the_maps_say_who_is_wanted(void **state)
{
	static const struct ids_ns initial, below = { .dev = 1, .ino = 2 };
	static const struct {
		const char *name;
		enum source_filter filter;
		const struct ids_ns *ns;
		size_t cnt;
		int fd;
		uint32_t key, value;
		bool follows;
	} rows[] = {
		{ "everybody", FILTER_NONE, &initial, 0, 0, 0, 0, false },
		{ "processes", FILTER_PROCESSES, &initial, 1, TARGETS, 41, TARGET_WANTED, false },
		{ "threads", FILTER_THREADS, &below, 1, TARGETS, 41, TARGET_WANTED, false },
		{ "a command", FILTER_TREE, &initial, 1, TARGETS, 41, TARGET_AFTER_EXEC, true },
		{ "a command, in a namespace", FILTER_TREE, &below, 1, SEEDS, 41, TARGET_AFTER_EXEC,
		  true },
		{ "a cgroup", FILTER_CGROUP, &initial, 1, CGROUP, 0, 77, false },
	};
	pid_t ids[] = { 41 };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		bool has_ids = rows[i].filter != FILTER_NONE && rows[i].filter != FILTER_CGROUP;
		const struct source_opts opts = { .filter = rows[i].filter,
						  .targets = { ids, has_ids },
						  .cgroup_fd = 77 };
		struct refusal refusal = { 0 };
		struct follow *follow;

		memset(&maps, 0, sizeof(maps));
		ROW_EQUAL(rows[i].name,
			  filter_set(&opts, &filter_maps, rows[i].ns, &refusal, &follow), 0);
		ROW_EQUAL(rows[i].name, maps.cnt, rows[i].cnt);
		ROW_EQUAL(rows[i].name, maps.entries[0].fd, rows[i].fd);
		ROW_EQUAL(rows[i].name, maps.entries[0].key, rows[i].key);
		ROW_EQUAL(rows[i].name, maps.entries[0].value, rows[i].value);
		ROW_EQUAL(rows[i].name, maps.follows, rows[i].follows);
		ROW_EQUAL(rows[i].name, filter_follows(rows[i].filter), rows[i].follows);
	}
}

/* Each thread once, though the tree is looked at until nothing new is found. */
static void a_family_is_all_of_its_threads(void **state)
{
	pid_t ids[] = { getpid() };
	const struct source_opts opts = { .filter = FILTER_FAMILIES, .targets = { ids, 1 } };
	static const struct ids_ns initial;
	struct refusal refusal = { 0 };
	struct follow *follow;
	pid_t child = fork();

	if (!child) {
		pause();
		_exit(0);
	}
	memset(&maps, 0, sizeof(maps));
	assert_int_equal(filter_set(&opts, &filter_maps, &initial, &refusal, &follow), 0);
	assert_int_equal(maps.cnt, 2);
	for (size_t i = 0; i < 2; i++)
		assert_true(maps.entries[i].key == (uint32_t)getpid() ||
			    maps.entries[i].key == (uint32_t)child);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
}

static void what_fails_says_whether_another_source_may_do(void **state)
{
	static const struct ids_ns initial;
	static const struct {
		const char *name;
		enum source_filter filter;
		int err, follow_err, want;
		enum source_why why;
	} rows[] = {
		{ "a full map", FILTER_PROCESSES, E2BIG, 0, -E2BIG, SOURCE_BEST },
		{ "a map that is not permitted", FILTER_CGROUP, EPERM, 0, -EPERM,
		  SOURCE_NO_PRIVILEGE },
		{ "no tracepoints", FILTER_TREE, 0, -EACCES, -EACCES, SOURCE_NO_PRIVILEGE },
		{ "a broken tracepoint", FILTER_FAMILIES, 0, -ENOTSUP, -ENOTSUP, SOURCE_BEST },
	};
	pid_t ids[] = { 41 };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct source_opts opts = { .filter = rows[i].filter, .targets = { ids, 1 } };
		struct refusal refusal = { 0 };
		struct follow *follow;

		memset(&maps, 0, sizeof(maps));
		maps.err = rows[i].err;
		maps.follow_err = rows[i].follow_err;
		ROW_EQUAL(rows[i].name,
			  filter_set(&opts, &filter_maps, &initial, &refusal, &follow),
			  rows[i].want);
		ROW_EQUAL(rows[i].name, refusal.why, rows[i].why);
		refusal_fini(&refusal);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_maps_say_who_is_wanted),
		cmocka_unit_test(a_family_is_all_of_its_threads),
		cmocka_unit_test(what_fails_says_whether_another_source_may_do),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
