// SPDX-License-Identifier: BSD-2-Clause
/*
 * fuzz_zygote.c - any messages (messages.h) are a zygote's: whoever asks it gets one socket or an
 * error, and keeps no other file.
 */
#include "profiler/parsing/zygote.h"

#include "tests/fuzz/peer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void never_run(int socket)
{
	check(!"there is no child");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = { data, data + size };
	const int *files = fuzz_files();
	size_t open = fuzz_open_files();
	struct zygote *z;

	check(files && !zygote_open(never_run, &z));
	fuzz_peer_says(&in);
	for (size_t i = 0; i < FUZZ_MESSAGES / 2; i++) {
		int socket, err;
		pid_t pid;

		err = zygote_fork(z, &socket, &pid);
		check(err <= 0 && !err == (socket >= 0));
		if (!err)
			close(socket);
		check(zygote_kill(z, pid) <= 0);
	}
	zygote_close(z);
	fuzz_peer_ends();
	check(fuzz_open_files() == open);
	return 0;
}
