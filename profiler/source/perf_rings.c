// SPDX-License-Identifier: BSD-2-Clause
/* perf_rings.c - see perf_rings.h. */
#include "profiler/source/perf_rings.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "profiler/array.h"

#define PAGES_MIN      8 /* of a ring: a smaller one holds no full sample */
#define EVENTS_AT_ONCE 64
#define GONE_MIN_NS    100000000 /* opening and reading the events of all CPUs takes less */

/* Opening */

static int open_event(const struct perf_event_attr *attr, const struct perf_scope *scope, pid_t tid,
		      int cpu)
{
	unsigned long flags = PERF_FLAG_FD_CLOEXEC;
	struct perf_event_attr scoped = *attr;
	int fd;

	if (scope->cgroup_fd >= 0) {
		flags |= PERF_FLAG_PID_CGROUP;
		tid = scope->cgroup_fd;
	}
	scoped.inherit = scope->inherit && scope->threads.cnt;
	scoped.exclude_kernel = scoped.exclude_hv = scope->user_only;
	fd = (int)syscall(SYS_perf_event_open, &scoped, tid, cpu, -1, flags);
	return fd < 0 ? -errno : fd;
}

static int add_fd(struct perf_rings *r, struct perf_event_fd event)
{
	int err = array_reserve(&r->fds, sizeof(*r->fds), &r->fd_cap, r->fd_cnt + 1);

	if (err)
		close(event.fd);
	else
		r->fds[r->fd_cnt++] = event;
	return err;
}

