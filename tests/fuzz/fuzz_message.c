// SPDX-License-Identifier: BSD-2-Clause
/*
 * fuzz_message.c - another process sends any bytes with any number of files: each is a message that
 * is whole, or an error that leaves no file open.
 */
#include "tests/fuzz/messages.h"

#include <errno.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Of each, its files, its length, its bytes. */
static size_t say_some(int socket, struct fuzz_input *in)
{
	size_t cnt = 0;

	while (in->at < in->end && cnt < FUZZ_MESSAGES) {
		uint8_t files = fuzz_u8(in);
		size_t len = fuzz_u8(in), left = (size_t)(in->end - in->at);

		len = len < left ? len : left;
		if (!len || !fuzz_send(socket, in->at, len, files))
			break;
		in->at += len;
		cnt++;
	}
	return cnt;
}

static void check_message(const struct message *m)
{
	check(m->len <= MESSAGE_SIZE && m->file_cnt <= MESSAGE_FILES);
	for (size_t i = 0; i < m->file_cnt; i++)
		check(fcntl(m->files[i], F_GETFD) == FD_CLOEXEC);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t too_long[MESSAGE_SIZE + 5];
	struct fuzz_input in = { data, data + size };
	const int *files = fuzz_files();
	size_t open = fuzz_open_files(), cnt;
	static struct message m;
	int sockets[2];

	check(files && !message_pair(sockets));
	cnt = say_some(sockets[1], &in);
	check(fuzz_send(sockets[1], too_long, sizeof(too_long), 1));
	close(sockets[1]);
	for (size_t i = 0; i < cnt; i++) {
		int err = message_receive(sockets[0], &m);

		check(!err || err == -EPROTO || err == -EMFILE);
		check(!err || !m.file_cnt);
		check_message(&m);
		message_close_files(&m);
	}
	check(message_receive(sockets[0], &m) == -EPROTO);
	check(message_receive(sockets[0], &m) == -EPIPE && !m.file_cnt);
	close(sockets[0]);
	check(fuzz_open_files() == open);
	return 0;
}
