/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fake_kernel.h - the BPF maps of unwind tables, for tests without a kernel that has them.
 *
 * An mmapable array is a file in memory; the two maps that are written by system call are
 * arrays here, as this header defines what libbpf would: for one program.  Its clock is ahead of
 * CLOCK_MONOTONIC by fake_kernel.ahead_ns.
 *
 * Include after <cmocka.h>.
 */
#ifndef TESTS_UNIT_FAKE_KERNEL_H
#define TESTS_UNIT_FAKE_KERNEL_H

#include "profiler/tables/kernel_tables.h"

#include <linux/types.h>
#include "bpf/interpreter.h"
#include "bpf/unwind.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define FAKE_PROCESSES	     0x70000001 /* fds that no system call knows */
#define FAKE_SHARDS	     0x70000002
#define FAKE_INTERPRETERS    0x70000003
#define FAKE_GUESSES	     0x70000004
#define FAKE_PROC_CNT	     64
#define FAKE_INTERPRETER_CNT INTERPRETERS
#define FAKE_USER_CNT	     4

static struct {
	struct kernel_tables tables;
	struct {
		uint32_t tgid; /* 0: free */
		struct unwind_process process;
	} processes[FAKE_PROC_CNT];
	struct interpreter interpreters[FAKE_INTERPRETER_CNT];
	uint32_t interpreter_cnt;
	struct interpreter_guesses guesses[FAKE_USER_CNT]; /* by user id */
	int shards[UNWIND_SHARDS];			   /* dup()s of what hangs there; 0: none */
	int refuse; /* errno of each further update and creation; 0: none */
	uint64_t ahead_ns;
} fake_kernel;

static inline int fake_array(size_t size)
{
	int fd = memfd_create("array", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, (off_t)size), 0);
	return fd;
}

static inline const struct kernel_tables *fake_kernel_open(void)
{
	memset(&fake_kernel, 0, sizeof(fake_kernel));
	fake_kernel.tables = (struct kernel_tables){
		.files = fake_array(UNWIND_FILES * sizeof(struct unwind_file)),
		.pages = fake_array(UNWIND_PAGES * sizeof(struct unwind_page)),
		.mappings = fake_array(UNWIND_MAPPINGS * sizeof(struct unwind_mapping)),
		.shards = FAKE_SHARDS,
		.processes = FAKE_PROCESSES,
		.interpreters = FAKE_INTERPRETERS,
		.interpreter_guesses = FAKE_GUESSES,
		.interpreter_cnt = &fake_kernel.interpreter_cnt,
	};
	return &fake_kernel.tables;
}

static inline void fake_kernel_close(void)
{
	close(fake_kernel.tables.files);
	close(fake_kernel.tables.pages);
	close(fake_kernel.tables.mappings);
	for (size_t i = 0; i < UNWIND_SHARDS; i++)
		if (fake_kernel.shards[i])
			close(fake_kernel.shards[i]);
}

/* What the program would find of TGID; NULL: nothing. */
static inline const struct unwind_process *fake_process(uint32_t tgid)
{
	for (size_t i = 0; i < FAKE_PROC_CNT; i++) {
		if (fake_kernel.processes[i].tgid == tgid)
			return &fake_kernel.processes[i].process;
	}
	return NULL;
}

static inline void fake_read(int fd, size_t index, void *dst, size_t size)
{
	assert_int_equal(pread(fd, dst, size, (off_t)(index * size)), size);
}

/* The mapping of TGID that holds IP, by the search of the program; file_id 0 if none does. */
static inline struct unwind_mapping fake_mapping(uint32_t tgid, uint64_t ip)
{
	const struct unwind_process *process = fake_process(tgid);
	struct unwind_mapping mapping;

	for (uint32_t i = 0; process && i < process->cnt; i++) {
		fake_read(fake_kernel.tables.mappings, process->first + i, &mapping,
			  sizeof(mapping));
		if (ip >= mapping.start && ip < mapping.end)
			return mapping;
	}
	return (struct unwind_mapping){ 0 };
}

/* What libbpf is asked for */

static int refuse(void)
{
	errno = fake_kernel.refuse;
	return -errno;
}

int bpf_map_create(enum bpf_map_type type, const char *name, __u32 key_size, __u32 value_size,
		   __u32 cnt, const struct bpf_map_create_opts *opts)
{
	assert_true(opts->map_flags & BPF_F_MMAPABLE);
	return fake_kernel.refuse ? refuse() : fake_array((size_t)value_size * cnt);
}

static int update_process(uint32_t tgid, const struct unwind_process *process)
{
	for (int wanted = 0; wanted < 2; wanted++) { /* the same one, or else a free one */
		for (size_t i = 0; i < FAKE_PROC_CNT; i++) {
			if (fake_kernel.processes[i].tgid != (wanted ? 0 : tgid))
				continue;
			fake_kernel.processes[i].tgid = tgid;
			fake_kernel.processes[i].process = *process;
			return 0;
		}
	}
	errno = E2BIG;
	return -E2BIG;
}

int bpf_map_update_elem(int fd, const void *key, const void *value, __u64 flags)
{
	uint32_t id = *(const uint32_t *)key;

	if (fake_kernel.refuse)
		return refuse();
	if (fd == FAKE_PROCESSES)
		return update_process(id, value);
	if (fd == FAKE_INTERPRETERS) {
		assert_true(id < FAKE_INTERPRETER_CNT);
		memcpy(&fake_kernel.interpreters[id], value, sizeof(struct interpreter));
		return 0;
	}
	if (fd == FAKE_GUESSES) {
		if (id < FAKE_USER_CNT)
			memcpy(&fake_kernel.guesses[id], value, sizeof(fake_kernel.guesses[id]));
		return 0;
	}
	assert_int_equal(fd, FAKE_SHARDS);
	assert_true(id < UNWIND_SHARDS && !fake_kernel.shards[id]);
	fake_kernel.shards[id] = dup(*(const int *)value);
	return 0;
}

int bpf_map_delete_elem(int fd, const void *key)
{
	uint32_t tgid = *(const uint32_t *)key;

	assert_int_equal(fd, FAKE_PROCESSES);
	for (size_t i = 0; i < FAKE_PROC_CNT; i++) {
		if (fake_kernel.processes[i].tgid == tgid)
			fake_kernel.processes[i].tgid = 0;
	}
	return 0;
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
	int err = (int)syscall(SYS_clock_gettime, clock, now);

	if (!err && clock == CLOCK_MONOTONIC) {
		now->tv_sec += (time_t)(fake_kernel.ahead_ns / 1000000000);
		now->tv_nsec += (long)(fake_kernel.ahead_ns % 1000000000);
		now->tv_sec += now->tv_nsec / 1000000000;
		now->tv_nsec %= 1000000000;
	}
	return err;
}

#endif /* TESTS_UNIT_FAKE_KERNEL_H */
