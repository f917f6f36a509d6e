/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * kernel_view.h - what the BPF program is told of the mappings of tracked processes.
 *
 * A process whose mappings change is marked, and all that are marked are told of at once: an
 * exec is a dozen mappings.
 *
 * Ownership: kernel_view_close().  NULL is a view too: no program walks stacks by tables, and
 *            there is nobody to tell.
 * Errors:    0 or a negative errno.  A process for which the program's arrays have no room is
 *            no error: it is counted.
 * Threads:   one.
 */
#ifndef PROFILER_RECORDING_KERNEL_VIEW_H
#define PROFILER_RECORDING_KERNEL_VIEW_H

#include "profiler/recording/tracked.h"
#include "profiler/tables/kernel_tables.h"
#include "profiler/tables/tables.h"

struct interpreters;
struct kernel_view;

/* TABLES and INTERPRETERS, which may be NULL, are borrowed until kernel_view_close(). */
int kernel_view_open(struct tables *tables, const struct kernel_tables *kernel,
		     struct interpreters *interpreters, struct kernel_view **out);
void kernel_view_close(struct kernel_view *view);

/* PROC's mappings have changed. */
int kernel_view_mark(struct kernel_view *view, struct tracked_process *proc);

/* The same if the program knows nothing of PROC. */
int kernel_view_mark_unknown(struct kernel_view *view, struct tracked_process *proc);

/* Tell the program of all that are marked. */
int kernel_view_update(struct kernel_view *view);

/* Has it been told of all that are marked?  Who costs too much has to wait. */
bool kernel_view_is_current(const struct kernel_view *view);

/* CHILD has what PARENT has, which are both as they were at the fork. */
int kernel_view_fork(struct kernel_view *view, struct tracked_process *child,
		     const struct tracked_process *parent);

/* PROC has ended, or nothing that the program knows of it is true any more. */
void kernel_view_drop(struct kernel_view *view, const struct tracked_process *proc);

/* No further copies of PROC's stacks are wanted, until its mappings change. */
void kernel_view_settle(struct kernel_view *view, const struct tracked_process *proc);

/* How many times there was no room for a process. */
uint64_t kernel_view_no_room(const struct kernel_view *view);

#endif /* PROFILER_RECORDING_KERNEL_VIEW_H */
