// SPDX-License-Identifier: BSD-2-Clause
/* Bins, pages and rows in the arrays where the BPF program reads them, and what has no room. */
#include "profiler/tables/row_store.h"
#include "tests/unit/row.h"
#include "tests/unit/fake_kernel.h"

#include <fcntl.h>

#define MEM_MAX ((size_t)4 << 20)

static const struct kernel_tables no_kernel = { -1, -1, -1, -1, -1, -1, -1, NULL };

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

/* Rows at 0, 10, 20, ... of a page, of which each says where it begins. */
static void fill(struct unwind_row *rows, uint32_t cnt)
{
	for (uint32_t i = 0; i < cnt; i++)
		rows[i] = (struct unwind_row){ .pc_lo = (uint16_t)(10 * i),
					       .kind = UNWIND_CFA_RSP,
					       .cfa_off = (int32_t)(10 * i) };
}

static void the_row_is_the_last_that_begins_before(void **state)
{
	static const struct {
		const char *name;
		uint32_t cnt;
		uint16_t pc_lo;
		uint8_t kind;
		int32_t cfa_off;
	} rows[] = {
		{ "the first byte", 100, 0, UNWIND_CFA_RSP, 0 },
		{ "before the second row", 100, 9, UNWIND_CFA_RSP, 0 },
		{ "where a row begins", 100, 500, UNWIND_CFA_RSP, 500 },
		{ "before it", 100, 499, UNWIND_CFA_RSP, 490 },
		{ "behind the last one", 100, 0xffff, UNWIND_CFA_RSP, 990 },
		{ "a single row", 1, 0xffff, UNWIND_CFA_RSP, 0 },
		{ "no row", 0, 5, UNWIND_CFA_NONE, 0 },
	};
	struct unwind_row written[100];
	struct row_store store;

	fill(written, 100);
	assert_int_equal(row_store_open(&store, fake_kernel_open(), MEM_MAX), 0);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct unwind_page page = { 0 };
		struct unwind_row found;

		if (rows[i].cnt)
			ROW_EQUAL(rows[i].name, row_store_keep(&store, written, rows[i].cnt, &page),
				  0);
		ROW_EQUAL(rows[i].name, page.cnt, rows[i].cnt);
		found = row_store_find(&store, &page, rows[i].pc_lo);
		ROW_EQUAL(rows[i].name, found.kind, rows[i].kind);
		ROW_EQUAL(rows[i].name, found.cfa_off, rows[i].cfa_off);
		row_store_drop(&store, &page, 1);
	}
	row_store_close(&store);
	fake_kernel_close();
}

/* What a file leads to, as the program sees it. */
static void the_program_finds_pages_by_their_file(void **state)
{
	const struct kernel_tables *kernel = fake_kernel_open();
	struct unwind_page pages[] = { { 1, 2 }, { 3, 4 }, { 0, 0 } }, seen;
	struct unwind_file file;
	struct row_store store;
	uint32_t id, first_page, other;

	assert_int_equal(row_store_open(&store, kernel, MEM_MAX), 0);
	assert_int_equal(row_store_take_file(&store, &id), 0);
	assert_int_not_equal(id, UNWIND_FILE_NONE);
	assert_int_equal(row_store_publish(&store, pages, 3, &first_page), 0);
	row_store_set_file(&store, id, first_page, 3);
	fake_read(kernel->files, id, &file, sizeof(file));
	assert_int_equal(file.page_cnt, 3);
	for (uint32_t i = 0; i < 3; i++) {
		fake_read(kernel->pages, file.first_page + i, &seen, sizeof(seen));
		assert_memory_equal(&seen, &pages[i], sizeof(seen));
	}
	assert_int_equal(row_store_publish(&store, pages, UNWIND_PAGES, &other), -ENOSPC);
	row_store_withdraw(&store, first_page, 3);
	row_store_give_file(&store, id);
	assert_int_equal(store.page_pool.free_sum, UNWIND_PAGES);
	assert_int_equal(store.file_pool.free_sum, UNWIND_FILES - 1);
	row_store_close(&store);
	fake_kernel_close();
}

/* The program's map of pages is not one: what was taken for them is given back. */
static void pages_that_cannot_be_written_are_not_taken(void **state)
{
	struct kernel_tables kernel = *fake_kernel_open();
	struct unwind_page page = { 1, 2 };
	struct row_store store;
	uint32_t first_page;

	close(kernel.pages);
	kernel.pages = open("/dev/null", O_RDWR | O_CLOEXEC);
	fake_kernel.tables.pages = kernel.pages;
	assert_int_equal(row_store_open(&store, &kernel, MEM_MAX), 0);
	assert_int_equal(row_store_publish(&store, &page, 1, &first_page), -ENODEV);
	assert_int_equal(store.page_pool.free_sum, UNWIND_PAGES);
	row_store_close(&store);
	fake_kernel_close();
}

static void memory_is_capped_and_used_again(void **state)
{
	static struct unwind_row rows[60000];
	struct unwind_page pages[16];
	struct row_store store;
	uint32_t cnt = 0;
	int err;

	fill(rows, ARRAY_SIZE(rows));
	assert_int_equal(row_store_open(&store, &no_kernel, MEM_MAX), 0);
	while (!(err = row_store_keep(&store, rows, ARRAY_SIZE(rows), &pages[cnt])))
		cnt++;
	assert_int_equal(err, -ENOSPC);
	assert_int_equal(cnt, 2 * (UNWIND_SHARD_ROWS / ARRAY_SIZE(rows))); /* of two shards */
	assert_int_equal(row_store_bytes(&store), MEM_MAX);
	row_store_drop(&store, pages, cnt);
	assert_int_equal(row_store_keep(&store, rows, ARRAY_SIZE(rows), &pages[0]), 0);
	row_store_close(&store);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_array_that_cannot_be_mapped_says_why),
		cmocka_unit_test(the_row_is_the_last_that_begins_before),
		cmocka_unit_test(the_program_finds_pages_by_their_file),
		cmocka_unit_test(pages_that_cannot_be_written_are_not_taken),
		cmocka_unit_test(memory_is_capped_and_used_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
