// SPDX-License-Identifier: BSD-2-Clause
/* test_inlines.c - inline chains and lines; this program is its own fixture. */
#include "tests/unit/row.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "symbolize/symbolizer.h"

#define ALWAYS_INLINE static inline __attribute__((always_inline))

extern const char spot_innermost[], spot_second[], spot_plain[];
static int innermost_line;

/* A label is an address that both sides know. */
#define SPOT(label) __asm__ volatile(".globl " #label "\n" #label ":\n\tnop")

ALWAYS_INLINE int inner(int x)
{
	innermost_line = __LINE__ + 1;
	SPOT(spot_innermost);
	return x * 3;
}

ALWAYS_INLINE int middle(int x)
{
	int y = inner(x) + 1;

	SPOT(spot_second);
	return y;
}

__attribute__((noinline, used)) static int outer(int x)
{
	int y = middle(x);

	SPOT(spot_plain);
	return y;
}

static const struct sym_answer *answer(struct symbolizer *s, const char *spot)
{
	struct process *p;
	uint32_t id;

	assert_int_equal(symbolizer_read_process(s, getpid(), NULL, &p), 0);
	assert_int_equal(symbolizer_ask_user(s, p, (uintptr_t)spot, false, &id), 0);
	assert_int_equal(symbolizer_resolve(s), 0);
	return symbolizer_answer(s, id);
}

/* "outer;middle;inner", with the kinds checked. */
static void join(const struct sym_answer *a, char text[256])
{
	text[0] = '\0';
	for (unsigned int i = 0; i < a->frame_cnt; i++) {
		assert_int_equal(a->frames[i].kind, i ? SYM_INLINED : SYM_USER);
		snprintf(text + strlen(text), 256 - strlen(text), "%s%s", i ? ";" : "",
			 a->frames[i].name);
	}
}

static void gives_the_chain_outermost_first(void **state)
{
	static const struct {
		const char *spot, *want;
	} rows[] = {
		{ spot_innermost, "outer;middle;inner" },
		{ spot_second, "outer;middle" },
		{ spot_plain, "outer" },
	};
	struct symbolizer *s;
	char got[256];

	assert_int_equal(outer(1), 4);
	assert_int_equal(symbolizer_new(&(struct symbolizer_opts){ 0 }, &s), 0);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		join(answer(s, rows[i].spot), got);
		assert_string_equal(got, rows[i].want);
	}
	symbolizer_free(s);
}

/* All at once, so that the walk has to sort them apart. */
static void tells_neighbours_apart(void **state)
{
	uint64_t base = (uintptr_t)outer & ~63ull;
	struct symbolizer *s, *one;
	struct process *p, *q;
	uint32_t ids[256], id;
	char together[256], alone[256];

	assert_int_equal(symbolizer_new(&(struct symbolizer_opts){ 0 }, &s), 0);
	assert_int_equal(symbolizer_new(&(struct symbolizer_opts){ 0 }, &one), 0);
	assert_int_equal(symbolizer_read_process(s, getpid(), NULL, &p), 0);
	assert_int_equal(symbolizer_read_process(one, getpid(), NULL, &q), 0);
	for (int i = 0; i < 256; i++)
		assert_int_equal(symbolizer_ask_user(s, p, base + i, false, &ids[i]), 0);
	assert_int_equal(symbolizer_resolve(s), 0);
	for (int i = 0; i < 256; i += 8) {
		assert_int_equal(symbolizer_ask_user(one, q, base + i, false, &id), 0);
		assert_int_equal(symbolizer_resolve(one), 0);
		join(symbolizer_answer(s, ids[i]), together);
		join(symbolizer_answer(one, id), alone);
		assert_string_equal(together, alone);
		assert_int_equal(symbolizer_answer(s, ids[i])->line,
				 symbolizer_answer(one, id)->line);
	}
	symbolizer_free(one);
	symbolizer_free(s);
}

static void gives_the_innermost_line(void **state)
{
	const struct sym_answer *a;
	struct symbolizer *s;

	assert_int_equal(outer(1), 4);
	assert_int_equal(symbolizer_new(&(struct symbolizer_opts){ 0 }, &s), 0);
	a = answer(s, spot_innermost);
	assert_non_null(a->file);
	assert_non_null(strstr(a->file, "tests/unit/test_inlines.c"));
	assert_int_equal(a->line, innermost_line);
	symbolizer_free(s);
}

static void leaves_dwarf_alone_if_told(void **state)
{
	const struct symbolizer_opts opts = { .no_inlines = true };
	const struct sym_answer *a;
	struct symbolizer *s;

	assert_int_equal(symbolizer_new(&opts, &s), 0);
	a = answer(s, spot_innermost);
	assert_int_equal(a->frame_cnt, 1);
	assert_string_equal(a->frames[0].name, "outer");
	assert_null(a->file);
	assert_int_equal(a->line, 0);
	symbolizer_free(s);
}

/* The stripped program has its lines in the debug file. */
static void finds_lines_in_the_debug_file(void **state)
{
	static const char *const shapes[] = { "debuglink", "build-id" };
	const char *b = getenv("B") ? getenv("B") : "build";
	char path[4096], debug_root[4096], command[8192], line[128];

	snprintf(debug_root, sizeof(debug_root), "%s/tests/fixtures/debug", b);
	for (size_t i = 0; i < ARRAY_SIZE(shapes); i++) {
		const struct symbolizer_opts opts = { .debug.root = debug_root };
		const struct sym_answer *a;
		struct symbolizer *s;
		unsigned long vaddr;
		uint32_t id;
		FILE *nm;

		snprintf(command, sizeof(command),
			 "nm '%s/tests/fixtures/shapes.%s' | grep ' shape_far$'", b,
			 i ? "id" : "pie");
		nm = popen(command, "r");
		assert_non_null(nm);
		assert_non_null(fgets(line, sizeof(line), nm));
		pclose(nm);
		vaddr = strtoul(line, NULL, 16);
		snprintf(path, sizeof(path), "%s/tests/fixtures/shapes.%s", b, shapes[i]);
		assert_int_equal(symbolizer_new(&opts, &s), 0);
		assert_int_equal(symbolizer_ask_file(s, path, vaddr, &id), 0);
		assert_int_equal(symbolizer_resolve(s), 0);
		a = symbolizer_answer(s, id);
		ROW_EQUAL(shapes[i], a->reason, SYM_NAMED);
		ROW_TRUE(shapes[i], a->file && strstr(a->file, "shapes.c"));
		ROW_TRUE(shapes[i], a->line > 0);
		symbolizer_free(s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_the_chain_outermost_first),
		cmocka_unit_test(tells_neighbours_apart),
		cmocka_unit_test(gives_the_innermost_line),
		cmocka_unit_test(leaves_dwarf_alone_if_told),
		cmocka_unit_test(finds_lines_in_the_debug_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
