// SPDX-License-Identifier: BSD-2-Clause
/* process.c - see process.h. */
#include "symbolize/process/process.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "symbolize/process/maps_file.h"
#include "symbolize/process/perf_map.h"

static bool is_same(const struct process_mapping *old, const struct mapping *m)
{
	return old->start == m->start && old->end == m->end && old->off == m->off &&
	       old->dev == m->dev && old->inode == m->inode;
}

/* Are the executable mappings of F still those of PREV? */
static bool is_unchanged(const struct process *prev, struct maps_file *f)
{
	struct mapping m;
	size_t i = 0;

	while (maps_file_next(f, &m)) {
		if (!m.exec)
			continue;
		if (i == prev->cnt || !is_same(&prev->mappings[i], &m))
			return false;
		i++;
	}
	return i == prev->cnt && !f->err;
}

static bool path_starts(const struct mapping *m, const char *prefix)
{
	size_t len = strlen(prefix);

	return m->path_len >= len && !memcmp(m->path, prefix, len);
}

static bool path_is(const struct mapping *m, const char *path)
{
	return m->path_len == strlen(path) && path_starts(m, path);
}

/* Is M of a file?  Shared anonymous memory and SysV's are of files of the kernel's own. */
static bool is_file(const struct mapping *m)
{
	return m->inode && m->path_len && m->path[0] == '/' && !path_starts(m, "//anon") &&
	       !(m->deleted && (path_is(m, "/dev/zero") || path_starts(m, "/SYSV")));
}

/*
 * Is SRC an ELF file?  A runtime that maps its code twice does it by a memfd, and so does one that
 * runs a program from memory.
 */
static bool holds_elf(struct name_source *src)
{
	return src->fd >= 0 && !name_source_read_headers(src);
}

static int set_source(struct process *p, struct name_source_set *set, struct arena *arena,
		      const struct mapping *m, struct process_mapping *mapping)
{
	int err = 0;

	if (is_file(m)) {
		err = name_source_set_mapped(set, p->pid, p->kin, m, &mapping->source);
		if (err)
			return err;
		mapping->module = mapping->source->module;
		if (!path_starts(m, "/memfd:") || holds_elf(mapping->source))
			return 0;
	} else if (path_is(m, "[vdso]")) {
		mapping->module = "[vdso]";
		err = name_source_set_vdso(set, m->end - m->start, &mapping->source);
		if (err != -ENODATA)
			return err;
	} else if (path_is(m, "[vsyscall]") || path_is(m, "[uprobes]")) {
		mapping->module = arena_copy(arena, m->path, m->path_len);
		return mapping->module ? name_source_set_nameless(set, &mapping->source) : -ENOMEM;
	}
	if (!p->jit)
		err = name_source_set_jit(set, p->pid, &p->jit);
	else if (p->jit->perf_map) /* new code has new names, perhaps in a new file */
		perf_map_refresh(p->jit->perf_map);
	mapping->source = p->jit;
	return err;
}

static int reserve(struct process *p, size_t cap)
{
	struct process_mapping *bigger;

	if (cap <= p->cap)
		return 0;
	cap = cap < 2 * p->cap ? 2 * p->cap : cap;
	bigger = reallocarray(p->mappings, cap, sizeof(*bigger));
	if (!bigger)
		return -ENOMEM;
	p->mappings = bigger;
	p->cap = cap;
	return 0;
}

static int append_mapping(struct process *p, struct name_source_set *set, struct arena *arena,
			  const struct mapping *m)
{
	if (reserve(p, p->cnt + 1))
		return -ENOMEM;
	p->mappings[p->cnt] = (struct process_mapping){
		.start = m->start,
		.end = m->end,
		.off = m->off,
		.dev = m->dev,
		.inode = m->inode,
		.generation = m->generation,
	};
	return set_source(p, set, arena, m, &p->mappings[p->cnt++]);
}

/* Make the process PID of F, of which PREV was read before. */
static int read_mappings(struct name_source_set *set, struct arena *arena, pid_t pid,
			 const struct process *prev, struct maps_file *f, struct process **out)
{
	struct process *p = calloc(1, sizeof(*p));
	struct mapping m;
	int err = 0;

	if (!p)
		return -ENOMEM;
	p->pid = pid;
	p->owner = owner_of(pid);
	/* The perf map stays after an exec(): its name is made of the pid alone. */
	p->jit = prev ? prev->jit : NULL;
	while (!err && maps_file_next(f, &m)) {
		if (m.exec)
			err = append_mapping(p, set, arena, &m);
	}
	if (!err)
		err = f->err;
	if (!err && f->is_empty) /* it ended meanwhile */
		err = -ENOENT;
	if (err) {
		process_free(p);
		return err == -ESRCH ? -ENOENT : err;
	}
	*out = p;
	return 0;
}

