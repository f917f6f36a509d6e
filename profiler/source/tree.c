// SPDX-License-Identifier: BSD-2-Clause
/* tree.c - see tree.h. */
#include "profiler/source/tree.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "profiler/array.h"
#include "profiler/proc_stat.h"

struct family {
	pid_t pid, parent;
	bool wanted;
};

struct families {
	struct family *all;
	size_t cnt, cap;
};

static int add_family(struct families *f, pid_t pid, pid_t parent)
{
	int err = array_reserve(&f->all, sizeof(*f->all), &f->cap, f->cnt + 1);

	if (!err)
		f->all[f->cnt++] = (struct family){ .pid = pid, .parent = parent };
	return err;
}

/* 0: the process is gone. */
static pid_t parent_of(pid_t pid)
{
	char path[64], text[PROC_STAT_SIZE];
	const char *fields;
	int parent = 0;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	fields = proc_stat_read(path, text);
	if (fields && sscanf(fields, " %*c %d", &parent) != 1)
		parent = 0;
	return parent;
}

/* Call VISIT with each number that is an entry of directory PATH. */
static int for_each_id(const char *path, int (*visit)(void *ctx, pid_t id), void *ctx)
{
	DIR *dir = opendir(path);
	const struct dirent *entry;
	int err = 0;

	if (!dir)
		return -errno;
	while (!err && (entry = readdir(dir))) {
		if (isdigit((unsigned char)entry->d_name[0]))
			err = visit(ctx, (pid_t)atoi(entry->d_name));
	}
	closedir(dir);
	return err;
}

static int visit_process(void *ctx, pid_t pid)
{
	return add_family(ctx, pid, parent_of(pid));
}

static int compare_families(const void *pa, const void *pb)
{
	const struct family *a = pa, *b = pb;

	return (a->pid > b->pid) - (a->pid < b->pid);
}

static struct family *find_family(const struct families *f, pid_t pid)
{
	const struct family key = { .pid = pid };

	return f->cnt ? bsearch(&key, f->all, f->cnt, sizeof(*f->all), compare_families) : NULL;
}

/* Mark the roots, and whose parent is marked, until nothing changes. */
static void mark_tree(struct families *f, const struct id_list *roots)
{
	bool changed = true;

	for (size_t i = 0; i < roots->cnt; i++) {
		struct family *root = find_family(f, roots->ids[i]);

		if (root)
			root->wanted = true;
	}
	while (changed) {
		changed = false;
		for (size_t i = 0; i < f->cnt; i++) {
			const struct family *parent = find_family(f, f->all[i].parent);

			if (!f->all[i].wanted && parent && parent->wanted)
				changed = f->all[i].wanted = true;
		}
	}
}

static int add_id(struct id_list *out, pid_t id)
{
	pid_t *bigger = reallocarray(out->ids, out->cnt + 1, sizeof(*bigger));

	if (!bigger)
		return -ENOMEM;
	out->ids = bigger;
	out->ids[out->cnt++] = id;
	return 0;
}

static int visit_thread(void *ctx, pid_t tid)
{
	return add_id(ctx, tid);
}

static int add_threads(pid_t pid, struct id_list *out)
{
	char path[64];
	int err;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	err = for_each_id(path, visit_thread, out);
	return err == -ENOENT || err == -ESRCH ? 0 : err; /* ended meanwhile */
}

static int forget_on_error(struct id_list *ids, int err)
{
	if (err) {
		free(ids->ids);
		*ids = (struct id_list){ 0 };
	}
	return err;
}

int tree_threads_of(const struct id_list *processes, struct id_list *out)
{
	int err = 0;

	*out = (struct id_list){ 0 };
	for (size_t i = 0; i < processes->cnt && !err; i++)
		err = add_threads(processes->ids[i], out);
	return forget_on_error(out, err);
}

int tree_processes(const struct id_list *roots, struct id_list *out)
{
	struct families f = { 0 };
	int err = for_each_id("/proc", visit_process, &f);

	*out = (struct id_list){ 0 };
	if (f.cnt)
		qsort(f.all, f.cnt, sizeof(*f.all), compare_families);
	if (!err)
		mark_tree(&f, roots);
	for (size_t i = 0; i < f.cnt && !err; i++) {
		if (f.all[i].wanted)
			err = add_id(out, f.all[i].pid);
	}
	free(f.all);
	return forget_on_error(out, err);
}

int tree_threads(const struct id_list *roots, struct id_list *out)
{
	struct id_list processes;
	int err = tree_processes(roots, &processes);

	*out = (struct id_list){ 0 };
	if (!err)
		err = tree_threads_of(&processes, out);
	free(processes.ids);
	return err;
}
