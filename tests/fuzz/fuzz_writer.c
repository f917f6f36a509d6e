// SPDX-License-Identifier: BSD-2-Clause
/*
 * fuzz_writer.c - any messages (messages.h) are questions to the process that writes: it comes to
 * their end, and leaves no other files than those that were named to it.
 */
#include "profiler/guard/writer_process.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "tests/fuzz/messages.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char folder[] = "/tmp/wick-fuzz.XXXXXX", out[32], old[40], pipe_path[32], missing[40];
static int reader = -1; /* of the pipe: without one it is waited for without end */

static void remove_folder(void)
{
	unlink(out);
	unlink(old);
	unlink(pipe_path);
	rmdir(folder);
}

static void make_folder(void)
{
	check(mkdtemp(folder) && !atexit(remove_folder));
	snprintf(out, sizeof(out), "%s/out", folder);
	snprintf(old, sizeof(old), "%s.old", out);
	snprintf(pipe_path, sizeof(pipe_path), "%s/pipe", folder);
	snprintf(missing, sizeof(missing), "%s/none/out", folder);
	check(!mkfifo(pipe_path, 0600));
	reader = open(pipe_path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	check(reader >= 0);
}

static void check_folder(void)
{
	DIR *dir = opendir(folder);
	const struct dirent *entry;

	check(dir);
	while ((entry = readdir(dir)))
		check(entry->d_name[0] == '.' || !strcmp(entry->d_name, "out") ||
		      !strcmp(entry->d_name, "out.old") || !strcmp(entry->d_name, "pipe"));
	closedir(dir);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct writer_file files[] = {
		{ .path = out, .keep_old = true },
		{ .path = missing },
		{ .path = "/dev/null" },
		{ .path = pipe_path },
	};
	struct fuzz_input in = { data, data + size };
	const int *sent = fuzz_files();
	int sockets[2];
	size_t open;

	if (reader < 0)
		make_folder();
	open = fuzz_open_files();
	check(sent && !message_pair(sockets));
	fuzz_say_all(sockets[0], &in);
	writer_process_serve(files, sizeof(files) / sizeof(files[0]), getppid(), sockets[1]);
	close(sockets[0]);
	close(sockets[1]);
	check(fuzz_open_files() == open);
	check_folder();
	return 0;
}
