// SPDX-License-Identifier: BSD-2-Clause
/* Who waits counts little of the program's code as its own, and runs on when it is asked. */
#include "profiler/resident.h"

#include <stdbool.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "profiler/guard/message.h"
#include "profiler/guard/writer.h"
#include "profiler/parsing/opener_process.h"
#include "profiler/parsing/parser_process.h"
#include "profiler/parsing/zygote.h"
#include "tests/unit/row.h"

#define LITTLE_KB 512 /* of code and constants: what waits in them; a start touches 700 to 2000 */
#define WAITS	  200 /* of 10 ms */

/* What PID, or this process if it is 0, has in memory of files; asking touches some of them. */
static long files_kb(pid_t pid)
{
	char path[64], self[16] = "self";
	long size, resident, files = -1;
	FILE *f;

	if (pid)
		snprintf(self, sizeof(self), "%d", pid);
	snprintf(path, sizeof(path), "/proc/%s/statm", self);
	f = fopen(path, "re");
	assert_non_null(f);
	assert_int_equal(fscanf(f, "%ld %ld %ld", &size, &resident, &files), 3);
	fclose(f);
	return files * (sysconf(_SC_PAGESIZE) >> 10);
}

static void test_drop(void **state)
{
	long before = files_kb(0), after;

	(void)state;
	resident_drop();
	after = files_kb(0);
	assert_in_range(after, 1, before - 256);
}

static void test_wait(void **state)
{
	int sockets[2];
	long before;

	(void)state;
	assert_int_equal(message_pair(sockets), 0);
	assert_int_equal(write(sockets[0], "x", 1), 1);
	before = files_kb(0);
	resident_wait(sockets[1]);
	assert_true(files_kb(0) >= before);
	assert_int_equal(read(sockets[1], (char[1]){ 0 }, 1), 1);
	resident_wait(sockets[1]);
	assert_in_range(files_kb(0), 1, before - 256);
	before = files_kb(0);
	close(sockets[0]);
	resident_wait(sockets[1]);
	assert_true(files_kb(0) >= before);
	close(sockets[1]);
}

/* The children of this process, of which there are CNT. */
static void read_children(pid_t *pids, size_t cnt)
{
	char path[64];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/self/task/%d/children", getpid());
	f = fopen(path, "re");
	if (!f)
		skip(); /* not every kernel has it */
	for (size_t i = 0; i < cnt; i++)
		assert_int_equal(fscanf(f, "%d", &pids[i]), 1);
	fclose(f);
}

static bool comes_to_rest(pid_t pid)
{
	const struct timespec moment = { .tv_nsec = 10000000 };

	for (int i = 0; i < WAITS; i++) {
		if (files_kb(pid) <= LITTLE_KB)
			return true;
		nanosleep(&moment, NULL);
	}
	print_message("%ld KB\n", files_kb(pid));
	return false;
}

/* Also once they were asked something. */
static void test_processes(void **state)
{
	const struct writer_file file = { "/dev/null", false, false };
	struct opener_process *o;
	struct writer *writer;
	struct zygote *zygote;
	pid_t pids[3], parser;
	int err, fd, socket;

	(void)state;
	assert_int_equal(writer_start(&file, 1, &writer, &err), 0);
	assert_int_equal(zygote_open(parser_process_run, &zygote), 0);
	assert_int_equal(opener_process_open(&o), 0);
	read_children(pids, 3);
	for (size_t i = 0; i < 3; i++)
		assert_true(comes_to_rest(pids[i]));
	assert_int_equal(writer_open(writer, 0, &fd), 0);
	close(fd);
	assert_int_equal(opener_open(opener_process_opener(o), "/proc/self/exe", &fd), 0);
	opener_close(opener_process_opener(o), fd);
	assert_int_equal(zygote_fork(zygote, &socket, &parser), 0);
	close(socket);
	for (size_t i = 0; i < 3; i++)
		assert_true(comes_to_rest(pids[i]));
	opener_process_close(o);
	zygote_close(zygote);
	writer_close(writer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_drop),
		cmocka_unit_test(test_wait),
		cmocka_unit_test(test_processes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
