// SPDX-License-Identifier: BSD-2-Clause
/* sideband.c - see sideband.h. */
#include "profiler/sideband.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#define RING_PAGES   128 /* 512 KiB: some 4,000 mappings between two drains of a CPU */
#define WAKEUP_BYTES 1	 /* at the first record: a new process is sampled within a tick */

struct ring {
	int fd;
	struct perf_event_mmap_page *head;
	char *data;
};

/* A record copied out of its ring, to be sorted by time with the others. */
struct record {
	uint64_t time_ns;
	size_t off;		/* into bytes */
	size_t nr;		/* order of arrival, so that equal times stay in order */
};

struct sideband {
	struct ring *rings;
	size_t ring_cnt;
	size_t page_size, data_size;
	int epoll_fd;
	char *bytes;
	size_t bytes_len, bytes_cap;
	struct record *records;
	size_t record_cnt, record_cap;
	bool lost;
};

/* What follows every record because of sample_id_all. */
struct record_tail {
	uint32_t pid, tid;
	uint64_t time_ns;
};

static int open_event(int cpu)
{
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
		.use_clockid = 1,
		.clockid = CLOCK_MONOTONIC,
		.watermark = 1,
		.wakeup_watermark = WAKEUP_BYTES,
	};
	int fd = (int)syscall(SYS_perf_event_open, &attr, -1, cpu, -1, PERF_FLAG_FD_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

static int open_ring(struct sideband *sb, int cpu, struct ring *ring)
{
	struct epoll_event event = { .events = EPOLLIN };
	void *map;

	ring->fd = open_event(cpu);
	if (ring->fd == -ENODEV) /* went offline */
		return 0;
	if (ring->fd < 0)
		return ring->fd;
	map = mmap(NULL, sb->page_size + sb->data_size, PROT_READ | PROT_WRITE, MAP_SHARED,
		   ring->fd, 0);
	if (map == MAP_FAILED)
		return -errno;
	ring->head = map;
	ring->data = (char *)map + sb->page_size;
	return epoll_ctl(sb->epoll_fd, EPOLL_CTL_ADD, ring->fd, &event) ? -errno : 0;
}

int sideband_open(const struct cpus *cpus, struct sideband **out)
{
	struct sideband *sb = calloc(1, sizeof(*sb));
	int err = 0;

	*out = NULL;
	if (!sb)
		return -ENOMEM;
	sb->page_size = (size_t)sysconf(_SC_PAGESIZE);
	sb->data_size = RING_PAGES * sb->page_size;
	sb->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	sb->rings = calloc(cpus->cnt, sizeof(*sb->rings));
	if (sb->epoll_fd < 0)
		err = -errno;
	else if (!sb->rings)
		err = -ENOMEM;
	for (size_t i = 0; i < cpus->cnt && !err; i++) {
		err = open_ring(sb, cpus->ids[i], &sb->rings[i]);
		sb->ring_cnt++;
	}
	if (err) {
		sideband_close(sb);
		return err;
	}
	*out = sb;
	return 0;
}

void sideband_close(struct sideband *sb)
{
	if (!sb)
		return;
	for (size_t i = 0; i < sb->ring_cnt; i++) {
		if (sb->rings[i].head)
			munmap(sb->rings[i].head, sb->page_size + sb->data_size);
		if (sb->rings[i].fd >= 0)
			close(sb->rings[i].fd);
	}
	if (sb->epoll_fd >= 0)
		close(sb->epoll_fd);
	free(sb->rings);
	free(sb->bytes);
	free(sb->records);
	free(sb);
}

int sideband_fd(const struct sideband *sb)
{
	return sb->epoll_fd;
}

/* Copying out of the rings */

static int reserve(void *array, size_t size, size_t *cap, size_t need)
{
	void **p = array, *bigger;
	size_t new_cap = *cap ? *cap : 256;

	if (need <= *cap)
		return 0;
	while (new_cap < need)
		new_cap *= 2;
	bigger = reallocarray(*p, new_cap, size);
	if (!bigger)
		return -ENOMEM;
	*p = bigger;
	*cap = new_cap;
	return 0;
}

static void copy_bytes(const struct sideband *sb, const struct ring *ring, uint64_t at, char *dst,
		       size_t len)
{
	size_t off = at & (sb->data_size - 1), first = sb->data_size - off;

	if (first > len)
		first = len;
	memcpy(dst, ring->data + off, first);
	memcpy(dst + first, ring->data, len - first);
}

static int copy_record(struct sideband *sb, const struct ring *ring, uint64_t at, size_t len)
{
	struct record_tail tail;
	int err = reserve(&sb->bytes, 1, &sb->bytes_cap, sb->bytes_len + len);

	if (!err)
		err = reserve(&sb->records, sizeof(*sb->records), &sb->record_cap,
			      sb->record_cnt + 1);
	if (err)
		return err;
	copy_bytes(sb, ring, at, sb->bytes + sb->bytes_len, len);
	memcpy(&tail, sb->bytes + sb->bytes_len + len - sizeof(tail), sizeof(tail));
	sb->records[sb->record_cnt] = (struct record){ tail.time_ns, sb->bytes_len, sb->record_cnt };
	sb->record_cnt++;
	sb->bytes_len += (len + 7) & ~(size_t)7;
	return 0;
}

static int copy_ring(struct sideband *sb, struct ring *ring)
{
	uint64_t head, tail;
	int err = 0;

	if (!ring->head)
		return 0;
	head = __atomic_load_n(&ring->head->data_head, __ATOMIC_ACQUIRE);
	tail = ring->head->data_tail;
	while (tail < head && !err) {
		struct perf_event_header header;

		copy_bytes(sb, ring, tail, (char *)&header, sizeof(header));
		if (header.size < sizeof(header) || header.size > head - tail)
			return -EBADMSG;
		if (header.type == PERF_RECORD_LOST)
			sb->lost = true;
		else if (header.size >= sizeof(header) + sizeof(struct record_tail))
			err = copy_record(sb, ring, tail, header.size);
		tail += header.size;
	}
	__atomic_store_n(&ring->head->data_tail, tail, __ATOMIC_RELEASE);
	return err;
}

static int compare_records(const void *pa, const void *pb)
{
	const struct record *a = pa, *b = pb;

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
	bool fork = rec->header.type == PERF_RECORD_FORK;

	if (rec->header.size < sizeof(*rec))
		return false;
	event->tgid = rec->pid;
	event->parent = rec->ppid;
	event->type = fork ? SIDEBAND_FORK : SIDEBAND_EXIT;
	/* A new thread has its process's id as parent; an exit counts with the first thread. */
	return fork ? rec->pid != rec->ppid : rec->pid == rec->tid;
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
		return header->misc & PERF_RECORD_MISC_COMM_EXEC;
	case PERF_RECORD_FORK:
	case PERF_RECORD_EXIT:
		return translate_task(bytes, event);
	default:
		return false;
	}
}

int sideband_drain(struct sideband *sb, const struct sideband_sink *sink, bool *lost)
{
	int err = 0;

	sb->record_cnt = sb->bytes_len = 0;
	sb->lost = false;
	for (size_t i = 0; i < sb->ring_cnt && !err; i++)
		err = copy_ring(sb, &sb->rings[i]);
	*lost = sb->lost;
	if (sb->record_cnt > 1)
		qsort(sb->records, sb->record_cnt, sizeof(*sb->records), compare_records);
	for (size_t i = 0; i < sb->record_cnt && !err; i++) {
		struct sideband_event event = { .time_ns = sb->records[i].time_ns };

		if (translate(sb->bytes + sb->records[i].off, &event))
			err = sink->event(sink->ctx, &event);
	}
	return err;
}
