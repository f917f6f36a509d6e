// SPDX-License-Identifier: BSD-2-Clause
/*
 * test_dwarf_bombs.c - DWARF in which many things share a large one: the work is counted, and
 * ends, and no table grows without bound.
 *
 * The units have a function each at CODE, CODE + FUNCTION, ...; all is in version 5.
 */
#include "tests/unit/row.h"

#include <dwarf.h>
#include <elf.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "symbolize/dwarf/inlines.h"
#include "symbolize/dwarf/unit.h"
#include "symbolize/limits.h"

#ifdef __SANITIZE_ADDRESS__
#define SLOWER 10
#else
#define SLOWER 1
#endif

#define CODE	 0x10000
#define FUNCTION 16
#define UNITS	 64
#define STEPS	 (1 << 22) /* of work that the files here get: 30 ms */
#define MOST_MIB 256	   /* of memory, most of it this test's own */

enum { INFO, ABBREV, STR, LINE, RNGLISTS, NAMES, SECTION_CNT };

static const char *const names[2][SECTION_CNT] = {
	{ ".debug_info", ".debug_abbrev", ".debug_str", ".debug_line", ".debug_rnglists",
	  ".names" },
	{ ".debug_info.dwo", ".debug_abbrev.dwo", ".debug_str.dwo", ".debug_line.dwo",
	  ".debug_rnglists.dwo", ".names" },
};

struct bytes {
	uint8_t *at;
	size_t size, cap;
};

struct bomb {
	struct bytes sections[SECTION_CNT];
};

static void put(struct bytes *b, const void *bytes, size_t size)
{
	if (b->size + size > b->cap) {
		b->cap = 2 * (b->size + size);
		b->at = realloc(b->at, b->cap);
		assert_non_null(b->at);
	}
	memcpy(b->at + b->size, bytes, size);
	b->size += size;
}

static void put_number(struct bytes *b, uint64_t value, size_t size)
{
	put(b, &value, size);
}

static void put_uleb(struct bytes *b, uint64_t value)
{
	for (; value >= 0x80; value >>= 7)
		put_number(b, (value & 0x7f) | 0x80, 1);
	put_number(b, value, 1);
}

static void fill(struct bytes *b, uint8_t byte, size_t cnt)
{
	for (size_t i = 0; i < cnt; i++)
		put_number(b, byte, 1);
}

/* An abbreviation, by its attributes and forms up to a 0. */
static void put_abbrev(struct bytes *b, uint64_t code, uint64_t tag, bool has_children,
		       const uint64_t *attrs)
{
	put_uleb(b, code);
	put_uleb(b, tag);
	put_number(b, has_children, 1);
	for (; *attrs; attrs += 2) {
		put_uleb(b, attrs[0]);
		put_uleb(b, attrs[1]);
	}
	put_number(b, 0, 2);
}

/* 1: a unit; 2: a function by a list of ranges; 3: one with its own range and name. */
static void put_abbrevs(struct bytes *b)
{
	static const uint64_t unit[] = { DW_AT_low_pc,
					 DW_FORM_addr,
					 DW_AT_high_pc,
					 DW_FORM_data4,
					 DW_AT_stmt_list,
					 DW_FORM_sec_offset,
					 0 };
	static const uint64_t listed[] = { DW_AT_ranges, DW_FORM_sec_offset, 0 };
	static const uint64_t named[] = { DW_AT_low_pc,
					  DW_FORM_addr,
					  DW_AT_high_pc,
					  DW_FORM_data4,
					  DW_AT_linkage_name,
					  DW_FORM_strp,
					  0 };

	put_abbrev(b, 1, DW_TAG_compile_unit, true, unit);
	put_abbrev(b, 2, DW_TAG_subprogram, false, listed);
	put_abbrev(b, 3, DW_TAG_inlined_subroutine, true, named);
	put_number(b, 0, 1);
}

/* Begin unit I, whose DIEs follow; the result is for end_unit(). */
static size_t begin_unit(struct bomb *b, size_t i, uint64_t abbrev_off)
{
	struct bytes *info = &b->sections[INFO];
	size_t start = info->size;

	put_number(info, 0, 4);
	put_number(info, 5, 2);
	put_number(info, DW_UT_compile, 1);
	put_number(info, 8, 1);
	put_number(info, abbrev_off, 4);
	put_uleb(info, 1);
	put_number(info, CODE + i * FUNCTION, 8);
	put_number(info, FUNCTION, 4);
	put_number(info, 0, 4);
	return start;
}

