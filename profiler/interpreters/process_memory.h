/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * process_memory.h - the memory of a process, read with a bound on how much and how often.
 *
 * Source:    an open /proc/PID/mem, or in tests whatever the reader reads.
 * Ownership: the caller's.
 * Errors:    0 or a negative errno: -EIO: it is not there; -EFBIG: the bound is used up.
 * Threads:   no shared state.
 */
#ifndef PROFILER_INTERPRETERS_PROCESS_MEMORY_H
#define PROFILER_INTERPRETERS_PROCESS_MEMORY_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct process_memory {
	/* Read all of it, or return an error. */
	int (*read)(void *ctx, uint64_t address, void *to, size_t size);
	void *ctx;
	uint64_t bytes_left, reads_left;
};

/* Open /proc/PID/mem: a file, or a negative errno. */
int process_memory_open(pid_t pid);

/* FD is an open /proc/PID/mem, which stays the caller's. */
struct process_memory process_memory_of(int fd);

int process_memory_read(struct process_memory *memory, uint64_t address, void *to, size_t size);

/* The 8 bytes at ADDRESS as a number. */
int process_memory_word(struct process_memory *memory, uint64_t address, uint64_t *out);

#endif /* PROFILER_INTERPRETERS_PROCESS_MEMORY_H */
