// SPDX-License-Identifier: BSD-2-Clause
/* test_maps.c - lines of /proc/PID/maps. */
#include "tests/unit/row.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "symbolize/process/maps.h"

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

static void walks_a_text_and_skips_damage(void **state)
{
	const char *text = "1000-2000 r-xp 0 08:01 7 /a\n"
			   "rubbish\n"
			   "\n"
			   "3000-4000 r-xp 0 08:01 8 /b\n"
			   "5000-6000 r-xp 0 08:01 9 /c";
	size_t len = strlen(text);
	struct mapping m;
	char seen[8] = "";

	while (maps_next(&text, &len, &m))
		strncat(seen, m.path + 1, 1);
	assert_string_equal(seen, "abc");
	assert_int_equal(len, 0);
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
		cmocka_unit_test(reads_no_further_than_its_length),
		cmocka_unit_test(turns_an_ip_into_an_offset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
