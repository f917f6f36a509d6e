// SPDX-License-Identifier: BSD-2-Clause
/* test_kallsyms.c - kernel names, by the caller's look-up and by a text like /proc/kallsyms. */
#include "symbolize/kallsyms.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/row.h"

#define TEXT                                                                                       \
	"0000000000001000 T first\n"                                                               \
	"0000000000002000 t _ZN6kernel5printEv\n"                                                  \
	"0000000000003000 t in_module\t[ext4]\n"                                                   \
	"0000000000004000 D data\n"
#define HIDDEN                                                                                     \
	"0000000000000000 T first\n"                                                               \
	"0000000000000000 t second\n"
#define IP_CNT 3

/* Write TEXT to a file of its own and return its path, for free() and unlink(). */
static char *file_of(const char *text)
{
	char *path = strdup("/tmp/wick-kallsyms-XXXXXX");
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	return path;
}

/* What a caller's look-up says of each ip, in the order of the questions. */
struct looked_up {
	const char *texts[IP_CNT];
	int errs[IP_CNT];
	size_t asked;
};

static int look_up(void *ctx, uint64_t ip, char *name, size_t name_size)
{
	struct looked_up *l = ctx;
	size_t i = l->asked++;

	if (!l->errs[i])
		snprintf(name, name_size, "%s", l->texts[i]);
	return l->errs[i];
}

/* One line for the answers: "NAME+OFF[MODULE]", or the reason. */
static void print_answers(const struct sym_answer *answers, char *out, size_t size)
{
	size_t len = 0;

	for (size_t i = 0; i < IP_CNT; i++) {
		const struct sym_answer *a = &answers[i];

		len += (size_t)snprintf(out + len, size - len, "%s%s", i ? " " : "",
					a->reason == SYM_NAMED ? a->frames[0].name
							       : sym_reason_name(a->reason));
		if (a->sym_off)
			len += (size_t)snprintf(out + len, size - len, "+%d", (int)a->sym_off);
		if (a->module)
			len += (size_t)snprintf(out + len, size - len, "[%s]", a->module);
		if (a->reason == SYM_NAMED) {
			assert_int_equal(a->frame_cnt, 1);
			assert_int_equal(a->frames[0].kind, SYM_KERNEL);
		}
	}
}

static int answer(const struct symbolizer_opts *opts, const char *path, char *out, size_t size)
{
	struct sym_answer answers[IP_CNT] = { { .vaddr = 0x1004 },
					      { .vaddr = 0x2000 },
					      { .vaddr = 0x3010 } };
	struct sym_answer *list[IP_CNT] = { &answers[0], &answers[1], &answers[2] };
	struct arena arena = { 0 };
	int err = kallsyms_answer(opts, &arena, path, list, IP_CNT);

	print_answers(answers, out, size);
	arena_fini(&arena);
	return err;
}

static void names_addresses_by_a_text(void **state)
{
	static const struct {
		const char *name, *text, *want;
		bool no_demangle;
	} rows[] = {
		{ "functions of the kernel and of a module", TEXT,
		  "first+4 kernel::print in_module+16[ext4]", false },
		{ "names are not demangled", TEXT, "first+4 _ZN6kernel5printEv in_module+16[ext4]",
		  true },
		{ "the addresses are hidden", HIDDEN, "denied denied denied", false },
		{ "an empty text", "", "denied denied denied", false },
		{ "nothing but data", "0000000000001000 D data\n", "denied denied denied", false },
		{ "the addresses lie below all functions", "0000000000009000 T late\n",
		  "no_symbol no_symbol no_symbol", false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct symbolizer_opts opts = { .no_demangle = rows[i].no_demangle };
		char *path = file_of(rows[i].text), got[256];

		ROW_EQUAL(rows[i].name, answer(&opts, path, got, sizeof(got)), 0);
		if (strcmp(got, rows[i].want))
			fail_msg("[%s] got %s, want %s", rows[i].name, got, rows[i].want);
		unlink(path);
		free(path);
	}
}

static void names_addresses_by_the_caller(void **state)
{
	static const struct {
		const char *name;
		struct looked_up says;
		const char *want;
		size_t asked;
	} rows[] = {
		{ "every name",
		  { .texts = { "a", "_ZN1b1cEv", "d [nf_tables]" } },
		  "a b::c d[nf_tables]",
		  3 },
		{ "a module whose bracket is not closed",
		  { .texts = { "a [x", "b []", "c" } },
		  "a[x] b[] c",
		  3 },
		{ "one has no name",
		  { .texts = { "a", NULL, "c" }, .errs = { 0, -ENOENT, 0 } },
		  "a no_symbol c",
		  3 },
		{ "nobody may know the rest",
		  { .texts = { "a" }, .errs = { 0, -EACCES } },
		  "a denied denied",
		  2 },
		{ "the look-up fails, and the text names the rest",
		  { .texts = { "a" }, .errs = { 0, -EPERM } },
		  "a kernel::print in_module+16[ext4]",
		  2 },
	};
	char *path = file_of(TEXT);

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct looked_up says = rows[i].says;
		struct symbolizer_opts opts = { .kernel_name = look_up, .kernel_ctx = &says };
		char got[256];

		ROW_EQUAL(rows[i].name, answer(&opts, path, got, sizeof(got)), 0);
		if (strcmp(got, rows[i].want))
			fail_msg("[%s] got %s, want %s", rows[i].name, got, rows[i].want);
		ROW_EQUAL(rows[i].name, says.asked, rows[i].asked);
	}
	unlink(path);
	free(path);
}

static void a_text_that_cannot_be_read_denies(void **state)
{
	struct symbolizer_opts opts = { 0 };
	char got[256];

	assert_int_equal(answer(&opts, "/nonexistent", got, sizeof(got)), 0);
	assert_string_equal(got, "denied denied denied");
	assert_int_equal(answer(&opts, "/", got, sizeof(got)), 0); /* open works, read does not */
	assert_string_equal(got, "denied denied denied");
}

/* A name is cut at 1,023 bytes, and a text is read to its end however long it is. */
static void long_names_and_long_texts(void **state)
{
	size_t cap = 24u << 20, len = 0;
	char *text = malloc(cap), *path, name[2048], *got = malloc(4096);
	struct symbolizer_opts opts = { 0 };

	memset(name, 'n', sizeof(name));
	name[1500] = '\0';
	len += (size_t)snprintf(text, cap, "0000000000001000 T %s\n", name);
	for (uint64_t ip = 0x100000; len < (17u << 20); ip += 16)
		len += (size_t)snprintf(text + len, cap - len, "%016llx t filler\n",
					(unsigned long long)ip);
	snprintf(text + len, cap - len, "0000000000002000 T last\n");
	path = file_of(text);
	assert_int_equal(answer(&opts, path, got, 4096), 0);
	assert_int_equal(strspn(got, "n"), 1023);
	assert_string_equal(got + 1023, "+4 last last+4112");
	unlink(path);
	free(path);
	free(text);
	free(got);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_addresses_by_a_text),
		cmocka_unit_test(names_addresses_by_the_caller),
		cmocka_unit_test(a_text_that_cannot_be_read_denies),
		cmocka_unit_test(long_names_and_long_texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