static int map_ring(int fd, size_t size, struct perf_ring *ring)
{
	size_t page_size = (size_t)sysconf(_SC_PAGESIZE);
	void *map;

	for (;; size /= 2) {
		map = mmap(NULL, page_size + size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		if (map != MAP_FAILED)
			break;
		if (errno != EPERM || size / 2 < PAGES_MIN * page_size)
			return errno == EPERM ? -ENOBUFS : -errno;
	}
	*ring = (struct perf_ring){ map, (const char *)map + page_size, size };
	return 0;
}

/* The first event of a CPU has the ring, the others are led there. */
static int add_event(struct perf_rings *r, struct perf_ring *ring, int *ring_fd,
		     struct perf_event_fd event, size_t size)
{
	/* Edge-triggered: an event whose thread has ended would be readable for ever. */
	struct epoll_event wanted = { .events = EPOLLIN | EPOLLET };
	int err = add_fd(r, event);

	if (err)
		return err;
	if (ring->head)
		return ioctl(event.fd, PERF_EVENT_IOC_SET_OUTPUT, *ring_fd) ? -errno : 0;
	*ring_fd = event.fd;
	err = map_ring(event.fd, size, ring);
	if (!err && epoll_ctl(r->epoll_fd, EPOLL_CTL_ADD, event.fd, &wanted))
		err = -errno;
	return err;
}

static int open_ring(struct perf_rings *r, const struct perf_event_attr *attrs, size_t attr_cnt,
		     int cpu, const struct perf_scope *scope, size_t size, struct perf_ring *ring)
{
	size_t cnt = (scope->threads.cnt ? scope->threads.cnt : 1) * attr_cnt;
	int err = 0, ring_fd = -1;

	for (size_t i = 0; i < cnt && !err; i++) {
		pid_t tid = scope->threads.cnt ? scope->threads.ids[i / attr_cnt] : -1;
		struct perf_event_fd event = { .attr = (unsigned int)(i % attr_cnt), .cpu = cpu };

		event.fd = open_event(&attrs[event.attr], scope, tid, cpu);
		if (event.fd == -ENODEV) /* the CPU went offline */
			return 0;
		if (event.fd == -ESRCH) /* the thread ended */
			continue;
		err = event.fd < 0 ? event.fd : add_event(r, ring, &ring_fd, event, size);
	}
	return err;
}

int perf_rings_open(const struct perf_event_attr *attrs, size_t attr_cnt, const struct cpus *cpus,
		    const struct perf_scope *scope, size_t size, struct perf_rings **out)
{
	struct perf_rings *r = calloc(1, sizeof(*r));
	int err = 0;

	*out = NULL;
	if (!r)
		return -ENOMEM;
	r->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (r->epoll_fd < 0)
		err = -errno;
	r->rings = calloc(cpus->cnt, sizeof(*r->rings));
	if (!err && !r->rings)
		err = -ENOMEM;
	for (; r->cnt < cpus->cnt && !err; r->cnt++)
		err = open_ring(r, attrs, attr_cnt, cpus->ids[r->cnt], scope, size,
				&r->rings[r->cnt]);
	if (!err && !r->fd_cnt)
		err = scope->threads.cnt ? -ESRCH : -ENODEV;
	if (err) {
		perf_rings_close(r);
		return err;
	}
	*out = r;
	return 0;
}

void perf_rings_close(struct perf_rings *r)
{
	size_t page_size = (size_t)sysconf(_SC_PAGESIZE);

	if (!r)
		return;
	for (size_t i = 0; i < r->cnt; i++) {
		if (r->rings[i].head)
			munmap(r->rings[i].head, page_size + r->rings[i].size);
	}
	for (size_t i = 0; i < r->fd_cnt; i++)
		close(r->fds[i].fd);
	if (r->epoll_fd >= 0)
		close(r->epoll_fd);
	free(r->rings);
	free(r->fds);
	free(r);
}

int perf_rings_ioctl_some(const struct perf_rings *r, size_t first, size_t cnt,
			  unsigned long request)
{
	int err = 0;

	for (size_t i = 0; i < r->fd_cnt; i++) {
		if (r->fds[i].attr < first || r->fds[i].attr - first >= cnt)
			continue;
		if (ioctl(r->fds[i].fd, request, 0) && !err)
			err = -errno;
	}
	return err;
}

int perf_rings_ioctl(const struct perf_rings *r, unsigned long request)
{
	return perf_rings_ioctl_some(r, 0, SIZE_MAX, request);
}

static uint64_t enabled_ns(int fd)
{
	uint64_t value_and_time[2];

	return read(fd, value_and_time, sizeof(value_and_time)) == sizeof(value_and_time)
		       ? value_and_time[1]
		       : 0;
}

void perf_rings_gone(const struct perf_rings *r, struct cpus_gone *out)
{
	uint64_t longest = 0;

	*out = (struct cpus_gone){ 0 };
	for (size_t i = 0; i < r->fd_cnt; i++) {
		uint64_t ns = enabled_ns(r->fds[i].fd);

		longest = ns > longest ? ns : longest;
	}
	for (size_t i = 0; i < r->fd_cnt; i++) {
		uint64_t ns = longest - enabled_ns(r->fds[i].fd);

		if ((int64_t)ns < GONE_MIN_NS) /* the time goes on while they are read */
			continue;
		if (!out->cnt++)
			out->first = r->fds[i].cpu;
		out->ns += ns;
	}
}

uint64_t perf_rings_lost(const struct perf_rings *r)
{
	struct {
		uint64_t value, lost;
	} event;
	uint64_t sum = 0;

	for (size_t i = 0; i < r->fd_cnt; i++) {
		if (read(r->fds[i].fd, &event, sizeof(event)) == sizeof(event))
			sum += event.lost;
	}
	return sum;
}

void perf_rings_rest(const struct perf_rings *r)
{
	struct epoll_event events[EVENTS_AT_ONCE];

	while (epoll_wait(r->epoll_fd, events, EVENTS_AT_ONCE, 0) == EVENTS_AT_ONCE)
		;
}

/* Reading */

uint64_t perf_ring_head(const struct perf_ring *ring)
{
	return ring->head ? __atomic_load_n(&ring->head->data_head, __ATOMIC_ACQUIRE) : 0;
}

uint64_t perf_ring_tail(const struct perf_ring *ring)
{
	return ring->head ? ring->head->data_tail : 0;
}

void perf_ring_release(struct perf_ring *ring, uint64_t at)
{
	if (ring->head)
		__atomic_store_n(&ring->head->data_tail, at, __ATOMIC_RELEASE);
}

void perf_ring_copy(const struct perf_ring *ring, uint64_t at, void *dst, size_t len)
{
	size_t off = at & (ring->size - 1), first = ring->size - off;

	if (first > len)
		first = len;
	memcpy(dst, ring->data + off, first);
	memcpy((char *)dst + first, ring->data, len - first);
}

int perf_ring_header(const struct perf_ring *ring, uint64_t at, uint64_t head,
		     struct perf_event_header *out)
{
	if (head - at < sizeof(*out))
		return -EBADMSG;
	perf_ring_copy(ring, at, out, sizeof(*out));
	/* Records are made of whole words, which is why their fields are aligned. */
	return out->size < sizeof(*out) || out->size % sizeof(uint64_t) || out->size > head - at
		       ? -EBADMSG
		       : 0;
}

const void *perf_ring_record(const struct perf_ring *ring, uint64_t at, size_t len, void *bounce)
{
	size_t off = at & (ring->size - 1);

	if (ring->size - off >= len)
		return ring->data + off;
	perf_ring_copy(ring, at, bounce, len);
	return bounce;
}
