/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * kernel_tables.h - where the unwind tables are for the BPF program to read: the fds of its
 * BPF maps, see bpf/unwind.bpf.h.
 *
 * Ownership: the fds are those of the program's owner.
 */
#ifndef PROFILER_TABLES_KERNEL_TABLES_H
#define PROFILER_TABLES_KERNEL_TABLES_H

#include <stdint.h>

/* Each is -1 if no program walks stacks: the tables are then our memory alone. */
struct kernel_tables {
	int files;     /* mmapable array of struct unwind_file */
	int pages;     /* mmapable array of struct unwind_page */
	int shards;    /* array of mmapable arrays of struct unwind_row */
	int mappings;  /* mmapable array of struct unwind_mapping */
	int processes; /* process id -> struct unwind_process */
	int interpreters; /* array of struct interpreter; -1 also if the program takes no frames of theirs */
	int interpreter_guesses; /* user id -> struct interpreter_guesses; if there are interpreters */
	volatile uint32_t
		*interpreter_cnt; /* how many of these there are; the program's own memory */
};

#endif /* PROFILER_TABLES_KERNEL_TABLES_H */
