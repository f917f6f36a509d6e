// SPDX-License-Identifier: BSD-2-Clause
/* sideband.c - see sideband.h. */
#include "profiler/recording/sideband.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sysmacros.h>
#include <time.h>

#include "profiler/array.h"

#define RING_SIZE    (512 * 1024) /* some 4,000 mappings between two drains of a CPU */
#define WAKEUP_BYTES 1		  /* we wake up at once: a new process is sampled within a tick */

/* A record copied out of its ring, to be sorted by time with the others. */
struct sideband_record {
	uint64_t time_ns;
	size_t off;  /* into bytes */
	uint64_t nr; /* order of arrival, so that equal times stay in order */
};

struct sideband {
	struct perf_rings *rings;
	bool everybody;
	char *bytes;
	size_t bytes_len, bytes_cap;
	struct sideband_record *records;
	size_t record_cnt, record_cap;
	uint64_t record_nr;
	bool lost;
};

/* What follows every record because of sample_id_all. */
struct record_tail {
	uint32_t pid, tid;
	uint64_t time_ns;
};

int sideband_open(const struct cpus *cpus, const struct perf_scope *scope, struct sideband **out)
{
	static const struct perf_scope everybody = { .cgroup_fd = -1 };
	struct perf_event_attr attr = {
		.size = sizeof(attr),
		.type = PERF_TYPE_SOFTWARE,
		.config = PERF_COUNT_SW_DUMMY,
		.mmap = 1,
		.mmap2 = 1,
		.comm = 1,
		.comm_exec = 1,
		.task = 1,
		.sample_id_all = 1,
		.sample_type = PERF_SAMPLE_TID | PERF_SAMPLE_TIME,
		.read_format = PERF_FORMAT_TOTAL_TIME_ENABLED,
		.use_clockid = 1,
		.clockid = CLOCK_MONOTONIC,
		.watermark = 1,
		.wakeup_watermark = WAKEUP_BYTES,
	};
	struct perf_rings *rings;
	int err;

	*out = NULL;
	err = perf_rings_open(&attr, 1, cpus, scope ? scope : &everybody, RING_SIZE, &rings);
	if (!err)
		err = sideband_new(rings, out);
	if (!err)
		(*out)->everybody = !scope || (!scope->threads.cnt && scope->cgroup_fd < 0);
	return err;
}

int sideband_new(struct perf_rings *rings, struct sideband **out)
{
	struct sideband *sb = calloc(1, sizeof(*sb));

	*out = sb;
	if (!sb) {
		perf_rings_close(rings);
		return -ENOMEM;
	}
	sb->rings = rings;
	return 0;
}

void sideband_close(struct sideband *sb)
{
	if (!sb)
		return;
	perf_rings_close(sb->rings);
	free(sb->bytes);
	free(sb->records);
	free(sb);
}

void sideband_gone(const struct sideband *sb, struct cpus_gone *out)
{
	*out = (struct cpus_gone){ 0 };
	if (sb->everybody)
		perf_rings_gone(sb->rings, out);
}

int sideband_fd(const struct sideband *sb)
{
	return sb->rings->epoll_fd;
}

/* Copying out of the rings */

static int copy_record(struct sideband *sb, const struct perf_ring *ring, uint64_t at, size_t len)
{
	struct record_tail tail;
	int err = array_reserve(&sb->bytes, 1, &sb->bytes_cap, sb->bytes_len + len);

	if (!err)
		err = array_reserve(&sb->records, sizeof(*sb->records), &sb->record_cap,
				    sb->record_cnt + 1);
	if (err)
		return err;
	perf_ring_copy(ring, at, sb->bytes + sb->bytes_len, len);
	memcpy(&tail, sb->bytes + sb->bytes_len + len - sizeof(tail), sizeof(tail));
	sb->records[sb->record_cnt] =
		(struct sideband_record){ tail.time_ns, sb->bytes_len, sb->record_nr++ };
	sb->record_cnt++;
	sb->bytes_len += (len + 7) & ~(size_t)7;
	return 0;
}

/* What the records of tasks have behind their header; the others have the pid, too. */
struct record_ids {
	uint32_t pid, ppid, tid;
};

/*
 * Is the record at AT of a kind that makes an event?  Threads that come, go and rename themselves
 * make a million a second that are none, and cost no more than this look.
 */
static bool is_wanted(const struct perf_ring *ring, uint64_t at,
		      const struct perf_event_header *header, const struct sideband_sink *sink)
{
	struct record_ids ids;

	if (header->size < sizeof(*header) + sizeof(ids) + sizeof(struct record_tail))
		return false;
	perf_ring_copy(ring, at + sizeof(*header), &ids, sizeof(ids));
	switch (header->type) {
	case PERF_RECORD_MMAP2:
		return !sink->ignores || !sink->ignores(sink->ctx, ids.pid);
	case PERF_RECORD_COMM:
		return header->misc & PERF_RECORD_MISC_COMM_EXEC;
	case PERF_RECORD_FORK: /* a new thread has its process's id as parent */
		return ids.pid != ids.ppid;
	case PERF_RECORD_EXIT: /* the first thread's counts */
		return ids.pid == ids.tid;
	default:
		return false;
	}
}

