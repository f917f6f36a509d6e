// SPDX-License-Identifier: BSD-2-Clause
/* name_source.c - see name_source.h. */
#include "symbolize/process/name_source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#include "symbolize/process/mapped.h"
#include "symbolize/process/maps_file.h"
#include "symbolize/process/owner.h"
#include "symbolize/process/perf_map.h"
#include "symbolize/word_map.h"

struct name_source_set {
	struct arena *arena;
	struct name_source_access access;
	struct name_source **all; /* by id */
	size_t cnt, cap;
	struct word_map by_inode; /* mapped files; those of one key are linked by `same_key` */
	struct name_source *kernel, *vdso, *nameless;
	uint64_t vdso_size;
};

int name_source_set_new(struct arena *arena, const struct name_source_access *access,
			struct name_source_set **out)
{
	struct name_source_set *set = calloc(1, sizeof(*set));

	*out = NULL;
	if (!set)
		return -ENOMEM;
	set->arena = arena;
	set->access = *access;
	*out = set;
	return 0;
}

void name_source_fini(struct name_source *src)
{
	perf_map_close(src->perf_map);
	elf_image_close(src->debug);
	elf_image_close(src->image);
	if (src->debug_fd >= 0)
		close(src->debug_fd);
	if (src->fd >= 0)
		opener_close(src->access ? src->access->opener : NULL, src->fd);
	elf_headers_fini(&src->headers);
}

static void close_source(struct name_source *src)
{
	name_source_fini(src);
	free(src);
}

void name_source_set_free(struct name_source_set *set)
{
	if (!set)
		return;
	for (size_t i = 0; i < set->cnt; i++)
		close_source(set->all[i]);
	free(set->all);
	word_map_fini(&set->by_inode);
	free(set);
}

static int add_source(struct name_source_set *set, enum name_source_kind kind,
		      struct name_source **out)
{
	struct name_source *src;

	*out = NULL;
	if (set->cnt == set->cap) {
		size_t cap = set->cap ? 2 * set->cap : 64;
		struct name_source **bigger = reallocarray(set->all, cap, sizeof(*bigger));

		if (!bigger)
			return -ENOMEM;
		set->all = bigger;
		set->cap = cap;
	}
	src = calloc(1, sizeof(*src));
	if (!src)
		return -ENOMEM;
	src->kind = kind;
	src->owner = OWNER_NONE;
	src->id = set->cnt;
	src->access = &set->access;
	src->fd = src->debug_fd = -1;
	set->all[set->cnt++] = src;
	*out = src;
	return 0;
}

/* Inode numbers are below 2^40 as a rule, and never 0 here. */
static uint64_t inode_key(const struct mapping *m)
{
	uint64_t key = m->inode ^ m->dev << 40;

	return key ? key : 1;
}

static bool same_file(const struct name_source *src, const struct mapping *m)
{
	return src->inode == m->inode && src->dev == m->dev && strlen(src->module) == m->path_len &&
	       !memcmp(src->module, m->path, m->path_len);
}

/* The file behind M in the list that begins with FIRST, or NULL. */
static const struct name_source *find_file(const struct name_source *first, const struct mapping *m)
{
	while (first && !same_file(first, m))
		first = first->same_key;
	return first;
}

static void open_mapped(struct name_source *src, pid_t pid, pid_t kin, const struct mapping *m)
{
	const struct opener *opener = src->access->opener;

	if (opener && opener->open_mapped)
		src->err = opener->open_mapped(opener->ctx, pid, kin, m, &src->fd);
	else
		src->err = mapped_open(pid, kin, m, &src->fd);
}

int name_source_set_mapped(struct name_source_set *set, pid_t pid, pid_t kin,
			   const struct mapping *m, struct name_source **out)
{
	const struct name_source *known;
	struct word_entry *entry;
	struct name_source *src;
	int err;

	*out = NULL;
	err = word_map_get(&set->by_inode, inode_key(m), &entry);
	if (err)
		return err;
	known = find_file(entry->value, m);
	if (known) {
		src = set->all[known->id];
		/* One process may open what another one could not. */
		if (src->fd < 0 && !src->image)
			open_mapped(src, pid, kin, m);
		*out = src;
		return 0;
	}
	err = add_source(set, NAMED_BY_ELF, &src);
	if (err)
		return err;
	src->module = arena_copy(set->arena, m->path, m->path_len);
	if (!src->module) {
		set->cnt--;
		close_source(src);
		return -ENOMEM;
	}
	src->dev = m->dev;
	src->inode = m->inode;
	src->same_key = entry->value;
	entry->value = src;
	open_mapped(src, pid, kin, m);
	*out = src;
	return 0;
}

