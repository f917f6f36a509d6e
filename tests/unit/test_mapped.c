// SPDX-License-Identifier: BSD-2-Clause
/* test_mapped.c - the file of a mapping whose process has ended: it, or none. */
#include "tests/unit/row.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "symbolize/process/mapped.h"

static char dir[] = "/tmp/wick-mapped-XXXXXX";
static char file[64], fifo[64];
static pid_t ended;

static int set_up(void **state)
{
	FILE *f;

	if (!mkdtemp(dir))
		return -1;
	snprintf(file, sizeof(file), "%s/file", dir);
	snprintf(fifo, sizeof(fifo), "%s/fifo", dir);
	f = fopen(file, "we");
	if (!f || fputs("text", f) < 0 || fclose(f) || mkfifo(fifo, 0600))
		return -1;
	ended = fork();
	if (!ended)
		_exit(0);
	return waitpid(ended, NULL, 0) == ended ? 0 : -1;
}

static int tear_down(void **state)
{
	unlink(file);
	unlink(fifo);
	return rmdir(dir);
}

static struct mapping mapping_of(const char *path)
{
	struct mapping m = { .start = 0x1000, .end = 0x2000, .exec = true };
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	m.dev = st.st_dev;
	m.inode = st.st_ino;
	mapping_set_path(&m, path, strlen(path));
	return m;
}

static int open_it(pid_t kin, const struct mapping *m)
{
	int fd, err = mapped_open(ended, kin, m, &fd);
	char text[5] = "";

	if (err) {
		assert_int_equal(fd, -1);
		return err;
	}
	assert_int_equal(read(fd, text, 4), 4);
	assert_string_equal(text, "text");
	close(fd);
	return 0;
}

static void opens_it_by_its_path(void **state)
{
	struct mapping m = mapping_of(file);

	assert_int_equal(open_it(0, &m), 0);
	assert_int_equal(open_it(getpid(), &m), 0);
}

static void refuses_another_file(void **state)
{
	char other[80];
	struct mapping m = mapping_of(file);

	m.inode++;
	assert_int_equal(open_it(0, &m), -ESTALE);
	m.inode--;
	m.dev++;
	assert_int_equal(open_it(0, &m), -ESTALE);
	m.dev--;
	assert_int_equal(open_it(0, &m), 0);

	/* Replaced on disk: the path is the same. */
	snprintf(other, sizeof(other), "%s.new", file);
	assert_int_equal(close(open(other, O_CREAT | O_WRONLY | O_CLOEXEC, 0600)), 0);
	assert_int_equal(rename(file, fifo), 0);
	assert_int_equal(rename(other, file), 0);
	assert_int_equal(open_it(0, &m), -ESTALE);
	assert_int_equal(rename(fifo, file), 0);
	assert_int_equal(mkfifo(fifo, 0600), 0);
	assert_int_equal(open_it(0, &m), 0);
}

/* A number that was given to another file since. */
static void refuses_another_generation(void **state)
{
	struct mapping m = mapping_of(file);
	unsigned long generation = 0;
	int fd = open(file, O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	if (!ioctl(fd, FS_IOC_GETVERSION, &generation) && (uint32_t)generation) {
		m.generation = (uint32_t)generation;
		assert_int_equal(open_it(0, &m), 0);
		m.generation ^= 1;
		assert_int_equal(open_it(0, &m), -ESTALE);
	}
	close(fd);
}

static void never_opens_a_fifo(void **state)
{
	struct mapping m = mapping_of(fifo);

	assert_int_equal(open_it(0, &m), -ENOEXEC);
}

static void knows_that_it_is_deleted(void **state)
{
	struct mapping m = mapping_of(file);
	char path[80];

	snprintf(path, sizeof(path), "%s (deleted)", file);
	mapping_set_path(&m, path, strlen(path));
	assert_true(m.deleted);
	assert_int_equal(m.path_len, strlen(file));
	assert_int_equal(open_it(0, &m), -ENOENT);
}

/* What only a relative in another root sees; as root. */
static void looks_through_the_eyes_of_its_kin(void **state)
{
	struct mapping m = mapping_of(file);
	int go[2];
	char byte;
	pid_t kin;

	if (geteuid())
		skip();
	mapping_set_path(&m, "/file", strlen("/file"));
	assert_int_equal(open_it(0, &m), -ENOENT);
	assert_int_equal(pipe2(go, O_CLOEXEC), 0);
	kin = fork();
	if (!kin) {
		close(go[1]);
		if (chroot(dir) || read(go[0], &byte, 1) < 0)
			_exit(1);
		_exit(0);
	}
	close(go[0]);
	for (int i = 0; i < 200 && open_it(kin, &m); i++)
		usleep(10000);
	assert_int_equal(open_it(kin, &m), 0);
	close(go[1]);
	assert_int_equal(waitpid(kin, NULL, 0), kin);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(opens_it_by_its_path),
		cmocka_unit_test(refuses_another_file),
		cmocka_unit_test(refuses_another_generation),
		cmocka_unit_test(never_opens_a_fifo),
		cmocka_unit_test(knows_that_it_is_deleted),
		cmocka_unit_test(looks_through_the_eyes_of_its_kin),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
