// SPDX-License-Identifier: BSD-2-Clause
/*
 * fuzz_opener_pool.c - any messages (messages.h) are questions to the opener's threads: each that is one
 * has one answer, and what is opened can be closed.
 *
 * The processes whose mappings are opened are this one and none; no other file than one of an
 * answer is closed.
 */
#include "profiler/parsing/opener_pool.h"

#include <pthread.h>
#include <sched.h>
#include <stddef.h>

#include "tests/fuzz/messages.h"

#define ANSWER_S 60 /* however busy the machine is */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The threads stay, and so there is one pool for all inputs. */
static int pool_socket = -1;

static void *serve(void *arg)
{
	opener_pool_serve(*(int *)arg);
	return NULL;
}

static void start_pool(void)
{
	const struct timeval timeout = { .tv_sec = ANSWER_S };
	static int sockets[2];
	pthread_t thread;

	check(!message_pair(sockets));
	check(!setsockopt(sockets[0], SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout)));
	check(!pthread_create(&thread, NULL, serve, &sockets[1]));
	pool_socket = sockets[0];
}

static pid_t choose_pid(pid_t from)
{
	return from % 3 ? from % 3 > 0 ? getpid() : 0x7ffffff0 : 0;
}

/* Is there an answer to what these BYTES ask? */
static bool ask(uint8_t *bytes, size_t len)
{
	struct opener_question q;
	uint32_t kind;

	memcpy(&kind, bytes, sizeof(kind));
	if (len >= sizeof(kind) + sizeof(q)) {
		memcpy(&q, bytes + sizeof(kind), sizeof(q));
		q.pid = choose_pid(q.pid);
		q.kin = choose_pid(q.kin);
		q.fd = kind == OPENER_PERF_MAP ? fuzz_files()[q.fd & 3] : -1;
		memcpy(bytes + sizeof(kind), &q, sizeof(q));
	}
	return fuzz_send(pool_socket, bytes, len, 0) && len >= sizeof(kind) + sizeof(q) &&
	       kind != OPENER_CLOSE;
}

static void take_answer(void)
{
	static struct message m;
	struct opener_answer answer;
	uint8_t bytes[sizeof(uint32_t) + sizeof(struct opener_question)] = { OPENER_CLOSE };

	check(!message_receive(pool_socket, &m) && m.kind == OPENER_ANSWER && !m.file_cnt);
	check(m.len == sizeof(answer));
	memcpy(&answer, m.bytes, sizeof(answer));
	check(answer.err <= 0 && !answer.err == (answer.fd >= 0));
	if (answer.err)
		return;
	check(fcntl(answer.fd, F_GETFD) == FD_CLOEXEC);
	memcpy(bytes + sizeof(uint32_t) + offsetof(struct opener_question, fd), &answer.fd,
	       sizeof(answer.fd));
	check(fuzz_send(pool_socket, bytes, sizeof(bytes), 0));
	while (fcntl(answer.fd, F_GETFD) >= 0) /* libFuzzer says if it takes too long */
		sched_yield();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t bytes[4 + UINT16_MAX];
	struct fuzz_input in = { data, data + size };
	size_t answers = 0, len;
	uint8_t files;

	if (pool_socket < 0)
		start_pool();
	for (int i = 0; i < FUZZ_MESSAGES && (len = fuzz_next(&in, bytes, &files)); i++)
		answers += ask(bytes, len);
	while (answers--)
		take_answer();
	return 0;
}