static void end_unit(struct bomb *b, size_t start)
{
	struct bytes *info = &b->sections[INFO];
	uint32_t len;

	put_number(info, 0, 1);
	len = (uint32_t)(info->size - start - 4);
	memcpy(info->at + start, &len, sizeof(len));
}

/* Many functions of many units have one list of ranges. */
static void shared_ranges(struct bomb *b)
{
	put_abbrevs(&b->sections[ABBREV]);
	for (size_t i = 0; i < 200000; i++) {
		put_number(&b->sections[RNGLISTS], DW_RLE_offset_pair, 1);
		put_number(&b->sections[RNGLISTS], 0x0201, 2);
	}
	put_number(&b->sections[RNGLISTS], DW_RLE_end_of_list, 1);
	for (size_t i = 0; i < UNITS; i++) {
		size_t unit = begin_unit(b, i, 0);

		for (int k = 0; k < 300; k++) {
			put_uleb(&b->sections[INFO], 2);
			put_number(&b->sections[INFO], 0, 4);
		}
		end_unit(b, unit);
	}
}

/* Each unit has its own table of abbreviations, which is the rest of all. */
static void shared_abbrevs(struct bomb *b)
{
	static const uint64_t none[] = { 0 };

	put_abbrevs(&b->sections[ABBREV]);
	b->sections[ABBREV].size--;
	for (uint64_t i = 4; i < 60000; i++)
		put_abbrev(&b->sections[ABBREV], i, DW_TAG_member, false, none);
	put_number(&b->sections[ABBREV], 0, 1);
	/* The entries at the end have seven bytes each. */
	for (size_t i = 0; i < 4000; i++)
		end_unit(b, begin_unit(b, i, b->sections[ABBREV].size - 1 - 7 * (40000 - i)));
}

static size_t begin_lines(struct bytes *line)
{
	static const uint8_t operands[] = { 0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1 };

	put_number(line, 0, 4);
	put_number(line, 5, 2);
	put_number(line, 0x0008, 2); /* the sizes of an address and of a selector */
	put_number(line, 0, 4);	     /* the header's size, set below */
	put_number(line, 0x01010101, 3);
	put_number(line, 0xfb, 1); /* line_base */
	put_number(line, 14, 1);
	put_number(line, 13, 1);
	put(line, operands, sizeof(operands));
	return line->size;
}

static void end_lines(struct bytes *line, size_t header_end)
{
	uint32_t len = (uint32_t)line->size - 4, header_len = (uint32_t)header_end - 12;

	memcpy(line->at, &len, sizeof(len));
	memcpy(line->at + 8, &header_len, sizeof(header_len));
}

static void one_function_each(struct bomb *b)
{
	put_abbrevs(&b->sections[ABBREV]);
	for (size_t i = 0; i < UNITS; i++)
		end_unit(b, begin_unit(b, i, 0));
}

/* Folders whose names have no bytes, as many as a number can say. */
static void endless_folders(struct bomb *b)
{
	struct bytes *line = &b->sections[LINE];

	one_function_each(b);
	begin_lines(line);
	put_number(line, 1, 1);
	put_uleb(line, DW_LNCT_path);
	put_uleb(line, DW_FORM_flag_present);
	put_uleb(line, UINT64_MAX / 2);
	end_lines(line, line->size);
}

/* One program for all units, which jumps to and fro over all addresses. */
static void shared_lines(struct bomb *b)
{
	struct bytes *line = &b->sections[LINE];
	size_t end;

	one_function_each(b);
	begin_lines(line);
	put_number(line, 0, 4); /* no folders and no files */
	end = line->size;
	for (int i = 0; i < 300000; i++) {
		put_number(line, 0x0900, 2);
		put_number(line, DW_LNE_set_address, 1);
		put_number(line, i % 2 ? CODE - 2 : CODE - 1, 8);
		put_number(line, DW_LNS_copy, 1);
	}
	end_lines(line, end);
}

