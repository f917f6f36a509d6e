// SPDX-License-Identifier: BSD-2-Clause
/* talk.c - see talk.h. */
#include "profiler/parsing/talk.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

int talk_start(struct talk *t)
{
	return t->socket >= 0 ? 0 : zygote_fork(t->zygote, &t->socket, &t->pid);
}

void talk_stop(struct talk *t)
{
	if (t->socket < 0)
		return;
	close(t->socket);
	zygote_kill(t->zygote, t->pid);
	t->socket = -1;
}

int talk_say(struct talk *t, enum protocol_kind kind, const void *bytes, size_t len)
{
	int err;

	t->m.kind = kind;
	t->m.len = len;
	if (bytes)
		memcpy(t->m.bytes, bytes, len);
	while ((err = message_send(t->socket, &t->m, true)) == -EAGAIN) {
		err = watch_wait(&t->watch, t->socket, POLLOUT);
		if (err)
			break;
	}
	t->m.file_cnt = 0;
	return err;
}

int talk_hear(struct talk *t)
{
	int err = watch_wait(&t->watch, t->socket, POLLIN);

	return err ? err : message_receive(t->socket, &t->m);
}

int talk_hear_bytes(struct talk *t)
{
	int err = watch_wait(&t->watch, t->socket, POLLIN);

	return err ? err : message_receive_bytes(t->socket, &t->m);
}

int talk_error(int32_t said)
{
	return said > 0 ? -EPROTO : said == -ENOMEM ? -ENOSPC : said;
}
