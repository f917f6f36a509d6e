// SPDX-License-Identifier: BSD-2-Clause
/* row_store.c - see row_store.h. */
#include "profiler/tables/row_store.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "profiler/window.h"

int row_store_take_file(struct row_store *s, uint32_t *file_id)
{
	return pool_take(&s->file_pool, 1, file_id);
}

void row_store_give_file(struct row_store *s, uint32_t file_id)
{
	pool_give(&s->file_pool, file_id, 1);
}

void row_store_set_file(struct row_store *s, uint32_t file_id, uint32_t first_page,
			uint32_t page_cnt)
{
	struct unwind_file file = { first_page, page_cnt };
	uint64_t word;

	/* One aligned store, after all it leads to: readers see the old file or the new one. */
	memcpy(&word, &file, sizeof(word));
	__atomic_store_n((uint64_t *)&s->files[file_id], word, __ATOMIC_RELEASE);
}

int row_store_keep(struct row_store *s, const struct unwind_row *rows, uint32_t cnt,
		   struct unwind_page *page)
{
	struct unwind_row *to;
	uint32_t first;
	int err = shards_take(s->shards, cnt, &first);

	if (err)
		return err;
	to = shards_rows(s->shards, first, cnt);
	if (!to) {
		shards_give(s->shards, first, cnt);
		return -ENOMEM;
	}
	memcpy(to, rows, cnt * sizeof(*to));
	*page = (struct unwind_page){ first, cnt };
	return 0;
}

void row_store_drop(struct row_store *s, const struct unwind_page *pages, uint32_t cnt)
{
	for (uint32_t i = 0; i < cnt; i++)
		if (pages[i].cnt)
			shards_give(s->shards, pages[i].first, pages[i].cnt);
}

static int write_pages(struct row_store *s, const struct unwind_page *pages, uint32_t cnt,
		       uint32_t first_page)
{
	size_t off = first_page * sizeof(*pages), size = cnt * sizeof(*pages);
	struct window window;
	int err;

	if (s->kernel.pages < 0)
		return 0;
	err = window_open(&window, s->kernel.pages, PROT_READ | PROT_WRITE, off, size);
	if (err)
		return err;
	memcpy(window_at(&window, off, size), pages, size);
	window_close(&window);
	return 0;
}

int row_store_publish(struct row_store *s, const struct unwind_page *pages, uint32_t cnt,
		      uint32_t *first_page)
{
	int err = pool_take(&s->page_pool, cnt, first_page);

	if (err)
		return err;
	err = write_pages(s, pages, cnt, *first_page);
	if (err)
		row_store_withdraw(s, *first_page, cnt);
	return err;
}

void row_store_withdraw(struct row_store *s, uint32_t first_page, uint32_t cnt)
{
	pool_give(&s->page_pool, first_page, cnt);
}

struct unwind_row row_store_find(struct row_store *s, const struct unwind_page *page,
				 uint16_t pc_lo)
{
	uint32_t lo = 0, hi = page->cnt;
	const struct unwind_row *rows = hi ? shards_rows(s->shards, page->first, hi) : NULL;

	if (!rows)
		return (struct unwind_row){ .kind = UNWIND_CFA_NONE };
	while (hi - lo > 1) {
		uint32_t mid = lo + (hi - lo) / 2;

		if (rows[mid].pc_lo <= pc_lo)
			lo = mid;
		else
			hi = mid;
	}
	return rows[lo];
}

bool row_store_mapped(const struct row_store *s, const struct unwind_page *pages, uint32_t cnt,
		      int *err)
{
	*err = shards_map_err(s->shards);
	for (uint32_t i = 0; *err && i < cnt; i++) {
		if (pages[i].cnt && !shards_mapped(s->shards, pages[i].first))
			return false;
	}
	return true;
}

size_t row_store_bytes(const struct row_store *s)
{
	return shards_bytes(s->shards);
}

int row_store_open(struct row_store *s, const struct kernel_tables *kernel, size_t mem_max)
{
	int flags = kernel->files < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED, err;
	void *files;

	*s = (struct row_store){ .kernel = *kernel };
	pool_init(&s->page_pool, 0);
	pool_init(&s->file_pool, 0);
	err = shards_open(kernel->shards, mem_max, &s->shards);
	if (err)
		return err;
	files = mmap(NULL, UNWIND_FILES * sizeof(*s->files), PROT_READ | PROT_WRITE, flags,
		     kernel->files, 0);
	if (files == MAP_FAILED)
		return -errno;
	s->files = files;
	err = pool_give(&s->page_pool, 0, UNWIND_PAGES);
	return err ? err
		   : pool_give(&s->file_pool, 1, UNWIND_FILES - 1); /* file 0 is UNWIND_FILE_NONE */
}

void row_store_close(struct row_store *s)
{
	shards_close(s->shards);
	if (s->files)
		munmap(s->files, UNWIND_FILES * sizeof(*s->files));
	pool_fini(&s->page_pool);
	pool_fini(&s->file_pool);
	*s = (struct row_store){ 0 };
}