/* Calls without end, each in the one before it, and all with the address. */
static void nested_calls(struct bomb *b)
{
	size_t unit;

	put_abbrevs(&b->sections[ABBREV]);
	fill(&b->sections[STR], 'x', 200000);
	put_number(&b->sections[STR], 0, 1);
	unit = begin_unit(b, 0, 0);
	for (int i = 0; i < 500; i++) {
		put_uleb(&b->sections[INFO], 3);
		put_number(&b->sections[INFO], CODE, 8);
		put_number(&b->sections[INFO], FUNCTION, 4);
		put_number(&b->sections[INFO], 0, 4);
	}
	end_unit(b, unit);
}

/* Units of four zeros. */
static void empty_units(struct bomb *b)
{
	put_abbrevs(&b->sections[ABBREV]);
	fill(&b->sections[INFO], 0, 32u << 20);
	end_unit(b, begin_unit(b, 0, 0));
}

static struct bytes link_sections(struct bomb *b, bool is_split)
{
	struct bytes file = { 0 };
	Elf64_Shdr headers[SECTION_CNT + 1] = { 0 };
	Elf64_Ehdr header = {
		.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB,
			     EV_CURRENT },
		.e_type = ET_DYN,
		.e_machine = EM_X86_64,
		.e_version = EV_CURRENT,
		.e_ehsize = sizeof(header),
		.e_shnum = SECTION_CNT + 1,
		.e_shentsize = sizeof(Elf64_Shdr),
		.e_shstrndx = NAMES + 1,
	};

	put_number(&b->sections[NAMES], 0, 1);
	for (int i = 0; i < SECTION_CNT; i++) {
		headers[i + 1].sh_name = (uint32_t)b->sections[NAMES].size;
		put(&b->sections[NAMES], names[is_split][i], strlen(names[is_split][i]) + 1);
	}
	put(&file, &header, sizeof(header));
	for (int i = 0; i < SECTION_CNT; i++) {
		headers[i + 1] = (Elf64_Shdr){ .sh_name = headers[i + 1].sh_name,
					       .sh_type = SHT_PROGBITS,
					       .sh_offset = file.size,
					       .sh_size = b->sections[i].size };
		put(&file, b->sections[i].at ? b->sections[i].at : (uint8_t *)"",
		    b->sections[i].size);
		free(b->sections[i].at);
	}
	header.e_shoff = file.size;
	put(&file, headers, sizeof(headers));
	memcpy(file.at, &header, sizeof(header));
	return file;
}

static struct sym_answer answers[UNITS * FUNCTION];
static struct arena arena; /* what they point to */

/* Ask for all addresses of the units, within BUDGET. */
static void ask(const struct bytes *file, struct dwarf_budget *budget)
{
	const struct symbolizer_opts opts = { 0 };
	struct sym_answer *asked[ARRAY_SIZE(answers)];
	struct elf_image *img;
	struct dwarf *dw;

	assert_int_equal(elf_image_open_memory(file->at, file->size, &img), 0);
	assert_int_equal(dwarf_file_open(img, budget, &dw), 0);
	for (size_t i = 0; i < ARRAY_SIZE(answers); i++) {
		answers[i] = (struct sym_answer){ .vaddr = CODE + i };
		asked[i] = &answers[i];
	}
	assert_int_equal(inlines_expand(&opts, &arena, dw, asked, ARRAY_SIZE(answers)), 0);
	for (size_t i = 0; i < ARRAY_SIZE(answers); i++)
		assert_true(answers[i].frame_cnt <= LIMIT_INLINES + 1);
	dwarf_file_close(dw);
	elf_image_close(img);
}

static long peak_mib(void)
{
	struct rusage usage;

	assert_int_equal(getrusage(RUSAGE_SELF, &usage), 0);
	return usage.ru_maxrss >> 10;
}

