/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sideband.h - what processes do to their address spaces, as it happens: the
 * kernel's MMAP2, COMM, FORK and EXIT records.
 *
 * Source:    a PERF_COUNT_SW_DUMMY event per CPU (and thread, see perf_rings.h);
 *            CLOCK_MONOTONIC times.
 * Units:     addresses are ips; ids are those of our own pid namespace, and what has none there
 *            has 0 or -1.
 * Ownership: sideband_close(); an event lives during the call that hands it over.
 * Errors:    0 or a negative errno; the caller logs why.
 * Threads:   one.
 */
#ifndef PROFILER_RECORDING_SIDEBAND_H
#define PROFILER_RECORDING_SIDEBAND_H

#include <stdbool.h>
#include <stdint.h>

#include "profiler/cpus.h"
#include "profiler/source/perf_rings.h"

struct sideband;

enum sideband_type {
	SIDEBAND_MMAP, /* executable memory was mapped */
	SIDEBAND_EXEC, /* the process became another program: all mappings are gone */
	SIDEBAND_FORK, /* a process (not a thread) was made, with its parent's mappings */
	SIDEBAND_EXIT, /* the last word of a process */
};

struct sideband_event {
	enum sideband_type type;
	uint64_t time_ns;
	uint32_t tgid;
	uint32_t parent; /* SIDEBAND_FORK: the process that forked */
	/* The rest is of SIDEBAND_MMAP. */
	uint64_t start, end, off;
	uint64_t dev, inode; /* 0: no file */
	uint64_t generation; /* of the inode */
	const char *path;    /* "//anon", "[vdso]", or as /proc/PID/maps has it */
};

struct sideband_sink {
	void *ctx;
	int (*event)(void *ctx, const struct sideband_event *event);
	/* Mappings of TGID are not asked for: their records are not even copied.  NULL: all are. */
	bool (*ignores)(void *ctx, uint32_t tgid);
};

/* SCOPE says whose records are read; NULL: everybody's. */
int sideband_open(const struct cpus *cpus, const struct perf_scope *scope, struct sideband **out);

/* Read RINGS, which are closed with the sideband, also if this fails. */
int sideband_new(struct perf_rings *rings, struct sideband **out);
void sideband_close(struct sideband *sb); /* NULL is fine */

/* The CPUs that no record comes from any more; none if it is not about everybody. */
void sideband_gone(const struct sideband *sb, struct cpus_gone *out);

/* An epoll fd, readable when there are records. */
int sideband_fd(const struct sideband *sb);

/*
 * Hand over everything up to the time UNTIL_NS, in the order of time over all CPUs.
 * *LOST is set if the kernel dropped records since the last call: then what is known
 * of any process may be wrong.
 */
int sideband_drain(struct sideband *sb, uint64_t until_ns, const struct sideband_sink *sink,
		   bool *lost);

#endif /* PROFILER_RECORDING_SIDEBAND_H */
