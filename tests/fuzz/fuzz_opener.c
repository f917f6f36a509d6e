// SPDX-License-Identifier: BSD-2-Clause
/*
 * fuzz_opener.c - any messages (messages.h) are those of the opener: whoever asks it gets a number of
 * an open file or an error.
 */
#include "profiler/parsing/opener_process.h"

#include "profiler/log.h"
#include "symbolize/process/mapped.h"
#include "symbolize/process/perf_map.h"
#include "tests/fuzz/peer.h"

#define FILES 8

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

long __real_syscall(long number, ...);
long __wrap_syscall(long number, long a, long b, long c, long d, long e, long f);

/* The opener is watched while it is waited for: there must be such a process. */
long __wrap_syscall(long number, long a, long b, long c, long d, long e, long f)
{
	return number == SYS_clone ? getpid() : __real_syscall(number, a, b, c, d, e, f);
}

static void ask(const struct opener *opener, size_t i)
{
	const struct mapping m = { .dev = i, .inode = 1, .path = "/a", .path_len = 2 };
	const struct perf_map_wanted wanted = { .dir_fd = fuzz_files()[2], .known_fd = -1 };
	int fd, err;

	if (i % 4 == 0)
		err = opener_open(opener, "/a", &fd);
	else if (i % 4 == 1)
		err = opener->open_mapped(opener->ctx, 1, 0, &m, &fd);
	else if (i % 4 == 2)
		err = opener->open_tmp(opener->ctx, getpid(), &fd);
	else
		err = opener->open_perf_map(opener->ctx, &wanted, &fd);
	check(err <= 0 && !err == (fd >= 0));
	if (!err)
		opener_close(opener, fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = { data, data + size };
	const int *files = fuzz_files();
	size_t open = fuzz_open_files();
	struct opener_process *o;

	log_set_level(LOG_QUIET);
	check(files && !opener_process_open(&o));
	fuzz_peer_says(&in);
	for (size_t i = 0; i < FILES; i++)
		ask(opener_process_opener(o), i);
	opener_process_close(o);
	close(fuzz_sockets[0]); /* which it leaves to the opener */
	close(fuzz_sockets[1]);
	fuzz_peer_ends();
	check(fuzz_open_files() == open);
	return 0;
}
