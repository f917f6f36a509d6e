// SPDX-License-Identifier: BSD-2-Clause
/*
 * test_dwarf.c - the same program in every form that DWARF has, the limits, and the
 * numbers of which it is made.  The programs are the seeds of tests/fuzz/fuzz_dwarf.c.
 */
#include "tests/unit/row.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "symbolize/cursor.h"
#include "symbolize/dwarf/section.h"
#include "symbolize/symbolizer.h"

#define SEEDS	      "tests/fuzz/corpus/dwarf/"
#define MAX_ADDRESSES 4096

static void reads_numbers(void **state)
{
	static const struct {
		const char *name;
		uint8_t bytes[12];
		size_t size;
		uint64_t want_u;
		int64_t want_s;
		bool bad;
	} rows[] = {
		{ "one byte", { 0x7f }, 1, 127, -1, false },
		{ "two bytes", { 0x80, 0x7f }, 2, 16256, -128, false },
		{ "DWARF 5, figure C.1", { 0xb9, 0x64 }, 2, 12857, -3527, false },
		{ "64 bits",
		  { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01 },
		  10,
		  UINT64_MAX,
		  -1,
		  false },
		{ "no end", { 0x80, 0x80 }, 2, 0, 0, true },
		{ "nothing", { 0 }, 0, 0, 0, true },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const uint8_t *end = rows[i].bytes + rows[i].size;
		struct cursor u = { rows[i].bytes, end, false }, s = u, skip = u;

		ROW_EQUAL(rows[i].name, cursor_uleb(&u), rows[i].want_u);
		ROW_EQUAL(rows[i].name, u.bad, rows[i].bad);
		ROW_EQUAL(rows[i].name, cursor_sleb(&s), rows[i].want_s);
		cursor_skip_leb(&skip);
		ROW_EQUAL(rows[i].name, skip.at == end, true);
		ROW_EQUAL(rows[i].name, skip.bad, rows[i].bad);
	}
}

static void never_reads_behind_the_end(void **state)
{
	static const uint8_t bytes[] = { 'a', 'b', 0xff };
	struct cursor c = { bytes, bytes + 2, false };

	assert_int_equal(cursor_u32(&c), 0);
	assert_true(c.bad && c.at == c.end);
	c = (struct cursor){ bytes, bytes + 2, false };
	assert_string_equal(cursor_string(&c), "");
	assert_true(c.bad);
	c = (struct cursor){ bytes, bytes + 3, false };
	cursor_skip(&c, UINT64_MAX);
	assert_true(c.bad && c.at == c.end);
}

#define INFLATED (2 << 20)

/* An ELF file of one section, which is compressed; for free(). */
static uint8_t *new_compressed(uint8_t *inflated, size_t *size)
{
	static const char names[] = "\0.debug_info\0.names";
	uLongf packed_size = compressBound(INFLATED);
	size_t header = sizeof(Elf64_Ehdr) + 3 * sizeof(Elf64_Shdr), at = header + sizeof(names);
	uint8_t *file = calloc(1, at + sizeof(Elf64_Chdr) + packed_size);
	Elf64_Ehdr ehdr = { .e_ident = ELFMAG,
			    .e_shoff = sizeof(ehdr),
			    .e_shnum = 3,
			    .e_shentsize = sizeof(Elf64_Shdr),
			    .e_shstrndx = 2 };
	Elf64_Shdr shdrs[3] = { 0 };
	Elf64_Chdr chdr = { .ch_type = ELFCOMPRESS_ZLIB, .ch_size = INFLATED };

	assert_non_null(file);
	for (size_t i = 0; i < INFLATED; i++)
		inflated[i] = (uint8_t)(i * i >> 7 ^ i >> 16);
	assert_int_equal(compress(file + at + sizeof(chdr), &packed_size, inflated, INFLATED),
			 Z_OK);
	ehdr.e_ident[EI_CLASS] = ELFCLASS64;
	ehdr.e_ident[EI_DATA] =
		__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? ELFDATA2LSB : ELFDATA2MSB;
	ehdr.e_ident[EI_VERSION] = EV_CURRENT;
	shdrs[1] = (Elf64_Shdr){ .sh_name = 1,
				 .sh_type = SHT_PROGBITS,
				 .sh_flags = SHF_COMPRESSED,
				 .sh_offset = at,
				 .sh_size = sizeof(chdr) + packed_size };
	shdrs[2] = (Elf64_Shdr){
		.sh_name = 13, .sh_type = SHT_STRTAB, .sh_offset = header, .sh_size = sizeof(names)
	};
	memcpy(file, &ehdr, sizeof(ehdr));
	memcpy(file + sizeof(ehdr), shdrs, sizeof(shdrs));
	memcpy(file + header, names, sizeof(names));
	memcpy(file + at, &chdr, sizeof(chdr));
	*size = at + sizeof(chdr) + packed_size;
	return file;
}

