// SPDX-License-Identifier: BSD-2-Clause
/* Bins, pages and rows in the arrays where the BPF program reads them, and what has no room. */
#include "profiler/tables/row_store.h"
#include "tests/unit/row.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define MEM_MAX ((size_t)4 << 20)

static void an_array_that_cannot_be_mapped_says_why(void **state)
{
	static const struct {
		const char *name, *path;
		int flags, err;
	} rows[] = {
		{ "no array", "/dev/null", O_RDWR, -ENODEV },
		{ "not ours to write", "/proc/self/exe", O_RDONLY, -EACCES },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		int fd = open(rows[i].path, rows[i].flags | O_CLOEXEC);
		struct kernel_tables kernel = { .files = fd, .pages = -1, .shards = -1 };
		struct row_store store;

		ROW_TRUE(rows[i].name, fd >= 0);
		ROW_EQUAL(rows[i].name, row_store_open(&store, &kernel, MEM_MAX), rows[i].err);
		row_store_close(&store);
		close(fd);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_array_that_cannot_be_mapped_says_why),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
