/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fake_perf.h - perf_event_open(2) without a kernel that permits it: each event is a file in
 * memory, into which a test writes the records that are to be read.
 *
 * For one program: it defines syscall(), access(), ioctl() and epoll_ctl() for everything that is linked
 * with it.  Include after <cmocka.h>.
 */
#ifndef TESTS_UNIT_FAKE_PERF_H
#define TESTS_UNIT_FAKE_PERF_H

#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define FAKE_EVENTS_MAX 256
#define FAKE_FLAGS_KNOWN                                                                           \
	(PERF_FLAG_FD_NO_GROUP | PERF_FLAG_FD_OUTPUT | PERF_FLAG_PID_CGROUP | PERF_FLAG_FD_CLOEXEC)
#define FAKE_FILE_SIZE (16 * 1024 * 1024) /* sparse; more than any ring */

struct fake_event {
	struct perf_event_attr attr;
	int tid, cpu, fd;
	bool is_enabled;
	unsigned long flags;
};

static struct fake_perf {
	size_t cnt;
	size_t most;	/* then EMFILE; 0: no limit */
	int cpu_err;	/* for whole CPUs */
	int kernel_err; /* for events that look at the kernel */
	bool is_old;	/* before Linux 6.0: PERF_FORMAT_LOST is -EINVAL */
	int err;	/* for every event */
	int gone_tid;	/* -ESRCH */
	int gone_cpu;	/* -ENODEV; -1: none */
	struct fake_event events[FAKE_EVENTS_MAX];
} fake_perf;

static inline void fake_perf_reset(void)
{
	fake_perf = (struct fake_perf){ .gone_cpu = -1 };
}

/* Events that are open: a number that was given out again is a later event's. */
static inline size_t fake_perf_open_cnt(void)
{
	size_t cnt = 0;

	for (size_t i = 0; i < fake_perf.cnt; i++) {
		bool is_last = fcntl(fake_perf.events[i].fd, F_GETFD) >= 0;

		for (size_t later = i + 1; later < fake_perf.cnt; later++)
			is_last &= fake_perf.events[later].fd != fake_perf.events[i].fd;
		cnt += is_last;
	}
	return cnt;
}

static inline int fake_perf_refusal(const struct perf_event_attr *attr, int tid, int cpu)
{
	if (fake_perf.err)
		return fake_perf.err;
	if (fake_perf.is_old && attr->read_format & (1U << 4))
		return EINVAL;
	if (tid < 0 && fake_perf.cpu_err)
		return fake_perf.cpu_err;
	if (!attr->exclude_kernel && fake_perf.kernel_err)
		return fake_perf.kernel_err;
	if (fake_perf.most && fake_perf_open_cnt() >= fake_perf.most)
		return EMFILE;
	if (fake_perf.gone_tid && tid == fake_perf.gone_tid)
		return ESRCH;
	return cpu >= 0 && cpu == fake_perf.gone_cpu ? ENODEV : 0;
}

static inline long fake_perf_open(const struct perf_event_attr *attr, int tid, int cpu,
				  unsigned long flags)
{
	int err = fake_perf.err == ENOSYS     ? ENOSYS
		  : flags & ~FAKE_FLAGS_KNOWN ? EINVAL
					      : fake_perf_refusal(attr, tid, cpu);
	int fd;

	if (err) {
		errno = err;
		return -1;
	}
	fd = memfd_create("event", MFD_CLOEXEC);
	assert_true(fd >= 0 && !ftruncate(fd, FAKE_FILE_SIZE));
	if (cpu < 0) /* whether a process may have any is asked by one that is not used */
		return fd;
	assert_true(fake_perf.cnt < FAKE_EVENTS_MAX);
	fake_perf.events[fake_perf.cnt++] = (struct fake_event){
		.attr = *attr, .tid = tid, .cpu = cpu, .fd = fd, .flags = flags
	};
	return fd;
}

long syscall(long nr, ...)
{
	const struct perf_event_attr *attr;
	unsigned long flags;
	int tid, cpu;
	va_list args;

	assert_int_equal(nr, SYS_perf_event_open);
	va_start(args, nr);
	attr = va_arg(args, const struct perf_event_attr *);
	tid = va_arg(args, int);
	cpu = va_arg(args, int);
	assert_int_equal(va_arg(args, int), -1);
	flags = va_arg(args, unsigned long);
	va_end(args);
	return fake_perf_open(attr, tid, cpu, flags);
}

/* A kernel without the call has no sysctl of it. */
int access(const char *path, int mode)
{
	return fake_perf.err == ENOSYS && strstr(path, "perf_event")
		       ? -1
		       : faccessat(AT_FDCWD, path, mode, 0);
}

int ioctl(int fd, unsigned long request, ...)
{
	/* The last one with this number: those before are closed. */
	for (size_t i = fake_perf.cnt; i-- > 0;) {
		struct fake_event *event = &fake_perf.events[i];

		if (event->fd != fd)
			continue;
		if (request == PERF_EVENT_IOC_ENABLE)
			event->is_enabled = true;
		else if (request == PERF_EVENT_IOC_DISABLE)
			event->is_enabled = false;
		return 0;
	}
	errno = EBADF;
	return -1;
}

/* A file in memory is always readable, and epoll refuses it. */
int epoll_ctl(int epoll_fd, int op, int fd, struct epoll_event *event)
{
	return 0;
}

/* Append a record of SIZE bytes to the ring of event NR, as the kernel would. */
static inline void fake_perf_write(size_t nr, const void *record, size_t size)
{
	size_t page_size = (size_t)sysconf(_SC_PAGESIZE);
	char *map = mmap(NULL, FAKE_FILE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED,
			 fake_perf.events[nr].fd, 0);
	struct perf_event_mmap_page *page = (void *)map;

	assert_true(map != MAP_FAILED);
	memcpy(map + page_size + page->data_head, record, size);
	page->data_head += size;
	munmap(map, FAKE_FILE_SIZE);
}

#endif /* TESTS_UNIT_FAKE_PERF_H */