static void work_ends(void **state)
{
	static const struct {
		const char *name;
		void (*make)(struct bomb *b);
		bool takes_all; /* of the work that a file has */
	} rows[] = {
		{ "ranges", shared_ranges, true },	 { "abbreviations", shared_abbrevs, true },
		{ "folders", endless_folders, false },	 { "lines", shared_lines, true },
		{ "nested calls", nested_calls, false }, { "units", empty_units, false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct dwarf_budget budget = { .left = 512 << 20, .work = STEPS };
		struct bomb b = { 0 };
		struct bytes file;
		clock_t before;

		rows[i].make(&b);
		file = link_sections(&b, false);
		before = clock();
		ask(&file, &budget);
		ROW_TRUE(rows[i].name, clock() - before < SLOWER * CLOCKS_PER_SEC);
		ROW_EQUAL(rows[i].name, budget.lacks_work, rows[i].takes_all);
		ROW_TRUE(rows[i].name, SLOWER > 1 || peak_mib() < MOST_MIB);
		arena_fini(&arena);
		free(file.at);
	}
}

/* Write a file of split units, none of which is the one asked for, but each has a table of its own. */
static void write_dwo(const char *path)
{
	static const uint64_t none[] = { 0 };
	struct bomb b = { 0 };
	struct bytes file;
	FILE *f;

	for (size_t i = 0; i < 2 * DWARF_TABLES; i++) {
		uint64_t off = b.sections[ABBREV].size;

		put_abbrev(&b.sections[ABBREV], 1, DW_TAG_compile_unit, false, none);
		put_abbrev(&b.sections[ABBREV], 2, DW_TAG_member, true, none);
		put_number(&b.sections[ABBREV], 0, 1);
		put_number(&b.sections[INFO], 17, 4);
		put_number(&b.sections[INFO], 5, 2);
		put_number(&b.sections[INFO], DW_UT_split_compile, 1);
		put_number(&b.sections[INFO], 8, 1);
		put_number(&b.sections[INFO], off, 4);
		put_number(&b.sections[INFO], i, 8);
		put_uleb(&b.sections[INFO], 1);
	}
	file = link_sections(&b, true);
	f = fopen(path, "we");
	assert_non_null(f);
	assert_int_equal(fwrite(file.at, 1, file.size, f), file.size);
	assert_int_equal(fclose(f), 0);
	free(file.at);
}

/* A skeleton whose other half is in PATH, with a function of its own all the same. */
static struct bytes make_skeleton(const char *path)
{
	static const uint64_t unit[] = { DW_AT_low_pc,
					 DW_FORM_addr,
					 DW_AT_high_pc,
					 DW_FORM_data4,
					 DW_AT_dwo_name,
					 DW_FORM_string,
					 0 };
	static const uint64_t function[] = { DW_AT_low_pc,
					     DW_FORM_addr,
					     DW_AT_high_pc,
					     DW_FORM_data4,
					     DW_AT_name,
					     DW_FORM_string,
					     0 };
	struct bomb b = { 0 };
	struct bytes *info = &b.sections[INFO];
	size_t start = info->size;

	put_abbrev(&b.sections[ABBREV], 1, DW_TAG_compile_unit, true, unit);
	put_abbrev(&b.sections[ABBREV], 2, DW_TAG_subprogram, false, function);
	put_number(&b.sections[ABBREV], 0, 1);
	put_number(info, 0, 4);
	put_number(info, 5, 2);
	put_number(info, DW_UT_skeleton, 1);
	put_number(info, 8, 1);
	put_number(info, 0, 4);
	put_number(info, UINT64_MAX, 8);
	put_uleb(info, 1);
	put_number(info, CODE, 8);
	put_number(info, UNITS * FUNCTION, 4);
	put(info, path, strlen(path) + 1);
	put_uleb(info, 2);
	put_number(info, CODE, 8);
	put_number(info, UNITS * FUNCTION, 4);
	put(info, "kept", sizeof("kept"));
	end_unit(&b, start);
	return link_sections(&b, false);
}

/* The tables of its other half do not drive out the skeleton's, which is walked afterwards. */
static void a_skeleton_keeps_its_table(void **state)
{
	struct dwarf_budget budget = { .left = 512 << 20, .work = STEPS };
	char path[] = "/tmp/wick-dwo-XXXXXX";
	struct bytes file;
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	close(fd);
	write_dwo(path);
	file = make_skeleton(path);
	ask(&file, &budget);
	assert_int_equal(answers[0].frame_cnt, 1);
	assert_string_equal(answers[0].frames[0].name, "kept");
	arena_fini(&arena);
	free(file.at);
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(work_ends),
		cmocka_unit_test(a_skeleton_keeps_its_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