/* In any order, also of what was dropped on the way. */
static void sections_have_their_bytes(void **state)
{
	static const struct {
		const char *name;
		uint64_t pass, off, len;
		bool is_there;
	} rows[] = {
		{ "the start", 0, 0, 100, true },
		{ "the middle", 0, 900000, 1000, true },
		{ "ahead, and what is before may go", 1500000, 1500000, 70000, true },
		{ "further", 1600000, 1650000, 10, true },
		{ "what was dropped", 1600000, 5, 100, true },
		{ "and all of it", 1700000, 0, INFLATED, true },
		{ "the last byte", 1800000, INFLATED - 1, 1, true },
		{ "behind the end", 0, INFLATED, 1, false },
		{ "beyond all numbers", 0, UINT64_MAX, 2, false },
	};
	static uint8_t inflated[INFLATED];
	struct dwarf_budget budget = { .left = INFLATED };
	struct dwarf_section s;
	struct elf_image *img;
	size_t size;
	uint8_t *file = new_compressed(inflated, &size);

	assert_int_equal(elf_image_open_memory(file, size, &img), 0);
	assert_int_equal(dwarf_section_open(&s, img,
					    elf_image_find_section(img, ".debug_info", SHT_NULL),
					    &budget),
			 0);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const uint8_t *got;

		dwarf_section_pass(&s, rows[i].pass);
		got = dwarf_section_need(&s, rows[i].off, rows[i].len);
		ROW_EQUAL(rows[i].name, got != NULL, rows[i].is_there);
		ROW_TRUE(rows[i].name, !got || !memcmp(got, inflated + rows[i].off, rows[i].len));
		ROW_TRUE(rows[i].name, i != 3 || s.dropped > 1000000);
	}
	dwarf_section_close(&s);
	assert_int_equal(atomic_load(&budget.left), INFLATED);
	elf_image_close(img);
	free(file);
}

/* The addresses of all of a seed's functions: its text is small. */
static size_t ask_all(struct symbolizer *s, const char *path, uint32_t ids[MAX_ADDRESSES])
{
	char command[512], line[256], type;
	unsigned long start, size;
	size_t cnt = 0;
	FILE *nm;

	snprintf(command, sizeof(command), "nm -S --defined-only %s", path);
	nm = popen(command, "r");
	assert_non_null(nm);
	while (fgets(line, sizeof(line), nm)) {
		/* Of what has no size, the type may pass for one. */
		if (sscanf(line, "%lx %lx %c", &start, &size, &type) != 3 || !strchr("tTW", type))
			continue;
		for (unsigned long at = start; at < start + size && cnt < MAX_ADDRESSES; at++)
			assert_int_equal(symbolizer_ask_file(s, path, at, &ids[cnt++]), 0);
	}
	pclose(nm);
	return cnt;
}

static bool ends_in(const char *text, const char *end)
{
	return text && strlen(text) >= strlen(end) &&
	       !strcmp(text + strlen(text) - strlen(end), end);
}

/* n::S::g() inlined, and where it was called is known. */
static bool has_inlined(const struct sym_answer *a, const char *name)
{
	const struct sym_frame *last = &a->frames[a->frame_cnt - 1];

	return a->frame_cnt > 1 && last->kind == SYM_INLINED && !strcmp(last->name, name) &&
	       last->call_line > 0 && ends_in(last->call_file, "s.cc");
}

static void reads_every_version(void **state)
{
	/* Strict DWARF 2 has no ranges that are not contiguous, and no call_line. */
	static const struct {
		const char *seed;
		bool has_calls;
	} rows[] = {
		{ "gcc2", false },   { "gcc4", true },	    { "gcc4-32", true }, { "gcc5", true },
		{ "gcc5-64", true }, { "gcc5-zlib", true }, { "clang4", true },	 { "clang5", true },
	};
	static uint32_t ids[MAX_ADDRESSES];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct symbolizer_opts opts = { .debug.root = "/nonexistent" };
		size_t cnt, lines = 0, inlined = 0;
		struct symbolizer *s;
		char path[256];

		snprintf(path, sizeof(path), SEEDS "%s", rows[i].seed);
		assert_int_equal(symbolizer_new(&opts, &s), 0);
		cnt = ask_all(s, path, ids);
		assert_int_equal(symbolizer_resolve(s), 0);
		for (size_t j = 0; j < cnt; j++) {
			const struct sym_answer *a = symbolizer_answer(s, ids[j]);

			ROW_TRUE(rows[i].seed, a->reason == SYM_NAMED);
			lines += a->line > 0 && ends_in(a->file, "s.cc");
			inlined += has_inlined(a, "n::S::g");
		}
		ROW_TRUE(rows[i].seed, cnt > 50);
		ROW_TRUE(rows[i].seed, lines > cnt * 9 / 10);
		ROW_TRUE(rows[i].seed, !rows[i].has_calls || inlined > 0);
		symbolizer_free(s);
	}
}

/*
 * Strict DWARF 2 of gcc 14: in_two_pieces() has a cold part, into which twice() was inlined.  It
 * is described with the range of the hot one alone, and the cold one as another function's.
 */
