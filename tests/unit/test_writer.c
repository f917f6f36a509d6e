// SPDX-License-Identifier: BSD-2-Clause
/* The writer: files appear whole or not at all, also when the asker is killed. */
#include "profiler/guard/writer.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "tests/unit/row.h"

#define WAITS 1000 /* of 10 ms */

struct folder {
	char dir[64], path[80], old[96];
};

static int set_up(void **state)
{
	struct folder *p = calloc(1, sizeof(*p));

	*state = p;
	if (!p)
		return -1;
	strcpy(p->dir, "/tmp/wick-writer.XXXXXX");
	if (!mkdtemp(p->dir))
		return -1;
	snprintf(p->path, sizeof(p->path), "%s/out", p->dir);
	snprintf(p->old, sizeof(p->old), "%s.old", p->path);
	return 0;
}

static int tear_down(void **state)
{
	struct folder *p = *state;
	int err;

	unlink(p->path);
	unlink(p->old);
	err = rmdir(p->dir); /* fails if anything else was left there */
	free(p);
	return err;
}

static int count_files(const char *path)
{
	DIR *dir = opendir(path);
	int cnt = -2; /* . and .. */

	assert_non_null(dir);
	while (readdir(dir))
		cnt++;
	closedir(dir);
	return cnt;
}

static struct writer *start(const struct writer_file *files, size_t cnt)
{
	struct writer *w;
	int errs[2];

	assert_int_equal(writer_start(files, cnt, &w, errs), 0);
	return w;
}

