// SPDX-License-Identifier: BSD-2-Clause
/* message.c - see message.h. */
#include "profiler/guard/message.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

union message_control {
	struct cmsghdr header;
	char space[CMSG_SPACE(MESSAGE_FILES * sizeof(int))];
};

_Static_assert(offsetof(struct message, bytes) + MESSAGE_SIZE == sizeof(struct message),
	       "nothing is behind the bytes");

void *message_owner_alloc(size_t size)
{
	void *owner = malloc(size);

	if (owner)
		memset(owner, 0, size - MESSAGE_SIZE);
	return owner;
}

int message_pair(int sockets[2])
{
	return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) ? -errno : 0;
}

int message_send(int socket, const struct message *m, bool now)
{
	union message_control control = { 0 };
	struct iovec parts[] = {
		{ (void *)&m->kind, sizeof(m->kind) },
		{ (void *)m->bytes, m->len },
	};
	struct msghdr header = { .msg_iov = parts, .msg_iovlen = 2 };
	size_t files_size = m->file_cnt * sizeof(int);
	ssize_t sent;

	if (m->file_cnt) {
		header.msg_control = &control;
		header.msg_controllen = CMSG_SPACE(files_size);
		control.header.cmsg_len = CMSG_LEN(files_size);
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		memcpy(CMSG_DATA(&control.header), m->files, files_size);
	}
	do {
		sent = sendmsg(socket, &header, MSG_NOSIGNAL | (now ? MSG_DONTWAIT : 0));
	} while (sent < 0 && errno == EINTR);
	if (sent < 0)
		return errno == EAGAIN ? -EAGAIN : -EPIPE;
	return 0;
}

static void take_files(const union message_control *control, const struct msghdr *header,
		       struct message *m)
{
	const struct cmsghdr *rights = &control->header;

	if (header->msg_controllen < CMSG_LEN(sizeof(int)) || rights->cmsg_type != SCM_RIGHTS)
		return;
	m->file_cnt = (rights->cmsg_len - CMSG_LEN(0)) / sizeof(int);
	memcpy(m->files, CMSG_DATA(rights), m->file_cnt * sizeof(int));
}

/* Without CONTROL the kernel drops the files that come with a message. */
static int receive(int socket, struct message *m, union message_control *control)
{
	struct iovec parts[] = {
		{ &m->kind, sizeof(m->kind) },
		{ m->bytes, sizeof(m->bytes) },
	};
	struct msghdr header = {
		.msg_iov = parts,
		.msg_iovlen = 2,
		.msg_control = control,
		.msg_controllen = control ? sizeof(*control) : 0,
	};
	ssize_t got;

	m->len = m->file_cnt = 0;
	do {
		got = recvmsg(socket, &header, MSG_CMSG_CLOEXEC);
	} while (got < 0 && errno == EINTR);
	if (got <= 0)
		return -EPIPE;
	if (control)
		take_files(control, &header, m);
	if (header.msg_flags & MSG_TRUNC || (size_t)got < sizeof(m->kind))
		return -EPROTO;
	if (control && header.msg_flags & MSG_CTRUNC)
		return -EMFILE; /* not all of the files could be opened here */
	m->len = (size_t)got - sizeof(m->kind);
	return 0;
}

int message_receive(int socket, struct message *m)
{
	union message_control control = { 0 };
	int err = receive(socket, m, &control);

	if (err)
		message_close_files(m);
	return err;
}

int message_receive_bytes(int socket, struct message *m)
{
	return receive(socket, m, NULL);
}

void message_close_files(struct message *m)
{
	for (size_t i = 0; i < m->file_cnt; i++)
		close(m->files[i]);
	m->file_cnt = 0;
}
