// SPDX-License-Identifier: BSD-2-Clause
/* A message is whole or an error, and leaves no file open that was not taken. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "profiler/guard/message.h"
#include "tests/unit/row.h"

#define FILES 12 /* more than a message has */

/* What the sender was never to send: LEN bytes, and CNT times its stderr. */
static void send_raw(int socket, size_t len, size_t cnt)
{
	static uint8_t bytes[MESSAGE_SIZE + 8];
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(FILES * sizeof(int))];
	} control = { 0 };
	struct iovec part = { bytes, len };
	struct msghdr header = { .msg_iov = &part, .msg_iovlen = 1 };
	int *fds = (int *)CMSG_DATA(&control.header);

	for (size_t i = 0; i < cnt; i++)
		fds[i] = STDERR_FILENO;
	if (cnt) {
		header.msg_control = &control;
		header.msg_controllen = CMSG_SPACE(cnt * sizeof(int));
		control.header.cmsg_len = CMSG_LEN(cnt * sizeof(int));
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
	}
	assert_int_equal(sendmsg(socket, &header, 0), len);
}

/* The number that the next file will have. */
static int next_fd(void)
{
	int fd = dup(STDERR_FILENO);

	close(fd);
	return fd;
}

static void what_is_received_is_whole(void **state)
{
	static const struct {
		const char *row;
		size_t len, files;
		int err, err_of_bytes;
	} rows[] = {
		{ "a kind alone", 4, 0, 0, 0 },
		{ "the longest", 4 + MESSAGE_SIZE, 0, 0, 0 },
		{ "too long", 5 + MESSAGE_SIZE, 1, -EPROTO, -EPROTO },
		{ "no kind", 3, 1, -EPROTO, -EPROTO },
		{ "a file", 10, 1, 0, 0 },
		{ "as many as there may be", 10, MESSAGE_FILES, 0, 0 },
		{ "one file too many", 10, MESSAGE_FILES + 1, -EMFILE, 0 },
		{ "nothing, as at the end", 0, 0, -EPIPE, -EPIPE },
	};
	static struct message m;
	int sockets[2], fd;

	assert_int_equal(message_pair(sockets), 0);
	fd = next_fd();
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		send_raw(sockets[0], rows[i].len, rows[i].files);
		ROW_EQUAL(rows[i].row, message_receive(sockets[1], &m), rows[i].err);
		ROW_EQUAL(rows[i].row, m.file_cnt, rows[i].err ? 0 : rows[i].files);
		if (!rows[i].err)
			ROW_EQUAL(rows[i].row, m.len, rows[i].len - 4);
		message_close_files(&m);
		ROW_EQUAL(rows[i].row, next_fd(), fd);
		send_raw(sockets[0], rows[i].len, rows[i].files);
		ROW_EQUAL(rows[i].row, message_receive_bytes(sockets[1], &m), rows[i].err_of_bytes);
		ROW_EQUAL(rows[i].row, m.file_cnt, 0);
		ROW_EQUAL(rows[i].row, next_fd(), fd);
	}
	close(sockets[0]);
	assert_int_equal(message_receive(sockets[1], &m), -EPIPE);
	assert_int_equal(message_send(sockets[1], &m, false), -EPIPE);
	close(sockets[1]);
}

/* Who does not listen is not waited for, if so asked. */
static void a_full_socket_is_said(void **state)
{
	static struct message m = { .len = MESSAGE_SIZE };
	int sockets[2], err = 0;

	assert_int_equal(message_pair(sockets), 0);
	for (int i = 0; i < 100 && !err; i++)
		err = message_send(sockets[0], &m, true);
	assert_int_equal(err, -EAGAIN);
	close(sockets[0]);
	close(sockets[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_received_is_whole),
		cmocka_unit_test(a_full_socket_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