int process_read(struct name_source_set *set, struct arena *arena, pid_t pid, struct process *prev,
		 struct process **out)
{
	struct maps_file f;
	int err = maps_file_open(&f, pid);

	*out = NULL;
	if (err)
		return err == -ESRCH ? -ENOENT : err;
	if (prev && is_unchanged(prev, &f) && !f.is_empty) {
		*out = prev;
	} else {
		if (prev)
			maps_file_rewind(&f);
		err = read_mappings(set, arena, pid, prev, &f, out);
	}
	maps_file_close(&f);
	return err;
}

int process_copy(pid_t pid, const struct process *like, struct process **out)
{
	struct process *p = calloc(1, sizeof(*p));

	*out = NULL;
	if (!p || (like && reserve(p, like->cnt))) {
		process_free(p);
		return -ENOMEM;
	}
	p->pid = pid;
	p->owner = OWNER_NONE;
	if (like) {
		p->owner = like->owner;
		if (like->cnt)
			memcpy(p->mappings, like->mappings, like->cnt * sizeof(*p->mappings));
		p->cnt = like->cnt;
		p->jit = like->jit;
	}
	*out = p;
	return 0;
}

/* The first mapping that ends behind IP. */
static size_t first_behind(const struct process *p, uint64_t ip)
{
	size_t lo = 0, hi = p->cnt;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (p->mappings[mid].end <= ip)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* Take [START, END) out of P, which has memory for one more, and return where it was. */
static size_t cut_out(struct process *p, uint64_t start, uint64_t end)
{
	size_t first = first_behind(p, start), last;

	if (first < p->cnt && p->mappings[first].start < start) {
		if (p->mappings[first].end > end) { /* a hole in the middle: two remain */
			memmove(&p->mappings[first + 1], &p->mappings[first],
				(p->cnt - first) * sizeof(*p->mappings));
			p->cnt++;
		}
		p->mappings[first++].end = start;
	}
	for (last = first; last < p->cnt && p->mappings[last].end <= end; last++)
		;
	if (last < p->cnt && p->mappings[last].start < end) {
		p->mappings[last].off += end - p->mappings[last].start;
		p->mappings[last].start = end;
	}
	memmove(&p->mappings[first], &p->mappings[last], (p->cnt - last) * sizeof(*p->mappings));
	p->cnt -= last - first;
	return first;
}

bool process_has_mapping(const struct process *p, const struct mapping *m)
{
	const struct process_mapping *has = process_find(p, m->start);

	return has && m->inode && is_same(has, m) && has->generation == m->generation;
}

int process_add_mapping(struct process *p, struct name_source_set *set, struct arena *arena,
			const struct mapping *m)
{
	struct process_mapping mapping;
	size_t at;
	int err;

	if (reserve(p, p->cnt + 2))
		return -ENOMEM;
	err = append_mapping(p, set, arena, m); /* at the end, and from there to its place */
	if (err)
		return err;
	mapping = p->mappings[--p->cnt];
	at = first_behind(p, mapping.start);
	if (at < p->cnt && p->mappings[at].start == mapping.start &&
	    p->mappings[at].end == mapping.end) { /* the others stay where they are */
		p->mappings[at] = mapping;
		return 0;
	}
	at = cut_out(p, mapping.start, mapping.end);
	memmove(&p->mappings[at + 1], &p->mappings[at], (p->cnt - at) * sizeof(*p->mappings));
	p->mappings[at] = mapping;
	p->cnt++;
	return 0;
}

void process_free(struct process *p)
{
	if (!p)
		return;
	free(p->mappings);
	free(p);
}

const struct process_mapping *process_find(const struct process *p, uint64_t ip)
{
	size_t at = first_behind(p, ip);

	return at < p->cnt && p->mappings[at].start <= ip ? &p->mappings[at] : NULL;
}

bool process_maps_ip(const struct process *p, uint64_t ip)
{
	return process_find(p, ip);
}

void process_set_kin(struct process *p, pid_t kin)
{
	p->kin = kin;
}
