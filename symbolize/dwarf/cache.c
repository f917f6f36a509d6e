// SPDX-License-Identifier: BSD-2-Clause
/* cache.c - see dwarf/cache.h. */
#include "symbolize/dwarf/cache.h"

#include <errno.h>
#include <stdlib.h>

#include "symbolize/dwarf/alt.h"
#include "symbolize/dwarf/package.h"

struct dwarf_held {
	struct dwarf_held *older;
	const struct name_source *src;
	struct dwarf *dw;
};

void dwarf_cache_init(struct dwarf_cache *cache, size_t mem)
{
	*cache = (struct dwarf_cache){ 0 };
	atomic_init(&cache->budget.left, mem < INT64_MAX ? (int64_t)mem : INT64_MAX);
}

void dwarf_cache_begin_work(struct dwarf_cache *cache, const struct dwarf *dw)
{
	const struct dwarf *const files[] = { dw, dw->alt.dw, dw->package.dw };

	dwarf_budget_begin(&cache->budget);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		if (files[i])
			dwarf_budget_grant(&cache->budget, dwarf_file_walked_size(files[i]));
	}
}

void dwarf_cache_drop(struct dwarf_cache *cache)
{
	while (cache->held) {
		struct dwarf_held *held = cache->held;

		cache->held = held->older;
		dwarf_file_close(held->dw);
		free(held);
	}
}

void dwarf_cache_fini(struct dwarf_cache *cache)
{
	dwarf_cache_drop(cache);
}

int dwarf_cache_find_image(struct name_source *src, const struct debuginfo_opts *opts,
			   const struct elf_image **out, int *fd)
{
	int err;

	*out = src->image;
	*fd = src->fd;
	if (elf_image_find_section(src->image, ".debug_info", SHT_NULL) || src->fd < 0)
		return 0;
	err = name_source_open_debug(src, opts);
	*out = src->debug;
	*fd = src->debug_fd;
	return err;
}

static int open_held(struct dwarf_cache *cache, struct name_source *src,
		     const struct elf_image *img, int fd, const struct debuginfo_opts *opts)
{
	struct dwarf_held *held = calloc(1, sizeof(*held));
	int err;

	if (!held)
		return -ENOMEM;
	err = dwarf_file_open(img, &cache->budget, &held->dw);
	if (!err) {
		held->dw->opener = opts->opener;
		err = dwarf_alt_open(held->dw, fd, opts->root, &cache->budget);
	}
	if (!err)
		err = dwarf_package_open(held->dw, fd, src->module, &cache->budget);
	if (err) {
		dwarf_file_close(held->dw);
		free(held);
		return err;
	}
	held->src = src;
	held->older = cache->held;
	cache->held = held;
	return 0;
}

int dwarf_cache_open(struct dwarf_cache *cache, struct name_source *src,
		     const struct debuginfo_opts *opts, struct dwarf **out)
{
	const struct elf_image *img;
	int fd, err;

	*out = NULL;
	for (const struct dwarf_held *held = cache->held; held; held = held->older) {
		if (held->src == src) {
			*out = held->dw;
			return 0;
		}
	}
	err = dwarf_cache_find_image(src, opts, &img, &fd);
	if (err || !img)
		return err ? err : -ENODATA;
	err = open_held(cache, src, img, fd, opts);
	if (err == -ENOSPC && cache->held) {
		dwarf_cache_drop(cache);
		err = open_held(cache, src, img, fd, opts);
	}
	if (!err)
		*out = cache->held->dw;
	return err;
}