int name_source_set_path(struct name_source_set *set, const char *path, struct name_source **out)
{
	struct name_source *src;
	int fd, err;

	*out = NULL;
	for (size_t i = 0; i < set->cnt; i++) {
		src = set->all[i];
		if (src->kind == NAMED_BY_ELF && !src->inode && src->fd >= 0 &&
		    !strcmp(src->module, path)) {
			*out = src;
			return 0;
		}
	}
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0)
		return -errno;
	err = add_source(set, NAMED_BY_ELF, &src);
	if (err) {
		close(fd);
		return err;
	}
	src->fd = fd;
	src->module = arena_copy(set->arena, path, strlen(path));
	if (!src->module) {
		set->cnt--;
		close_source(src);
		return -ENOMEM;
	}
	*out = src;
	return 0;
}

/* The size of our own vDSO mapping; 0 if there is none. */
static uint64_t own_vdso_size(uint64_t start)
{
	struct maps_file f;
	uint64_t size = 0;
	struct mapping m;

	if (maps_file_open(&f, 0))
		return 0;
	while (!size && maps_file_next(&f, &m)) {
		if (m.start == start)
			size = m.end - m.start;
	}
	maps_file_close(&f);
	return size;
}

int name_source_set_vdso(struct name_source_set *set, uint64_t size, struct name_source **out)
{
	uint64_t start = getauxval(AT_SYSINFO_EHDR);
	struct name_source *src;
	int err;

	*out = NULL;
	if (!set->vdso) {
		err = add_source(set, NAMED_BY_ELF, &src);
		if (err)
			return err;
		src->module = "[vdso]";
		set->vdso = src;
		set->vdso_size = start ? own_vdso_size(start) : 0;
		src->err = -ENODATA;
		if (set->vdso_size)
			src->err = elf_image_open_memory((const void *)(uintptr_t)start,
							 set->vdso_size, &src->image);
	}
	if (!set->vdso_size || size != set->vdso_size)
		return -ENODATA;
	*out = set->vdso;
	return 0;
}

int name_source_set_jit(struct name_source_set *set, pid_t pid, struct name_source **out)
{
	int err = add_source(set, NAMED_BY_JIT, out);

	if (err)
		return err;
	err = perf_map_open(pid, set->access.opener, &(*out)->perf_map);
	return err == -ENOMEM ? err : 0;
}

int name_source_set_nameless(struct name_source_set *set, struct name_source **out)
{
	int err = set->nameless ? 0 : add_source(set, NAMED_BY_JIT, &set->nameless);

	*out = set->nameless;
	if (!err)
		set->nameless->err = -ENODATA;
	return err;
}

int name_source_set_kernel(struct name_source_set *set, struct name_source **out)
{
	int err = set->kernel ? 0 : add_source(set, NAMED_BY_KERNEL, &set->kernel);

	*out = set->kernel;
	return err;
}

/* By this process: our own vDSO as well. */
static int read_own_headers(struct name_source *src)
{
	int err = name_source_open_image(src);

	return err ? err : elf_headers_read(src->image, &src->headers);
}

int name_source_read_headers(struct name_source *src)
{
	const struct name_source_access *access = src->access;
	int err;

	if (src->headers_tried)
		return src->headers.segments ? 0 : src->err ? src->err : -ENOEXEC;
	if (src->err)
		return src->err;
	err = access->read_headers && src->fd >= 0
		      ? access->read_headers(access->reader_ctx, src->fd, &src->headers)
		      : read_own_headers(src);
	if (err == -ENOMEM)
		return err;
	if (err == -ETIMEDOUT && access->opener && access->opener->late)
		access->opener->late(access->opener->ctx, src->dev);
	src->headers_tried = true;
	src->err = err;
	return err;
}

int name_source_open_image(struct name_source *src)
{
	int err;

	if (src->image)
		return 0;
	if (src->err)
		return src->err;
	err = elf_image_open(src->fd, &src->image);
	if (err != -ENOMEM)
		src->err = err;
	return err;
}

int name_source_open_debug(struct name_source *src, const struct debuginfo_opts *opts)
{
	int err;

	if (src->debug_tried || !src->image)
		return 0;
	err = debuginfo_open(src->image, src->fd >= 0 ? src->module : NULL, opts, &src->debug_fd,
			     &src->debug);
	if (err == -ENOMEM)
		return err;
	src->debug_tried = true;
	return 0;
}
