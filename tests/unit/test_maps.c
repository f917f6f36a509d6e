// SPDX-License-Identifier: BSD-2-Clause
/* test_maps.c - lines of /proc/PID/maps. */
#include "tests/unit/row.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "symbolize/process/maps_file.h"

static void parses_each_kind_of_line(void **state)
{
	const struct {
		const char *name, *line;
		int err;
		struct mapping want;
	} rows[] = {
		{ "a file",
		  "55d0c0a01000-55d0c0a05000 r-xp 00001000 08:01 42   /usr/bin/cat",
		  0,
		  { .start = 0x55d0c0a01000,
		    .end = 0x55d0c0a05000,
		    .off = 0x1000,
		    .exec = true,
		    .dev = makedev(8, 1),
		    .inode = 42,
		    .path = "/usr/bin/cat" } },
		{ "with its newline",
		  "1000-2000 r--p 00000000 fd:10 42 /x\n",
		  0,
		  { .start = 0x1000,
		    .end = 0x2000,
		    .dev = makedev(0xfd, 0x10),
		    .inode = 42,
		    .path = "/x" } },
		{ "anonymous",
		  "7f00-8000 rw-p 00000000 00:00 0 ",
		  0,
		  { .start = 0x7f00, .end = 0x8000, .path = "" } },
		{ "anonymous, no blank behind",
		  "7f00-8000 rwxp 00000000 00:00 0",
		  0,
		  { .start = 0x7f00, .end = 0x8000, .exec = true, .path = "" } },
		{ "vdso",
		  "7ffd1000-7ffd2000 r-xp 00000000 00:00 0      [vdso]",
		  0,
		  { .start = 0x7ffd1000, .end = 0x7ffd2000, .exec = true, .path = "[vdso]" } },
		{ "the highest addresses",
		  "ffffffffff600000-ffffffffff601000 --xp 0 00:00 0 [vsyscall]",
		  0,
		  { .start = 0xffffffffff600000,
		    .end = 0xffffffffff601000,
		    .exec = true,
		    .path = "[vsyscall]" } },
		{ "a blank in the path",
		  "1000-2000 r-xp 00000000 08:01 7    /tmp/a b/c",
		  0,
		  { .start = 0x1000,
		    .end = 0x2000,
		    .exec = true,
		    .dev = makedev(8, 1),
		    .inode = 7,
		    .path = "/tmp/a b/c" } },
		{ "replaced by an upgrade",
		  "1000-2000 r-xp 0 08:01 7 /usr/lib/x.so (deleted)",
		  0,
		  { .start = 0x1000,
		    .end = 0x2000,
		    .exec = true,
		    .dev = makedev(8, 1),
		    .inode = 7,
		    .deleted = true,
		    .path = "/usr/lib/x.so" } },
		{ "a file called (deleted)",
		  "1000-2000 r-xp 0 08:01 7 (deleted)",
		  0,
		  { .start = 0x1000,
		    .end = 0x2000,
		    .exec = true,
		    .dev = makedev(8, 1),
		    .inode = 7,
		    .path = "(deleted)" } },
		{ "an inode of 64 bits",
		  "1000-2000 r--p 0 08:01 18446744073709551615 /x",
		  0,
		  { .start = 0x1000,
		    .end = 0x2000,
		    .dev = makedev(8, 1),
		    .inode = UINT64_MAX,
		    .path = "/x" } },
		{ "an inode of 65 bits", "1000-2000 r--p 0 08:01 18446744073709551616 /x",
		  .err = -EINVAL },
		{ "an empty range", "1000-1000 r-xp 0 08:01 7 /x", .err = -EINVAL },
		{ "a range backwards", "2000-1000 r-xp 0 08:01 7 /x", .err = -EINVAL },
		{ "an address too large", "11112222333344445-2 r-xp 0 08:01 7 /x", .err = -EINVAL },
		{ "no address", "-1000 r-xp 0 08:01 7 /x", .err = -EINVAL },
		{ "cut in the permissions", "1000-2000 r-x", .err = -EINVAL },
		{ "cut behind the permissions", "1000-2000 r-xp ", .err = -EINVAL },
		{ "cut in the device", "1000-2000 r-xp 0 08", .err = -EINVAL },
		{ "no inode", "1000-2000 r-xp 0 08:01 /x", .err = -EINVAL },
		{ "empty", "", .err = -EINVAL },
		{ "a newline alone", "\n", .err = -EINVAL },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct mapping *want = &rows[i].want;
		const char *name = rows[i].name;
		struct mapping m;

		ROW_EQUAL(name, maps_parse_line(rows[i].line, strlen(rows[i].line), &m),
			  rows[i].err);
		if (rows[i].err)
			continue;
		ROW_EQUAL(name, m.start, want->start);
		ROW_EQUAL(name, m.end, want->end);
		ROW_EQUAL(name, m.off, want->off);
		ROW_EQUAL(name, m.dev, want->dev);
		ROW_EQUAL(name, m.inode, want->inode);
		ROW_EQUAL(name, m.exec, want->exec);
		ROW_EQUAL(name, m.deleted, want->deleted);
		ROW_EQUAL(name, m.path_len, strlen(want->path));
		ROW_TRUE(name, !memcmp(m.path, want->path, m.path_len));
	}
}

