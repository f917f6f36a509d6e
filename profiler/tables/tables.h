/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tables.h - the unwind tables of files, in the arrays that the BPF program
 * reads: built once for a file, by a thread of their own, shared by all processes
 * that map it, evicted when nobody does and the memory is needed.
 *
 * Whose files take long has them wait, and not those of others: jobs.h.
 *
 * Source:    symbolize/cfi/ehframe.h.
 * Units:     a table's rows speak of vaddr - base.
 * Ownership: tables_close(); a table is used between tables_get() and
 *            tables_put(), and stays for the next user after that.
 * Errors:    0 or a negative errno.  A file without unwind information is no
 *            error: its table has state TABLE_NONE and frame pointers are walked.
 * Threads:   the functions belong to one thread; the building is another's.
 */
#ifndef PROFILER_TABLES_TABLES_H
#define PROFILER_TABLES_TABLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "profiler/interpreters/plugs.h"
#include "profiler/tables/jobs.h"
#include "profiler/tables/row_store.h"

enum table_state {
	TABLE_KNOWN, /* nobody has asked for it to be built */
	TABLE_PENDING,
	TABLE_READY,
	TABLE_NONE,    /* the file has no unwind information that we read; see err */
	TABLE_NO_ROOM, /* over the memory cap */
	TABLE_STATE_CNT,
};

struct table {
	uint32_t key;	  /* what the caller calls the file */
	uint32_t file_id; /* unwind_mapping.file_id */
	uint64_t base;	  /* vaddr of the table's page 0 */
	enum table_state state;
	int err; /* TABLE_NONE: why */
	uint32_t row_cnt, fde_cnt, bad_cnt;
	uint32_t first_page, page_cnt;
	struct unwind_page *pages; /* page_cnt of them, as the program has them */
	struct interpreter_file
		interpreter; /* what the file is, once it was read; tables_interpreter() */
	unsigned int users;
	uint64_t unused_since; /* the number of the last put, to evict the oldest first */
};

struct tables_totals {
	uint64_t tables, rows, bytes;
	uint64_t build_ns; /* CPU time of the building thread */
	uint64_t no_room;  /* over the memory cap; no table is counted twice unless built anew */
	uint64_t unmapped; /* the kernel made no map for their rows: copies are walked by them */
	int map_err;	   /* why */
};

struct effort;
struct ehframe_sink;
struct ehframe_table;
struct tables;

/* Who reads a file, in the building thread: another process. */
struct table_loader {
	/*
	 * As ehframe_load_to(), which does it if this is NULL; -ETIME: it takes too much.
	 * *INTERPRETER, which is all zero, says what interpreter the file is, also after an error.
	 */
	int (*load)(void *ctx, int fd, const struct effort *effort, const struct ehframe_sink *sink,
		    struct ehframe_table **out, struct interpreter_file *interpreter);
	/* Have load() end soon, now and from now on; it is called by another thread. */
	void (*cancel)(void *ctx);
	/* There was nothing to load for a second; may be NULL. */
	void (*idle)(void *ctx);
	void *ctx;
};

/* Rows take MEM_MAX bytes at the most.  LOADER may be NULL. */
int tables_open(const struct kernel_tables *kernel, size_t mem_max,
		const struct table_loader *loader, struct tables **out);
void tables_close(struct tables *tables); /* NULL is fine */

/*
 * The table of FILE, which may have been built, or with BUILD is built from now on.  -ENOSPC: all
 * places for files are taken, and none can be evicted.
 */
int tables_get(struct tables *tables, const struct table_file *file, bool build,
	       struct table **out);
void tables_put(struct tables *tables, struct table *table);

/* The fd is readable if tables were finished since the last tables_finished(), which says so. */
int tables_fd(const struct tables *tables);
bool tables_finished(struct tables *tables);

/* Wait until nothing is pending, TIMEOUT_MS at the most; false: something still is. */
bool tables_wait(struct tables *tables, int timeout_ms);

/* The row for VADDR - base as the BPF program finds it; UNWIND_CFA_NONE: none. */
enum table_state tables_find(struct tables *tables, const struct table *table, uint64_t vaddr,
			     struct unwind_row *out);

/* What interpreter TABLE's file is; its kind is INTERPRETER_NONE also as long as it is pending. */
struct interpreter_file tables_interpreter(struct tables *tables, const struct table *table);

/* How many files were found to be interpreters so far. */
size_t tables_interpreter_cnt(struct tables *tables);

void tables_totals(struct tables *tables, struct tables_totals *out);

#endif /* PROFILER_TABLES_TABLES_H */
