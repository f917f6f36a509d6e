// SPDX-License-Identifier: BSD-2-Clause
/* The memory of a process: what is there, what is not, and how much of it. */
#include "profiler/interpreters/process_memory.h"
#include "tests/unit/row.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static int open_own(void)
{
	int fd = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

static void what_is_there_is_read(void **state)
{
	static const char text[] = "what is there";
	uint64_t number = 0x0123456789abcdef, word;
	char got[sizeof(text)];
	int fd = open_own();
	struct process_memory memory = process_memory_of(fd);

	assert_int_equal(process_memory_read(&memory, (uintptr_t)text, got, sizeof(got)), 0);
	assert_string_equal(got, text);
	assert_int_equal(process_memory_word(&memory, (uintptr_t)&number, &word), 0);
	assert_true(word == number);
	close(fd);
}

static void what_is_not_there_is_an_error(void **state)
{
	long page = sysconf(_SC_PAGESIZE);
	char *pages = mmap(NULL, 2 * page, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	const struct {
		const char *row;
		uint64_t address;
		int err;
	} rows[] = {
		{ "the last word", (uintptr_t)pages + page - 8, 0 },
		{ "the end of it", (uintptr_t)pages + page - 4, -EIO },
		{ "nothing", (uintptr_t)pages + page, -EIO },
		{ "NULL", 0, -EIO },
		{ "the kernel", 0xffffffff81000000, -EIO },
		{ "the last address", UINT64_MAX, -EIO },
		{ "the last offset", INT64_MAX - 7, -EIO },
		{ "beyond it", INT64_MAX - 6, -EIO },
	};
	int fd = open_own();
	struct process_memory memory = process_memory_of(fd);
	uint64_t word;

	assert_true(pages != MAP_FAILED);
	munmap(pages + page, page);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		ROW_EQUAL(rows[i].row, process_memory_word(&memory, rows[i].address, &word),
			  rows[i].err);
	munmap(pages, page);
	close(fd);
}

static void what_may_be_read_is_bounded(void **state)
{
	static char bytes[4096];
	int fd = open_own();
	struct process_memory memory = process_memory_of(fd);
	uint64_t word;

	memory.reads_left = 2;
	memory.bytes_left = 20;
	assert_int_equal(process_memory_read(&memory, (uintptr_t)bytes, bytes, 21), -EFBIG);
	assert_int_equal(process_memory_word(&memory, (uintptr_t)bytes, &word), 0);
	assert_int_equal(process_memory_read(&memory, (uintptr_t)bytes, bytes, 13), -EFBIG);
	assert_int_equal(process_memory_word(&memory, (uintptr_t)bytes, &word), 0);
	assert_int_equal(process_memory_read(&memory, (uintptr_t)bytes, bytes, 1), -EFBIG);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_there_is_read),
		cmocka_unit_test(what_is_not_there_is_an_error),
		cmocka_unit_test(what_may_be_read_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