static int copy_ring(struct sideband *sb, struct perf_ring *ring, const struct sideband_sink *sink)
{
	uint64_t head = perf_ring_head(ring), tail = perf_ring_tail(ring);
	int err = 0;

	while (tail < head && !err) {
		struct perf_event_header header;

		if (perf_ring_header(ring, tail, head, &header)) {
			sb->lost = true; /* it is no record, and the rest has no meaning */
			tail = head;
			break;
		}
		if (header.type == PERF_RECORD_LOST)
			sb->lost = true;
		else if (is_wanted(ring, tail, &header, sink))
			err = copy_record(sb, ring, tail, header.size);
		tail += header.size;
	}
	perf_ring_release(ring, tail);
	return err;
}

static int compare_records(const void *pa, const void *pb)
{
	const struct sideband_record *a = pa, *b = pb;

	if (a->time_ns != b->time_ns)
		return a->time_ns < b->time_ns ? -1 : 1;
	return (a->nr > b->nr) - (a->nr < b->nr);
}

/* Handing over */

struct mmap2_record {
	struct perf_event_header header;
	uint32_t pid, tid;
	uint64_t addr, len, pgoff;
	uint32_t maj, min;
	uint64_t ino, ino_generation;
	uint32_t prot, flags;
	char path[];
};

struct comm_record {
	struct perf_event_header header;
	uint32_t pid, tid;
};

struct task_record { /* FORK and EXIT */
	struct perf_event_header header;
	uint32_t pid, ppid, tid, ptid;
};

static bool translate_mmap(const char *bytes, struct sideband_event *event)
{
	const struct mmap2_record *rec = (const struct mmap2_record *)bytes;

	if (rec->header.size < sizeof(*rec) + sizeof(struct record_tail) + 8 ||
	    !memchr(rec->path, '\0', rec->header.size - sizeof(*rec)) || !(rec->prot & PROT_EXEC))
		return false;
	event->type = SIDEBAND_MMAP;
	event->tgid = rec->pid;
	event->start = rec->addr;
	event->end = rec->addr + rec->len;
	event->off = rec->pgoff;
	event->dev = makedev(rec->maj, rec->min);
	event->inode = rec->ino;
	event->generation = rec->ino_generation;
	event->path = rec->path;
	return true;
}

static bool translate_task(const char *bytes, struct sideband_event *event)
{
	const struct task_record *rec = (const struct task_record *)bytes;

	if (rec->header.size < sizeof(*rec))
		return false;
	event->tgid = rec->pid;
	event->parent = rec->ppid;
	event->type = rec->header.type == PERF_RECORD_FORK ? SIDEBAND_FORK : SIDEBAND_EXIT;
	return true;
}

static bool translate(const char *bytes, struct sideband_event *event)
{
	const struct perf_event_header *header = (const struct perf_event_header *)bytes;

	switch (header->type) {
	case PERF_RECORD_MMAP2:
		return translate_mmap(bytes, event);
	case PERF_RECORD_COMM:
		event->type = SIDEBAND_EXEC;
		event->tgid = ((const struct comm_record *)bytes)->pid;
		return true;
	case PERF_RECORD_FORK:
	case PERF_RECORD_EXIT:
		return translate_task(bytes, event);
	default:
		return false;
	}
}

/* Forget the records before FIRST, which were handed over. */
static void forget(struct sideband *sb, size_t first)
{
	sb->record_cnt -= first;
	memmove(sb->records, sb->records + first, sb->record_cnt * sizeof(*sb->records));
	if (!sb->record_cnt)
		sb->bytes_len = 0;
}

int sideband_drain(struct sideband *sb, uint64_t until_ns, const struct sideband_sink *sink,
		   bool *lost)
{
	size_t old_cnt = sb->record_cnt, next = 0;
	int err = 0;

	sb->lost = false;
	perf_rings_rest(sb->rings);
	for (size_t i = 0; i < sb->rings->cnt && !err; i++)
		err = copy_ring(sb, &sb->rings->rings[i], sink);
	*lost = sb->lost;
	if (sb->record_cnt > old_cnt)
		qsort(sb->records, sb->record_cnt, sizeof(*sb->records), compare_records);
	for (; next < sb->record_cnt && sb->records[next].time_ns <= until_ns && !err; next++) {
		struct sideband_event event = { .time_ns = sb->records[next].time_ns };

		if (translate(sb->bytes + sb->records[next].off, &event))
			err = sink->event(sink->ctx, &event);
	}
	if (next)
		forget(sb, next);
	return err;
}
