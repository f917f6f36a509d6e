/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * process.h - the executable mappings of a process, read once, files held open.
 *
 * Source:    /proc/PID/maps.
 * Units:     as in process/maps.h.
 * Ownership: a process borrows its sources from a name_source_set, and is freed before it;
 *            module names live in the arena.
 * Errors:    as in symbolizer_read_process().
 * Threads:   one process, one thread.
 */
#ifndef SYMBOLIZE_PROCESS_PROCESS_H
#define SYMBOLIZE_PROCESS_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "symbolize/process/name_source.h"
#include "symbolize/process/owner.h"

struct process_mapping {
	uint64_t start, end;	    /* ips, [start, end) */
	uint64_t off;		    /* where in the file `start` is, bytes */
	uint64_t dev, inode;	    /* as read, to see whether it is still the same */
	uint64_t generation;	    /* of the inode; 0: not known */
	struct name_source *source; /* an ELF file or the vDSO; else the process's JIT */
	const char *module;	    /* NULL if it is in no file */
};

struct process {
	pid_t pid;
	uint32_t owner; /* as of owner.h; who forks or maps is not looked at again */
	struct process_mapping *mappings; /* ascending */
	size_t cnt, cap;
	pid_t kin;		       /* see process_set_kin() */
	struct name_source *jit;       /* NULL if it has no executable memory without a file */
	struct process *older, *newer; /* for the list of the owner */
};

/* Read the mappings of PID; PREV and *OUT are as in symbolizer_read_process(). */
int process_read(struct name_source_set *set, struct arena *arena, pid_t pid, struct process *prev,
		 struct process **out);
void process_free(struct process *p);

/* Make a process PID that maps what LIKE does, whose user's it is, or nothing if LIKE is NULL. */
int process_copy(pid_t pid, const struct process *like, struct process **out);

/* Add an executable mapping; what it covers of others is cut off. */
int process_add_mapping(struct process *p, struct name_source_set *set, struct arena *arena,
			const struct mapping *m);

/* Does P have M, of a file, as it is? */
bool process_has_mapping(const struct process *p, const struct mapping *m);

/* The mapping of P that holds IP, or NULL. */
const struct process_mapping *process_find(const struct process *p, uint64_t ip);

/* Is IP in one of the executable mappings as they were read? */
bool process_maps_ip(const struct process *p, uint64_t ip);

/*
 * Let the files of mappings that are added from here on also be opened through the root of
 * process KIN, for when P has ended: its parent as a rule, see mapped.h.  0: there is none.
 */
void process_set_kin(struct process *p, pid_t kin);

#endif /* SYMBOLIZE_PROCESS_PROCESS_H */