/* Put the first letters of the paths in TEXT into SEEN, by a file of it. */
static void walk(const char *text, size_t len, char *seen)
{
	struct maps_file f;
	struct mapping m;
	int fd = memfd_create("maps", MFD_CLOEXEC);

	assert_int_equal(write(fd, text, len), len);
	maps_file_begin(&f, fd);
	maps_file_rewind(&f);
	for (int round = 0; round < 2; round++) {
		*seen = '\0';
		while (maps_file_next(&f, &m))
			strncat(seen, m.path + 1, 1);
		assert_int_equal(f.err, 0);
		assert_int_equal(f.is_empty, !len);
		maps_file_rewind(&f);
	}
	maps_file_close(&f);
}

static void walks_a_text_and_skips_damage(void **state)
{
	static const char text[] = "1000-2000 r-xp 0 08:01 7 /a\n"
				   "rubbish\n"
				   "\n"
				   "3000-4000 r-xp 0 08:01 8 /b\n"
				   "5000-6000 r-xp 0 08:01 9 /c\n";
	char seen[8];

	walk(text, strlen(text), seen);
	assert_string_equal(seen, "abc");
	walk("", 0, seen);
	assert_string_equal(seen, "");
}

/* What is behind the end of a line that is too long is no line, whatever it looks like. */
static void skips_lines_without_end(void **state)
{
	static const char first[] = "1000-2000 r-xp 0 08:01 7 /a\n3000-4000 r-xp 0 08:01 7 /x";
	static const char fake[] = "5000-6000 r-xp 0 08:01 8 /b ";
	static const char last[] = "\n7000-8000 r-xp 0 08:01 9 /c\n";
	size_t fakes_len = 2000 * (sizeof(fake) - 1), len = sizeof(first) - 1;
	char *text = malloc(sizeof(first) + fakes_len + sizeof(last)), seen[8];

	assert_non_null(text);
	for (size_t shift = 0; shift < sizeof(fake); shift++) {
		memcpy(text, first, sizeof(first) - 1);
		memset(text + len, 'x', shift);
		for (size_t i = 0; i + shift < fakes_len; i++)
			text[len + shift + i] = fake[i % (sizeof(fake) - 1)];
		memcpy(text + len + fakes_len, last, sizeof(last));
		walk(text, len + fakes_len + sizeof(last) - 1, seen);
		assert_string_equal(seen, "ac");
	}
	free(text);
}

/* The mappings of a whole process, and a path that is as long as paths can be. */
static void reads_the_longest_path(void **state)
{
	char text[8300], seen[8];
	int len = sprintf(text, "1000-2000 r-xp 0 08:01 7 /");

	memset(text + len, 'p', sizeof(text) - (size_t)len);
	text[sizeof(text) - 1] = '\n';
	walk(text, sizeof(text), seen);
	assert_string_equal(seen, "p");
}

/* In a block of exactly its size, so that a sanitizer sees one byte too many. */
static void reads_no_further_than_its_length(void **state)
{
	static const char line[] = "1000-2000 r-xp 00001000 08:01 42 /x (deleted)\n";

	for (size_t len = 0; len < sizeof(line); len++) {
		char *copy = malloc(len + 1);
		char *exact = realloc(copy, len ? len : 1);
		struct mapping m;

		assert_non_null(exact);
		memcpy(exact, line, len);
		if (!maps_parse_line(exact, len, &m))
			assert_true(m.path + m.path_len <= exact + len);
		free(exact);
	}
}

static void turns_an_ip_into_an_offset(void **state)
{
	const struct mapping m = { .start = 0x7f0000001000, .end = 0x7f0000003000, .off = 0x5000 };

	assert_int_equal(mapping_ip_to_off(&m, 0x7f0000001000), 0x5000);
	assert_int_equal(mapping_ip_to_off(&m, 0x7f0000002fff), 0x6fff);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parses_each_kind_of_line),
		cmocka_unit_test(walks_a_text_and_skips_damage),
		cmocka_unit_test(skips_lines_without_end),
		cmocka_unit_test(reads_the_longest_path),
		cmocka_unit_test(reads_no_further_than_its_length),
		cmocka_unit_test(turns_an_ip_into_an_offset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
