// SPDX-License-Identifier: BSD-2-Clause
/* process_memory.c - see process_memory.h. */
#include "profiler/interpreters/process_memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

/* What may be read of one process.  128 threads of CPython take 400 KB in 700 reads. */
#define BYTES_MAX (1u << 20)
#define READS_MAX 16384

static int read_file(void *ctx, uint64_t address, void *to, size_t size)
{
	int fd = (int)(intptr_t)ctx;
	size_t done = 0;
	ssize_t got;

	/* /proc/PID/mem takes an offset for unsigned, pread() does not. */
	if (address > INT64_MAX - size)
		return -EIO;
	while (done < size) {
		got = pread(fd, (char *)to + done, size - done, (off_t)(address + done));
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return -EIO;
		done += (size_t)got;
	}
	return 0;
}

int process_memory_open(pid_t pid)
{
	char path[32];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/mem", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

struct process_memory process_memory_of(int fd)
{
	return (struct process_memory){
		.read = read_file,
		.ctx = (void *)(intptr_t)fd,
		.bytes_left = BYTES_MAX,
		.reads_left = READS_MAX,
	};
}

int process_memory_read(struct process_memory *memory, uint64_t address, void *to, size_t size)
{
	if (!memory->reads_left || size > memory->bytes_left)
		return -EFBIG;
	memory->reads_left--;
	memory->bytes_left -= size;
	return memory->read(memory->ctx, address, to, size);
}

int process_memory_word(struct process_memory *memory, uint64_t address, uint64_t *out)
{
	*out = 0;
	return process_memory_read(memory, address, out, sizeof(*out));
}
