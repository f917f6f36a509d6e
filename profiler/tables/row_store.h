/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * row_store.h - files, pages and rows of unwind tables in the arrays where the BPF program
 * reads them: a file leads to its pages, a page to its rows.
 *
 * Units:     a row's pc_lo counts from its page's start.
 * Ownership: row_store_close(); the maps are the caller's.
 * Errors:    0 or a negative errno; -ENOSPC: over the memory cap, or no file or page is left.
 * Threads:   the caller locks; the program reads at any time.
 */
#ifndef PROFILER_TABLES_ROW_STORE_H
#define PROFILER_TABLES_ROW_STORE_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bpf/unwind.h"
#include "profiler/tables/kernel_tables.h"
#include "profiler/tables/pool.h"
#include "profiler/tables/shards.h"

struct row_store {
	struct kernel_tables kernel;
	struct unwind_file *files; /* the mmapped BPF array */
	struct shards *shards;
	struct pool page_pool, file_pool;
};

/* Rows take MEM_MAX bytes at the most.  STORE is to be closed also after an error. */
int row_store_open(struct row_store *store, const struct kernel_tables *kernel, size_t mem_max);
void row_store_close(struct row_store *store); /* one that is all zero is fine */

int row_store_take_file(struct row_store *store, uint32_t *file_id);
void row_store_give_file(struct row_store *store, uint32_t file_id);

/* From now on FILE_ID leads to PAGE_CNT pages; 0: none; or it is UNWIND_FILE_PENDING. */
void row_store_set_file(struct row_store *store, uint32_t file_id, uint32_t first_page,
			uint32_t page_cnt);

/* Keep the rows of a page until row_store_drop(); *PAGE says where they are. */
int row_store_keep(struct row_store *store, const struct unwind_row *rows, uint32_t cnt,
		   struct unwind_page *page);
void row_store_drop(struct row_store *store, const struct unwind_page *pages, uint32_t cnt);

/* Put PAGES where a file can lead to, and take them away when none does any more. */
int row_store_publish(struct row_store *store, const struct unwind_page *pages, uint32_t cnt,
		      uint32_t *first_page);
void row_store_withdraw(struct row_store *store, uint32_t first_page, uint32_t cnt);

/* The last row of PAGE that begins at PC_LO or before; UNWIND_CFA_NONE: there is none. */
struct unwind_row row_store_find(struct row_store *store, const struct unwind_page *page,
				 uint16_t pc_lo);

/* Can the program read all rows of PAGES?  If not, *ERR is why the kernel took no more. */
bool row_store_mapped(const struct row_store *store, const struct unwind_page *pages, uint32_t cnt,
		      int *err);

size_t row_store_bytes(const struct row_store *store);

#endif /* PROFILER_TABLES_ROW_STORE_H */
