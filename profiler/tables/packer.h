/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * packer.h - turns a file's rows, as they come, into the pages of bpf/unwind.h, of 64 KiB of text.
 *
 * Source:    symbolize/cfi/ehframe.h.
 * Units:     vaddrs, from BASE on.
 * Ownership: packer_fini(); the pages are the caller's from packer_finish() on.
 * Errors:    0 or a negative errno; -ENOSPC: more text than the program has pages for.
 * Threads:   no shared state.
 */
#ifndef PROFILER_TABLES_PACKER_H
#define PROFILER_TABLES_PACKER_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bpf/unwind.h"
#include "symbolize/cfi/ehframe.h"

/* Puts the rows of one page where they stay, and says where that is. */
typedef int (*packer_store)(void *ctx, const struct unwind_row *rows, uint32_t cnt,
			    struct unwind_page *page);

struct packer {
	uint64_t base;
	packer_store store;
	void *ctx;
	struct unwind_page *pages; /* all but the last one are stored */
	size_t page_cnt, page_cap;
	struct unwind_row *rows; /* of the last page */
	size_t row_cnt, row_cap;
	struct ehframe_row last; /* the row before the next one: holds until that begins */
	bool has_last;
};

void packer_init(struct packer *packer, uint64_t base, packer_store store, void *ctx);
void packer_fini(struct packer *packer);

/* Add rows, which follow those of the last call; it is an ehframe_sink's function. */
int packer_add(void *packer, const struct ehframe_row *rows, size_t cnt);

/* Store the last page too.  After an error here or above all pages but the last are stored. */
int packer_finish(struct packer *packer);

#endif /* PROFILER_TABLES_PACKER_H */
