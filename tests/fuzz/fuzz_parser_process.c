// SPDX-License-Identifier: BSD-2-Clause
/*
 * fuzz_parser_process.c - any messages (messages.h) are questions to a parser, and answers to what it
 * asks in between: it comes to their end, and keeps no file.
 *
 * One of the kind FUZZ_FILE is none: its bytes are the file that all have.
 */
#include "profiler/parsing/parser_process.h"

#include <errno.h>
#include <pthread.h>

#include "profiler/parsing/protocol.h"
#include "tests/fuzz/messages.h"

#define FUZZ_FILE 254
#define QUESTIONS 4096 /* of one file */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void *listen_to_all(void *arg)
{
	static struct message m;
	int err;

	while ((err = message_receive(*(int *)arg, &m)) != -EPIPE) {
		check(!err && m.kind <= PROTOCOL_DONE);
		message_close_files(&m);
	}
	return NULL;
}

/* So many as an asker may have take a gigabyte. */
static void bound_questions(uint8_t *bytes, size_t len)
{
	struct protocol_names names;

	if (len < sizeof(names))
		return;
	memcpy(&names, bytes, sizeof(names));
	names.cnt %= QUESTIONS;
	memcpy(bytes, &names, sizeof(names));
}

static void ask_all(int socket, int file, struct fuzz_input *in)
{
	static uint8_t bytes[4 + UINT16_MAX];
	uint8_t files;
	size_t len;

	fuzz_write_elf(file); /* the input before may have had another one */
	for (int i = 0; i < FUZZ_MESSAGES && (len = fuzz_next(in, bytes, &files)); i++) {
		if (bytes[0] == FUZZ_FILE) {
			fuzz_write_file(file, bytes + 4, len - 4);
			continue;
		}
		if (bytes[0] == PROTOCOL_NAMES)
			bound_questions(bytes + 4, len - 4);
		if (!fuzz_send(socket, bytes, len, files))
			break;
	}
	check(!shutdown(socket, SHUT_WR));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = { data, data + size };
	const int *files = fuzz_files();
	size_t open = fuzz_open_files();
	pthread_t listener;
	int sockets[2];

	check(files && !message_pair(sockets));
	ask_all(sockets[0], files[0], &in);
	check(!pthread_create(&listener, NULL, listen_to_all, &sockets[0]));
	parser_process_serve(sockets[1]);
	close(sockets[1]);
	check(!pthread_join(listener, NULL));
	close(sockets[0]);
	check(fuzz_open_files() == open);
	return 0;
}