static void put(struct writer *w, const char *text)
{
	int fd;

	assert_int_equal(writer_open(w, 0, &fd), 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static void expect(const char *path, const char *text)
{
	char got[64] = "";
	int fd = open(path, O_RDONLY);

	assert_true(fd >= 0 && read(fd, got, sizeof(got) - 1) >= 0);
	close(fd);
	assert_string_equal(got, text);
}

static void a_file_appears_when_it_is_committed(void **state)
{
	struct folder *p = *state;
	const struct writer_file file = { .path = p->path, .check = true };
	struct writer *w = start(&file, 1);
	struct stat st;
	mode_t mask = umask(0);

	umask(mask);
	put(w, "one");
	assert_int_equal(access(p->path, F_OK), -1);
	assert_int_equal(writer_commit(w, 0), 0);
	expect(p->path, "one");
	assert_int_equal(stat(p->path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0666 & ~mask);
	put(w, "two");
	assert_int_equal(writer_discard(w, 0), 0);
	expect(p->path, "one");
	assert_int_equal(count_files(p->dir), 1);
	writer_close(w);
}

static void the_old_one_is_kept_if_asked(void **state)
{
	struct folder *p = *state;
	const struct writer_file file = { .path = p->path, .keep_old = true };
	struct writer *w = start(&file, 1);

	put(w, "one");
	assert_int_equal(writer_commit(w, 0), 0);
	put(w, "two");
	assert_int_equal(writer_commit(w, 0), 0);
	expect(p->path, "two");
	expect(p->old, "one");
	writer_close(w);
}

static void what_cannot_be_written_is_found_before_the_start(void **state)
{
	struct folder *p = *state;
	char missing[96];
	const struct writer_file files[] = { { .path = p->path, .check = true },
					     { .path = missing, .check = true } };
	struct writer *w;
	int errs[2];

	snprintf(missing, sizeof(missing), "%s/none/out", p->dir);
	assert_int_equal(writer_start(files, 2, &w, errs), -ENOENT);
	assert_int_equal(errs[0], 0);
	assert_int_equal(errs[1], -ENOENT);
	assert_null(w);
	assert_int_equal(count_files(p->dir), 0);
}

static void only_files_that_were_named_can_be_asked_for(void **state)
{
	struct folder *p = *state;
	const struct writer_file file = { .path = p->path };
	struct writer *w = start(&file, 1);
	int fd;

	assert_int_equal(writer_open(w, 1, &fd), -EINVAL);
	writer_close(w);
}

/* What a killed asker leaves is removed by its writer, which ends. */
static void a_killed_asker_leaves_nothing(void **state)
{
	struct folder *p = *state;
	const struct writer_file file = { .path = p->path };
	const struct timespec wait = { .tv_nsec = 10000000 };
	pid_t pid = fork();
	int status, tries = 0;

	if (!pid) {
		struct writer *w;
		int errs[2];
		int fd;

		if (writer_start(&file, 1, &w, errs) || writer_open(w, 0, &fd))
			_exit(EXIT_FAILURE);
		if (write(fd, "half", 4) != 4 || count_files(p->dir) != 1)
			_exit(EXIT_FAILURE);
		raise(SIGKILL);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	while (count_files(p->dir) && tries++ < WAITS)
		nanosleep(&wait, NULL);
	assert_int_equal(count_files(p->dir), 0);
}

/* The asker's death ends it also while it waits for a pipe's reader. */
static void a_pipe_without_a_reader_does_not_hold_it(void **state)
{
	struct folder *p = *state;
	const struct writer_file file = { .path = p->path };
	int status;
	pid_t pid;

	assert_int_equal(mkfifo(p->path, 0600), 0);
	assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
	pid = fork();
	if (!pid) {
		struct writer *w;
		int errs[2];
		int fd;

		if (writer_start(&file, 1, &w, errs))
			_exit(EXIT_FAILURE);
		alarm(1); /* it waits in vain; SIGALRM kills this process */
		writer_open(w, 0, &fd);
		_exit(EXIT_FAILURE);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM);
	alarm(20); /* ends the test if the orphan, our child now, does not end */
	assert_true(waitpid(-1, &status, 0) > 0);
	alarm(0);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

/* What the check opened is what is written to: the reader sees no end in between. */
static void a_pipe_with_its_reader_is_kept(void **state)
{
	struct folder *p = *state;
	const struct writer_file file = { .path = p->path, .check = true };
	struct writer *w;
	int reader, fd;
	char got[8] = "";

	assert_int_equal(mkfifo(p->path, 0600), 0);
	reader = open(p->path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	w = start(&file, 1);
	assert_int_equal(read(reader, got, sizeof(got)), -1); /* 0 would be the end */
	assert_int_equal(errno, EAGAIN);
	assert_int_equal(writer_open(w, 0, &fd), 0);
	assert_int_equal(fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
	assert_int_equal(write(fd, "x", 1), 1);
	close(fd);
	assert_int_equal(writer_commit(w, 0), 0);
	fcntl(reader, F_SETFL, 0); /* the writer closes its copy when it has sent it */
	assert_int_equal(read(reader, got, sizeof(got)), 1);
	assert_int_equal(read(reader, got, sizeof(got)), 0);
	close(reader);
	writer_close(w);
}

/* What was opened is what gets the bytes, by whatever name; no file is made. */
static void an_own_descriptor_gets_the_bytes(void **state)
{
	struct folder *p = *state;
	const struct writer_file file = { .path = p->path, .check = true };
	char name[32], got[8] = "";
	int ends[2], fd, errs[1];
	struct writer *w;

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	snprintf(name, sizeof(name), "/dev/fd/%d", ends[1]);
	assert_int_equal(symlink(name, p->path), 0);
	w = start(&file, 1);
	close(ends[1]);
	put(w, "one");
	assert_int_equal(writer_commit(w, 0), 0);
	assert_int_equal(writer_open(w, 0, &fd), -EBADF); /* it was closed */
	writer_close(w);
	assert_int_equal(read(ends[0], got, sizeof(got)), 3);
	assert_int_equal(read(ends[0], got, sizeof(got)), 0);
	unlink(p->path);
	snprintf(name, sizeof(name), "/dev/fd/%d", ends[0]); /* to read from */
	assert_int_equal(symlink(name, p->path), 0);
	assert_int_equal(writer_start(&file, 1, &w, errs), -EBADF);
	assert_int_equal(count_files(p->dir), 1);
	close(ends[0]);
}

/* Whatever else the asker has open. */
static void descriptors_are_left_for_outputs(void **state)
{
	struct folder *p = *state;
	const struct writer_file file = { .path = p->path };
	struct rlimit before, limit;
	int fds[256], cnt = 0, fd;
	struct writer *w;

	getrlimit(RLIMIT_NOFILE, &before);
	w = start(&file, 1);
	writer_raise_open_files();
	getrlimit(RLIMIT_NOFILE, &limit);
	assert_int_equal(limit.rlim_cur, before.rlim_max - WRITER_FDS);
	limit.rlim_cur = 64;
	setrlimit(RLIMIT_NOFILE, &limit); /* a hard limit of millions would take long */
	while (cnt < 256 && (fd = dup(STDERR_FILENO)) >= 0)
		fds[cnt++] = fd;
	put(w, "one");
	while (cnt--)
		close(fds[cnt]);
	assert_int_equal(writer_commit(w, 0), 0);
	expect(p->path, "one");
	writer_close(w);
	setrlimit(RLIMIT_NOFILE, &before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define ROW(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
		ROW(a_file_appears_when_it_is_committed),
		ROW(the_old_one_is_kept_if_asked),
		ROW(what_cannot_be_written_is_found_before_the_start),
		ROW(only_files_that_were_named_can_be_asked_for),
		ROW(a_killed_asker_leaves_nothing),
		ROW(a_pipe_without_a_reader_does_not_hold_it),
		ROW(a_pipe_with_its_reader_is_kept),
		ROW(an_own_descriptor_gets_the_bytes),
		ROW(descriptors_are_left_for_outputs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
