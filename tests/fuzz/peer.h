/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * peer.h - the other end of the sockets that are made here, without a process behind it: fork() and
 * clone() start none in the targets that include this, by the linker's --wrap.
 */
#ifndef TESTS_FUZZ_PEER_H
#define TESTS_FUZZ_PEER_H

#include <stdarg.h>
#include <sys/syscall.h>
#include <sys/types.h>

#include "tests/fuzz/messages.h"

#define NOBODY 0x7ffffff0 /* no process has this id */

static int fuzz_peer = -1;
static int fuzz_sockets[2]; /* as they were made */

int __real_message_pair(int sockets[2]);
int __wrap_message_pair(int sockets[2]);
pid_t __wrap_fork(void);

int __wrap_message_pair(int sockets[2])
{
	int err = __real_message_pair(sockets);

	check(fuzz_peer < 0 && !err);
	memcpy(fuzz_sockets, sockets, sizeof(fuzz_sockets));
	fuzz_peer =
		fcntl(sockets[1], F_DUPFD_CLOEXEC, 3); /* the other one is closed after fork() */
	check(fuzz_peer >= 0);
	return err;
}

pid_t __wrap_fork(void)
{
	return NOBODY;
}

static inline void fuzz_peer_says(struct fuzz_input *in)
{
	fuzz_say_all(fuzz_peer, in);
}

static inline void fuzz_peer_ends(void)
{
	close(fuzz_peer);
	fuzz_peer = -1;
}

#endif /* TESTS_FUZZ_PEER_H */
