// SPDX-License-Identifier: BSD-2-Clause
/* What another process opens is open here, and is what this one would have opened. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "profiler/parsing/opener_process.h"
#include "symbolize/process/perf_map.h"
#include "symbolize/process/process.h"
#include "symbolize/symbolizer.h"

static const struct opener *opener;

static int setup(void **state)
{
	struct opener_process *o;
	int err = opener_process_open(&o);

	*state = o;
	if (!err)
		opener = opener_process_opener(o);
	return err;
}

static int teardown(void **state)
{
	opener_process_close(*state);
	return 0;
}

static void same_file(int fd, const char *path)
{
	struct stat a, b;

	assert_int_equal(fstat(fd, &a), 0);
	assert_int_equal(stat(path, &b), 0);
	assert_true(a.st_ino == b.st_ino && a.st_dev == b.st_dev);
}

static void test_path(void **state)
{
	char path[PATH_MAX], exe[PATH_MAX];
	int fd;

	(void)state;
	assert_non_null(realpath("/proc/self/exe", exe));
	assert_int_equal(opener_open(opener, exe, &fd), 0);
	same_file(fd, exe);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	assert_int_equal(opener_path_of(opener, fd, path), 0);
	assert_string_equal(path, exe);
	opener_close(opener, fd);
	for (int i = 0; i < 1000 && fcntl(fd, F_GETFD) >= 0; i++)
		usleep(1000);
	assert_int_equal(fcntl(fd, F_GETFD), -1);
}

static void test_refused(void **state)
{
	static const struct {
		const char *path;
		int err;
	} rows[] = {
		{ "/absent", -ENOENT },
		{ "/etc/passwd", -ENOEXEC },
		{ "/dev/null", -ENOEXEC },
		{ "/", -ENOEXEC },
	};
	int fd;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int err = opener_open(opener, rows[i].path, &fd);

		if (err != rows[i].err || fd != -1)
			fail_msg("[%s] %d, want %d", rows[i].path, err, rows[i].err);
	}
}

/* A thousand files, one after the other, need no more than a few threads. */
static void test_many(void **state)
{
	int fd;

	(void)state;
	for (int i = 0; i < 1000; i++) {
		assert_int_equal(opener_open(opener, "/proc/self/exe", &fd), 0);
		opener_close(opener, fd);
	}
}

static void test_mapped(void **state)
{
	const struct symbolizer_opts opts = { .debug = { .opener = opener } };
	struct process *process;
	struct symbolizer *s;
	size_t files = 0;

	(void)state;
	assert_int_equal(symbolizer_new(&opts, &s), 0);
	assert_int_equal(symbolizer_read_process(s, getpid(), NULL, &process), 0);
	for (size_t i = 0; i < process->cnt; i++) {
		const struct process_mapping *m = &process->mappings[i];

		if (!m->module || m->module[0] != '/')
			continue;
		assert_int_equal(m->source->err, 0);
		same_file(m->source->fd, m->module);
		files++;
	}
	assert_true(files >= 2); /* this program and the C library */
	symbolizer_free(s);
}

/* What can be opened and not be read is of a file system that is not asked again. */
static void test_late(void **state)
{
	const struct symbolizer_opts opts = { .debug = { .opener = opener } };
	struct process *process;
	struct symbolizer *s;
	struct mapping m;
	int fd = -1, late = 0;

	(void)state;
	assert_int_equal(symbolizer_new(&opts, &s), 0);
	assert_int_equal(symbolizer_read_process(s, getpid(), NULL, &process), 0);
	m = (struct mapping){ .start = process->mappings[0].start,
			      .end = process->mappings[0].end,
			      .dev = process->mappings[0].dev,
			      .inode = process->mappings[0].inode };
	mapping_set_path(&m, process->mappings[0].module, strlen(process->mappings[0].module));
	assert_int_equal(opener->open_mapped(opener->ctx, getpid(), 0, &m, &fd), 0);
	opener_close(opener, fd);
	while (!opener->open_mapped(opener->ctx, getpid(), 0, &m, &fd) && late++ < 100) {
		opener_close(opener, fd);
		opener->late(opener->ctx, m.dev);
	}
	assert_true(late > 0 && late < 100);
	assert_int_equal(opener->open_mapped(opener->ctx, getpid(), 0, &m, &fd), -ETIMEDOUT);
	symbolizer_free(s);
}

static void write_map(const char *path, const char *text)
{
	FILE *f = fopen(path, "we");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

/* It is opened once, and again when there is another one. */
static void test_perf_map(void **state)
{
	static const char first[] = "1000 10 one\n", second[] = "2000 10 two\n";
	char path[64], *text;
	struct perf_map *map;
	size_t len;

	(void)state;
	snprintf(path, sizeof(path), "/tmp/perf-%d.map", getpid());
	write_map(path, first);
	assert_int_equal(perf_map_open(getpid(), opener, &map), 0);
	perf_map_refresh(map);
	assert_int_equal(perf_map_read(map, &text, &len), 0);
	assert_string_equal(text, first);
	free(text);
	unlink(path);
	write_map(path, second);
	perf_map_refresh(map);
	unlink(path);
	assert_int_equal(perf_map_read(map, &text, &len), 0);
	assert_memory_equal(text, first, sizeof(first) - 1);
	assert_string_equal(text + sizeof(first) - 1, second);
	free(text);
	perf_map_close(map);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_path),	 cmocka_unit_test(test_refused),
		cmocka_unit_test(test_many),	 cmocka_unit_test(test_mapped),
		cmocka_unit_test(test_perf_map), cmocka_unit_test(test_late),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
