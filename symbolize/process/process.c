// SPDX-License-Identifier: BSD-2-Clause
/* process.c - see process.h. */
#include "symbolize/process/process.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "symbolize/process/perf_map.h"

#define FIRST_TEXT (16u << 10) /* bytes; a process with 100 mappings has 8 KiB of maps */

/* Read /proc/PID/maps.  -ESRCH or -ENOENT if the process ended: the file may be empty, too. */
static int read_maps(pid_t pid, char **out, size_t *len)
{
	size_t cap = 0, done = 0;
	char path[32], *text = NULL;
	ssize_t got = 1;
	int fd, err = 0;

	*out = NULL;
	*len = 0;
	snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	do {
		if (cap - done < FIRST_TEXT / 2) {
			char *bigger = realloc(text, cap ? 2 * cap : FIRST_TEXT);

			if (!bigger) {
				err = -ENOMEM;
				break;
			}
			text = bigger;
			cap = cap ? 2 * cap : FIRST_TEXT;
		}
		got = read(fd, text + done, cap - done);
		if (got < 0 && errno != EINTR)
			err = -errno;
		else if (got > 0)
			done += got;
	} while (got && !err);
	close(fd);
	if (!err && !done)
		err = -ESRCH;
	if (err) {
		free(text);
		return err;
	}
	*out = text;
	*len = done;
	return 0;
}

static bool is_same(const struct process_mapping *old, const struct mapping *m)
{
	return old->start == m->start && old->end == m->end && old->off == m->off &&
	       old->dev == m->dev && old->inode == m->inode;
}

/* Are the executable mappings of TEXT still those of PREV? */
static bool is_unchanged(const struct process *prev, const char *text, size_t len)
{
	struct mapping m;
	size_t i = 0;

	while (maps_next(&text, &len, &m)) {
		if (!m.exec)
			continue;
		if (i == prev->cnt || !is_same(&prev->mappings[i], &m))
			return false;
		i++;
	}
	return i == prev->cnt;
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
 * Does SRC begin like ELF?  A runtime that maps its code twice does it by a memfd, and so
 * does one that runs a program from memory.
 */
static bool holds_elf(const struct name_source *src)
{
	char magic[SELFMAG];

	return src->fd >= 0 && pread(src->fd, magic, SELFMAG, 0) == SELFMAG &&
	       !memcmp(magic, ELFMAG, SELFMAG);
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

int process_read(struct name_source_set *set, struct arena *arena, pid_t pid, struct process *prev,
		 struct process **out)
{
	struct process *p = NULL;
	const char *rest;
	char *text = NULL;
	struct mapping m;
	size_t len;
	int err;

	*out = NULL;
	err = read_maps(pid, &text, &len);
	if (err) {
		err = err == -ESRCH ? -ENOENT : err;
		goto out;
	}
	if (prev && is_unchanged(prev, text, len)) {
		*out = prev;
		goto out;
	}
	p = calloc(1, sizeof(*p));
	if (!p) {
		err = -ENOMEM;
		goto out;
	}
	p->pid = pid;
	/* The perf map stays after an exec(): its name is made of the pid alone. */
	p->jit = prev ? prev->jit : NULL;
	for (rest = text; !err && maps_next(&rest, &len, &m);) {
		if (m.exec)
			err = append_mapping(p, set, arena, &m);
	}
	if (err)
		goto out;
	*out = p;
	p = NULL;
out:
	process_free(p);
	free(text);
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
	if (like) {
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
