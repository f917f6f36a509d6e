// SPDX-License-Identifier: BSD-2-Clause
/* Which files are a CPython, and of which version: what looks like one, and what does not. */
#include "profiler/interpreters/plugs.h"
#include "profiler/interpreters/python.h"
#include "tests/unit/row.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/unit/golden.h"

static char *fixture(const char *name, size_t *size)
{
	const char *folder = getenv("B");
	char path[4096];

	snprintf(path, sizeof(path), "%s/tests/fixtures/%s", folder ? folder : "build", name);
	return golden_slurp(path, size);
}

static void files_say_which_they_are(void **state)
{
	static const struct {
		const char *name;
		int err;
		uint32_t version;
		bool has_root, has_eval;
	} rows[] = {
		{ "python-2.7.so", -ENOTSUP, 0x207, false, true },
		{ "python-3.6.so", -ENOTSUP, 0x306, false, true },
		{ "python-3.9.so", 0, 0x309, true, true },	   /* by the text */
		{ "python-3.10.so", 0, 0x30a, true, true },	   /* of two digits */
		{ "python-3.11.so", 0, 0x30b, true, true },	   /* by Py_Version */
		{ "python-3.13.so", 0, 0x30d, true, true },	   /* by the cookie */
		{ "python-3.99.so", -ENOTSUP, 0x363, true, true }, /* is not known */
		{ "python-hidden.so", 0, 0x30c, true, false },	   /* by the section */
		{ "shapes.pie", -ENOENT, 0, false, false },
		{ "shapes.static", -ENOENT, 0, false, false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *row = rows[i].name;
		struct interpreter_file file;
		struct elf_image *image;
		size_t size;
		char *bytes = fixture(row, &size);
		uint64_t off;

		assert_int_equal(elf_image_open_memory(bytes, size, &image), 0);
		ROW_EQUAL(row, interpreter_describe(image, &file), rows[i].err);
		ROW_EQUAL(row, file.version, rows[i].version);
		ROW_EQUAL(row, file.kind, rows[i].version ? INTERPRETER_PYTHON : INTERPRETER_NONE);
		ROW_EQUAL(row, file.root != 0, rows[i].has_root);
		ROW_TRUE(row, !file.root || !elf_image_vaddr_to_off(image, file.root, &off));
		ROW_EQUAL(row, file.eval_end > file.eval_start, rows[i].has_eval);
		elf_image_close(image);
		free(bytes);
	}
}

/* The section that is looked through, 16 KiB at a time, begins before the text, ever nearer to it. */
static void a_version_is_found_wherever_it_lies(void **state)
{
	static const char text[] = "cpython-310";
	size_t size, before = 16384;
	char *bytes = fixture("python-3.10.so", &size);
	char *at = memmem(bytes, size, text, sizeof(text));

	assert_true(at && at - bytes > (ptrdiff_t)before);
	for (; before > 16384 - 100; before--) {
		struct interpreter_file file;
		struct elf_image *image;
		Elf64_Shdr *section;
		size_t cnt;

		assert_int_equal(elf_image_open_memory(bytes, size, &image), 0);
		section = (void *)(bytes + elf_image_header(image)->e_shoff);
		section += elf_image_find_section(image, ".rodata", SHT_PROGBITS) -
			   elf_image_sections(image, &cnt);
		section->sh_offset = (uint64_t)(at - bytes) - before;
		section->sh_size = before + 1000;
		elf_image_close(image);
		assert_int_equal(elf_image_open_memory(bytes, size, &image), 0);
		assert_int_equal(interpreter_describe(image, &file), 0);
		assert_int_equal(file.version, 0x30a);
		elf_image_close(image);
	}
	free(bytes);
}

/* Headers, symbols and texts: it is another version then, or none, or what it was. */
static void any_byte_of_a_file_may_be_wrong(void **state)
{
	struct interpreter_file file;
	struct elf_image *image;
	size_t size;
	char *bytes = fixture("python-3.9.so", &size);

	for (size_t at = 0; at < size; at++) {
		bytes[at] ^= (char)0xff;
		if (!elf_image_open_memory(bytes, size, &image)) {
			int err = interpreter_describe(image, &file);

			assert_true(!err || err == -ENOENT || err == -ENOTSUP);
			elf_image_close(image);
		}
		bytes[at] ^= (char)0xff;
	}
	free(bytes);
}

static void there_is_a_plug_for_each_kind(void **state)
{
	assert_null(interpreter_plug(INTERPRETER_NONE));
	assert_null(interpreter_plug(INTERPRETER_KIND_CNT));
	assert_null(interpreter_plug(UINT32_MAX));
	for (uint32_t kind = INTERPRETER_NONE + 1; kind < INTERPRETER_KIND_CNT; kind++) {
		const struct interpreter_plug *plug = interpreter_plug(kind);

		assert_non_null(plug);
		assert_non_null(plug->name);
		assert_true(plug->describe && plug->attach && plug->read_text && plug->line);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_say_which_they_are),
		cmocka_unit_test(a_version_is_found_wherever_it_lies),
		cmocka_unit_test(any_byte_of_a_file_may_be_wrong),
		cmocka_unit_test(there_is_a_plug_for_each_kind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
