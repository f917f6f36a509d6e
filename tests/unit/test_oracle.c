// SPDX-License-Identifier: BSD-2-Clause
/* test_oracle.c - every function that nm lists, asked for by its first and last byte. */
#include "tests/unit/row.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "symbolize/symbolizer.h"

#define MAX_FUNCTIONS 8192

struct function {
	uint64_t start, size;
	char name[200];
	uint32_t first_id, last_id;
};

/* nm -S: "start size type name". */
static size_t read_nm(const char *options, const char *path, struct function *functions)
{
	char command[4096], line[4096], type;
	unsigned long start, size;
	size_t cnt = 0;
	FILE *nm;

	snprintf(command, sizeof(command), "nm -S --defined-only %s '%s'", options, path);
	nm = popen(command, "r");
	assert_non_null(nm);
	while (cnt < MAX_FUNCTIONS && fgets(line, sizeof(line), nm)) {
		struct function *f = &functions[cnt];

		if (sscanf(line, "%lx %lx %c %199[^@\n]", &start, &size, &type, f->name) != 4 ||
		    !strchr("tTwWi", type) || !size)
			continue;
		f->start = start;
		f->size = size;
		cnt++;
	}
	pclose(nm);
	return cnt;
}

static void ask(struct symbolizer *s, const char *path, struct function *functions, size_t cnt)
{
	for (size_t i = 0; i < cnt; i++) {
		struct function *f = &functions[i];

		assert_int_equal(symbolizer_ask_file(s, path, f->start, &f->first_id), 0);
		assert_int_equal(symbolizer_ask_file(s, path, f->start + f->size - 1, &f->last_id),
				 0);
	}
	assert_int_equal(symbolizer_resolve(s), 0);
}

/* Is NAME a function that holds VADDR? */
static bool holds(const struct function *functions, size_t cnt, const char *name, uint64_t vaddr)
{
	for (size_t i = 0; i < cnt; i++) {
		if (vaddr - functions[i].start < functions[i].size &&
		    !strcmp(functions[i].name, name))
			return true;
	}
	return false;
}

static void agrees_with_nm_on_this_program(void **state)
{
	const struct symbolizer_opts opts = { .no_inlines = true, .no_demangle = true };
	struct function *functions = calloc(MAX_FUNCTIONS, sizeof(*functions));
	struct symbolizer *s;
	char path[4096];
	ssize_t len = readlink("/proc/self/exe", path, sizeof(path) - 1);
	size_t cnt;

	assert_true(len > 0);
	path[len] = '\0';
	cnt = read_nm("", path, functions);
	assert_true(cnt > 50);
	assert_int_equal(symbolizer_new(&opts, &s), 0);
	ask(s, path, functions, cnt);
	for (size_t i = 0; i < cnt; i++) {
		const struct function *f = &functions[i];
		const struct sym_answer *first = symbolizer_answer(s, f->first_id);
		const struct sym_answer *last = symbolizer_answer(s, f->last_id);

		ROW_EQUAL(f->name, first->reason, SYM_NAMED);
		ROW_EQUAL(f->name, last->reason, SYM_NAMED);
		ROW_EQUAL(f->name, first->sym_off, 0);
		ROW_TRUE(f->name, holds(functions, cnt, first->frames[0].name, f->start));
		ROW_TRUE(f->name,
			 holds(functions, cnt, last->frames[0].name, f->start + f->size - 1));
	}
	symbolizer_free(s);
	free(functions);
}

/* Its names may come from a debug file that knows others; the places are the same. */
static void agrees_with_nm_on_the_c_library(void **state)
{
	const struct symbolizer_opts opts = { .no_inlines = true };
	struct function *functions = calloc(MAX_FUNCTIONS, sizeof(*functions));
	struct symbolizer *s;
	Dl_info libc;
	size_t cnt;

	assert_true(dladdr((void *)(uintptr_t)getppid, &libc));
	cnt = read_nm("-D", libc.dli_fname, functions);
	assert_true(cnt > 1000);
	assert_int_equal(symbolizer_new(&opts, &s), 0);
	ask(s, libc.dli_fname, functions, cnt);
	for (size_t i = 0; i < cnt; i++) {
		const struct sym_answer *answer = symbolizer_answer(s, functions[i].first_id);

		ROW_EQUAL(functions[i].name, answer->reason, SYM_NAMED);
		ROW_EQUAL(functions[i].name, answer->sym_off, 0);
		answer = symbolizer_answer(s, functions[i].last_id);
		ROW_EQUAL(functions[i].name, answer->reason, SYM_NAMED);
		ROW_TRUE(functions[i].name, answer->sym_off < functions[i].size);
	}
	symbolizer_free(s);
	free(functions);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(agrees_with_nm_on_this_program),
		cmocka_unit_test(agrees_with_nm_on_the_c_library),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
