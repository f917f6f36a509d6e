/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * message.h - what the processes of a recording say to each other: a kind, some bytes, and open
 * files that come with them.
 *
 * Either side may have been taken over by what it read.  So a message is whole or an error, and what
 * its bytes say is for the receiver to check.
 *
 * Source:    unix(7): sockets of SOCK_SEQPACKET, which keep messages apart, and SCM_RIGHTS.
 * Ownership: files that were received are the receiver's to close; those sent stay the sender's.
 * Errors:    0 or a negative errno: -EPIPE the other one is gone; -EPROTO it sent what is no message;
 *            -EMFILE this process may have no more files open; -EAGAIN it would have to wait.
 * Threads:   one socket, one thread at a time.
 */
#ifndef PROFILER_GUARD_MESSAGE_H
#define PROFILER_GUARD_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MESSAGE_SIZE  ((size_t)96 << 10) /* bytes: half of what a socket holds, more than a name */
#define MESSAGE_FILES 8

struct message {
	uint32_t kind; /* what it means is between the two */
	size_t len;
	int files[MESSAGE_FILES];
	size_t file_cnt;
	uint8_t bytes[MESSAGE_SIZE];
};

/*
 * Allocate SIZE bytes of which the last are a message's.  They are zeroes but for those that it
 * carries, which take memory as they are used.
 */
void *message_owner_alloc(size_t size);

/* Make two sockets that are connected to each other. */
int message_pair(int sockets[2]);

/* Send the message; with NOW it is not waited until there is room for it. */
int message_send(int socket, const struct message *m, bool now);

/* Wait for the next message. */
int message_receive(int socket, struct message *m);

/* The same, of which no file is taken: to close a foreign one may take for ever. */
int message_receive_bytes(int socket, struct message *m);

/* Close the files that came with M. */
void message_close_files(struct message *m);

#endif /* PROFILER_GUARD_MESSAGE_H */
