/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * perf_rings.h - some perf events for each of some threads and CPUs, and the ring of
 * each CPU, into which all events of that CPU write.
 *
 * Source:    perf_event_open(2).
 * Units:     positions count bytes since the ring was made.
 * Ownership: perf_rings_close().
 * Errors:    0 or a negative errno, and nothing is logged.  -ENOBUFS: the memory that
 *            this user may lock is used up.
 * Threads:   one.
 */
#ifndef PROFILER_SOURCE_PERF_RINGS_H
#define PROFILER_SOURCE_PERF_RINGS_H

#include <linux/perf_event.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "profiler/cpus.h"
#include "profiler/ids.h"

/* Whom an event is about: some threads, a cgroup, or else every task that there is. */
struct perf_scope {
	struct id_list threads; /* empty: not some threads */
	int cgroup_fd;		/* -1: not a cgroup */
	bool inherit;		/* the events are also about what these threads start */
	bool user_only;		/* the user may not look at the kernel */
};

struct perf_ring {
	struct perf_event_mmap_page *head; /* NULL: its CPU is offline, and it has no records */
	const char *data;
	size_t size; /* bytes of data, a power of two */
};

struct perf_rings {
	struct perf_ring *rings;
	size_t cnt;
	struct perf_event_fd {
		int fd;
		unsigned int attr; /* index of the attr that it was opened with */
		int cpu;
	} * fds; /* one for each event */
	size_t fd_cnt, fd_cap;
	int epoll_fd; /* readable when a ring has reached its watermark */
};

/*
 * Open each of ATTRS for SCOPE on each of CPUS.  A ring has SIZE bytes, a power of two, or
 * less if this user may not lock so much memory.
 */
int perf_rings_open(const struct perf_event_attr *attrs, size_t attr_cnt, const struct cpus *cpus,
		    const struct perf_scope *scope, size_t size, struct perf_rings **out);
void perf_rings_close(struct perf_rings *rings); /* NULL is fine */

/* Make an ioctl without argument for every event; returns the first error. */
int perf_rings_ioctl(const struct perf_rings *rings, unsigned long request);

/* The same for those of CNT attrs from FIRST on. */
int perf_rings_ioctl_some(const struct perf_rings *rings, size_t first, size_t cnt,
			  unsigned long request);

/*
 * CPUs that went offline: the kernel takes their events away for good, and says nothing.
 * Known from events of whole CPUs, one each, opened with PERF_FORMAT_TOTAL_TIME_ENABLED.
 */
struct cpus_gone {
	size_t cnt;
	int first;   /* the first of them */
	uint64_t ns; /* the time since then, summed over all of them */
};
void perf_rings_gone(const struct perf_rings *rings, struct cpus_gone *out);

/* Records that found no room, of events that were opened with PERF_FORMAT_LOST alone. */
uint64_t perf_rings_lost(const struct perf_rings *rings);

/* Tell epoll that the rings have been read, so that epoll_fd waits for the next watermark. */
void perf_rings_rest(const struct perf_rings *rings);

/* Positions: where the records end by now, and where those that are not released begin. */
uint64_t perf_ring_head(const struct perf_ring *ring);
uint64_t perf_ring_tail(const struct perf_ring *ring);

/* The kernel may use everything before AT again. */
void perf_ring_release(struct perf_ring *ring, uint64_t at);

void perf_ring_copy(const struct perf_ring *ring, uint64_t at, void *dst, size_t len);

/* Read the header of the record at AT < HEAD; -EBADMSG: there is none. */
int perf_ring_header(const struct perf_ring *ring, uint64_t at, uint64_t head,
		     struct perf_event_header *out);

/* The record at AT: in the ring, or in BOUNCE (PERF_RECORD_MAX bytes) if it wraps around. */
const void *perf_ring_record(const struct perf_ring *ring, uint64_t at, size_t len, void *bounce);

#define PERF_RECORD_MAX 65536 /* the size of a record is a __u16 */

#endif /* PROFILER_SOURCE_PERF_RINGS_H */