static void finds_calls_in_a_second_piece(void **state)
{
	const struct symbolizer_opts opts = { .debug.root = "/nonexistent" };
	static uint32_t ids[MAX_ADDRESSES];
	size_t cnt, inlined = 0;
	struct symbolizer *s;

	assert_int_equal(symbolizer_new(&opts, &s), 0);
	cnt = ask_all(s, SEEDS "gcc2-pieces", ids);
	assert_int_equal(symbolizer_resolve(s), 0);
	for (size_t i = 0; i < cnt; i++) {
		const struct sym_answer *a = symbolizer_answer(s, ids[i]);

		assert_int_equal(a->reason, SYM_NAMED);
		inlined += a->frame_cnt == 2 && !strcmp(a->frames[1].name, "twice") &&
			   !strncmp(a->frames[0].name, "in_two_pieces", 13);
	}
	assert_int_equal(inlined, 0x4e - 0x3a);
	symbolizer_free(s);
}

static void count_call(void *ctx, const char *module)
{
	assert_true(ends_in(module, "gcc5"));
	++*(int *)ctx;
}

static void count_progress(void *ctx, const char *module, size_t done, size_t total)
{
	assert_true(done < total);
	assert_true(ends_in(module, "gcc5"));
	++*(int *)ctx;
}

static void keeps_to_its_budget(void **state)
{
	/* Each of the first ones is too little for some section or other. */
	static const size_t budgets[] = { 1, 100, 1000, 3000, 100000 };
	static uint32_t ids[MAX_ADDRESSES];
	bool had_lines = false;

	for (size_t i = 0; i < ARRAY_SIZE(budgets); i++) {
		int refused = 0;
		const struct symbolizer_opts opts = { .dwarf_mem = budgets[i],
						      .too_large = count_call,
						      .callback_ctx = &refused };
		const struct sym_answer *a;
		struct symbolizer *s;

		assert_int_equal(symbolizer_new(&opts, &s), 0);
		assert_true(ask_all(s, SEEDS "gcc5", ids) > 0);
		assert_int_equal(symbolizer_resolve(s), 0);
		a = symbolizer_answer(s, ids[0]);
		assert_int_equal(a->reason, SYM_NAMED);
		had_lines = a->line > 0;
		assert_true(i || !had_lines);
		symbolizer_free(s);
	}
	assert_true(had_lines);
}

static void tells_what_is_too_large(void **state)
{
	int refused = 0;
	/* Compressed sections are charged at once: the plain ones as they are read. */
	const struct symbolizer_opts opts = { .dwarf_mem = 10,
					      .too_large = count_call,
					      .callback_ctx = &refused };
	static uint32_t ids[MAX_ADDRESSES];
	struct symbolizer *s;

	assert_int_equal(symbolizer_new(&opts, &s), 0);
	assert_true(ask_all(s, SEEDS "gcc5", ids) > 0);
	assert_int_equal(symbolizer_resolve(s), 0);
	assert_int_equal(refused, 1);
	symbolizer_free(s);
}

/* A second round, after the first one was forgotten, gives the same. */
static void forgets_questions_and_keeps_tables(void **state)
{
	int told = 0;
	const struct symbolizer_opts opts = { .keep_dwarf = true,
					      .progress = count_progress,
					      .callback_ctx = &told };
	static uint32_t ids[MAX_ADDRESSES];
	static int lines[MAX_ADDRESSES];
	struct symbolizer *s;
	size_t cnt;

	assert_int_equal(symbolizer_new(&opts, &s), 0);
	for (int round = 0; round < 3; round++) {
		cnt = ask_all(s, SEEDS "gcc5", ids);
		assert_int_equal(ids[0], 0);
		assert_int_equal(symbolizer_resolve(s), 0);
		for (size_t i = 0; i < cnt; i++) {
			int line = symbolizer_answer(s, ids[i])->line;

			assert_true(!round || line == lines[i]);
			lines[i] = line;
		}
		symbolizer_forget(s);
	}
	assert_int_equal(told, 3);
	assert_int_equal(symbolizer_resolve(s), 0);
	symbolizer_free(s);
}

static void finds_split_units(void **state)
{
	/* The skeleton names a .dwo of another place: names by symbol, lines all the same. */
	static uint32_t ids[MAX_ADDRESSES];
	const struct symbolizer_opts opts = { 0 };
	struct symbolizer *s;
	size_t cnt, lines = 0;

	assert_int_equal(symbolizer_new(&opts, &s), 0);
	cnt = ask_all(s, SEEDS "gcc5-split", ids);
	assert_int_equal(symbolizer_resolve(s), 0);
	for (size_t i = 0; i < cnt; i++) {
		const struct sym_answer *a = symbolizer_answer(s, ids[i]);

		assert_int_equal(a->frame_cnt, 1);
		lines += a->line > 0;
	}
	assert_true(cnt > 50 && lines > cnt / 2);
	symbolizer_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_numbers),
		cmocka_unit_test(never_reads_behind_the_end),
		cmocka_unit_test(sections_have_their_bytes),
		cmocka_unit_test(reads_every_version),
		cmocka_unit_test(finds_calls_in_a_second_piece),
		cmocka_unit_test(keeps_to_its_budget),
		cmocka_unit_test(tells_what_is_too_large),
		cmocka_unit_test(forgets_questions_and_keeps_tables),
		cmocka_unit_test(finds_split_units),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
