// SPDX-License-Identifier: BSD-2-Clause
/* resident.c - see resident.h. */
#include "profiler/resident.h"

#include <link.h>
#include <malloc.h>
#include <poll.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#define LONG_MS	     100 /* letting go and coming back cost a thousandth of that */
#define SEGMENTS_MAX 64	 /* of a program with twenty libraries */

struct segments {
	struct iovec all[SEGMENTS_MAX];
	size_t cnt;
};

static int note_segments(struct dl_phdr_info *info, size_t size, void *ctx)
{
	const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	struct segments *s = ctx;

	(void)size;
	for (size_t i = 0; i < info->dlpi_phnum && s->cnt < SEGMENTS_MAX; i++) {
		const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
		uintptr_t start = info->dlpi_addr + segment->p_vaddr;

		if (segment->p_type != PT_LOAD || segment->p_flags & PF_W)
			continue;
		s->all[s->cnt++] =
			(struct iovec){ (void *)(start & -page), segment->p_memsz + start % page };
	}
	return 0;
}

/* Noting them touches each library: only then they go. */
void resident_drop(void)
{
	struct segments s;

	malloc_trim(0);
	s.cnt = 0;
	dl_iterate_phdr(note_segments, &s);
	for (size_t i = 0; i < s.cnt; i++)
		madvise(s.all[i].iov_base, s.all[i].iov_len, MADV_DONTNEED);
}

void resident_wait(int socket)
{
	struct pollfd poll_fd = { .fd = socket, .events = POLLIN };

	if (!poll(&poll_fd, 1, LONG_MS))
		resident_drop();
}
