// SPDX-License-Identifier: BSD-2-Clause
/* test_window.c - parts of a file, as of a BPF map, through windows of whole pages. */
#include "profiler/window.h"
#include "tests/unit/row.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGES 8

/* Each word of it is its own offset. */
static int open_words(size_t page)
{
	int fd = memfd_create("words", MFD_CLOEXEC);

	assert_true(fd >= 0);
	for (uint64_t off = 0; off < PAGES * page; off += sizeof(off))
		assert_int_equal(write(fd, &off, sizeof(off)), sizeof(off));
	return fd;
}

static void a_window_shows_what_was_asked_for_and_its_pages(void **state)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	const struct {
		const char *name;
		size_t off, size;	/* asked for */
		size_t first, all_size; /* shown */
	} rows[] = {
		{ "a page", page, page, page, page },
		{ "a word", 2 * page + 8, 8, 2 * page, page },
		{ "the last word of a page", 2 * page - 8, 8, page, page },
		{ "two words on two pages", 2 * page - 8, 16, page, 2 * page },
		{ "from the start", 0, 3 * page, 0, 3 * page },
		{ "to the end", 7 * page + 16, page - 16, 7 * page, page },
	};
	int fd = open_words(page);

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct window w;
		const uint64_t *word;

		ROW_EQUAL(rows[i].name, window_open(&w, fd, PROT_READ, rows[i].off, rows[i].size),
			  0);
		ROW_EQUAL(rows[i].name, w.off, rows[i].first);
		ROW_EQUAL(rows[i].name, w.size, rows[i].all_size);
		word = window_at(&w, rows[i].off, rows[i].size);
		ROW_TRUE(rows[i].name, word);
		ROW_EQUAL(rows[i].name, *word, rows[i].off);
		window_close(&w);
		ROW_TRUE(rows[i].name, !window_at(&w, rows[i].off, 8));
		window_close(&w); /* closed already */
	}
	close(fd);
}

static void nothing_beside_a_window_is_shown(void **state)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	const struct {
		const char *name;
		size_t off, size;
		bool is_in;
	} rows[] = {
		{ "all of it", page, 2 * page, true },
		{ "its first byte", page, 1, true },
		{ "its last byte", 3 * page - 1, 1, true },
		{ "nothing, at its end", 3 * page, 0, true },
		{ "the byte before it", page - 1, 1, false },
		{ "the byte behind it", 3 * page, 1, false },
		{ "a word across its end", 3 * page - 4, 8, false },
		{ "more than it has", page, 2 * page + 1, false },
		{ "a size that wraps around", page + 8, SIZE_MAX, false },
		{ "an offset that wraps around", SIZE_MAX, 8, false },
	};
	int fd = open_words(page);
	struct window w;

	assert_int_equal(window_open(&w, fd, PROT_READ, page, 2 * page), 0);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		ROW_EQUAL(rows[i].name, window_at(&w, rows[i].off, rows[i].size) != NULL,
			  rows[i].is_in);
	window_close(&w);
	close(fd);
}

static void what_cannot_be_mapped_is_closed(void **state)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	struct window w = { .size = 1 };

	assert_int_equal(window_open(&w, -1, PROT_READ, 0, 8), -EBADF);
	assert_null(w.bytes);
	assert_int_equal(window_open(&w, fd, PROT_READ, 0, 8), -ENODEV);
	assert_null(w.bytes);
	window_close(&w);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_window_shows_what_was_asked_for_and_its_pages),
		cmocka_unit_test(nothing_beside_a_window_is_shown),
		cmocka_unit_test(what_cannot_be_mapped_is_closed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
