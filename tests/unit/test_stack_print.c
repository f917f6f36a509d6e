// SPDX-License-Identifier: BSD-2-Clause
/* Threads and frames as lines: places, modules, inlined functions, and names that are hostile. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <linux/types.h>

#include "bpf/threads.h"
#include "profiler/commands/stack_print.h"
#include "symbolize/answer.h"

/* What is printed, to be compared and freed. */
struct text {
	FILE *f;
	char *text;
	size_t size;
};

static void begin(struct text *t)
{
	t->f = open_memstream(&t->text, &t->size);
	assert_non_null(t->f);
}

static void expect(struct text *t, const char *want)
{
	assert_int_equal(fclose(t->f), 0);
	assert_string_equal(t->text, want);
	free(t->text);
}

static void a_thread_is_its_id_name_and_state(void **state)
{
	static const struct {
		char comm[THREAD_COMM_LEN];
		uint32_t state;
		const char *want;
	} rows[] = {
		{ "worker", THREAD_RUNS, "thread 7 \"worker\" (running)\n" },
		{ "worker", THREAD_SLEEPS, "thread 7 \"worker\" (sleeping)\n" },
		{ "worker", THREAD_WAITS, "thread 7 \"worker\" (uninterruptible)\n" },
		{ "worker", THREAD_IS_STOPPED, "thread 7 \"worker\" (stopped)\n" },
		{ "worker", THREAD_IS_TRACED | THREAD_SLEEPS, "thread 7 \"worker\" (traced)\n" },
		{ "worker", THREAD_HAS_ENDED, "thread 7 \"worker\" (ended)\n" },
		{ "a\033[2J\nb\t\x7f", THREAD_SLEEPS, "thread 7 \"a?[2J?b??\" (sleeping)\n" },
		{ "sixteen-bytes-xx", THREAD_SLEEPS, "thread 7 \"sixteen-bytes-xx\" (sleeping)\n" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct text t;

		begin(&t);
		stack_print_thread(t.f, 7, rows[i].comm, &rows[i].state);
		expect(&t, rows[i].want);
	}
}

static void a_state_that_is_not_known_is_left_out(void **state)
{
	static const char comm[THREAD_COMM_LEN] = "x";
	struct text t;

	begin(&t);
	stack_print_thread(t.f, 4294967295u, comm, NULL);
	stack_print_incomplete(t.f, NULL);
	stack_print_incomplete(t.f, "python");
	expect(&t, "thread 4294967295 \"x\"\n    [incomplete]\n    [python incomplete]\n");
}

static void a_frame_is_its_name_place_and_module(void **state)
{
	static const struct sym_frame read[] = { { .name = "read" } };
	static const struct sym_frame handle[] = { { .name = "handle", .kind = SYM_INTERPRETED } };
	static const struct sym_frame evil[] = { { .name = "f\033]0;x\007\n", .kind = SYM_USER } };
	static const struct sym_frame call[] = { { .name = "do_call", .kind = SYM_KERNEL } };
	static const struct {
		bool is_kernel;
		struct sym_answer answer;
		const char *want;
	} rows[] = {
		{ false,
		  { .frames = read, .frame_cnt = 1, .module = "/usr/lib/libc.so.6" },
		  "    read [libc.so.6]\n" },
		{ false,
		  { .frames = read, .frame_cnt = 1, .module = "/bin/a", .file = "/src/io/read.c" },
		  "    read (read.c) [a]\n" },
		{ false,
		  { .frames = read, .frame_cnt = 1, .module = "[vdso]", .file = "r.c", .line = 3 },
		  "    read (r.c:3) [vdso]\n" },
		{ false,
		  { .frames = handle,
		    .frame_cnt = 1,
		    .module = "[python]",
		    .file = "/a/app.py",
		    .line = 31,
		    .first_line = 28 },
		  "    handle (app.py:31) [python]\n" },
		{ true,
		  { .frames = call, .frame_cnt = 1, .module = NULL },
		  "    do_call [kernel]\n" },
		{ true, { .reason = SYM_DENIED }, "    0x7f10 [kernel]\n" },
		{ false,
		  { .reason = SYM_STRIPPED, .module = "/lib/libfoo.so" },
		  "    0x7f10 [libfoo.so]\n" },
		{ false,
		  { .reason = SYM_STRIPPED, .module = "/lib/libfoo.so", .vaddr = 0x10 },
		  "    0x10 [libfoo.so]\n" },
		{ false, { .reason = SYM_UNMAPPED }, "    0x7f10 [unknown]\n" },
		{ false,
		  { .frames = evil, .frame_cnt = 1, .module = "/tmp/\033[31m", .file = "\r.c" },
		  "    f?]0;x?? (?.c) [?[31m]\n" },
		{ false,
		  { .frames = read, .frame_cnt = 1, .module = "/ends/with/" },
		  "    read [/ends/with/]\n" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct text t;

		begin(&t);
		stack_print_frame(t.f, 0x7f10, rows[i].is_kernel, &rows[i].answer);
		expect(&t, rows[i].want);
	}
}

/* The function is where it calls what is inlined in it; the innermost is at the address itself. */
static void inlined_functions_have_lines_of_their_own(void **state)
{
	static const struct sym_frame frames[] = {
		{ .name = "outer" },
		{ .name = "middle",
		  .kind = SYM_INLINED,
		  .call_file = "/s/outer.c",
		  .call_line = 10 },
		{ .name = "inner",
		  .kind = SYM_INLINED,
		  .call_file = "/s/middle.h",
		  .call_line = 20 },
	};
	const struct sym_answer answer = { .frames = frames,
					   .frame_cnt = 3,
					   .module = "/bin/a",
					   .file = "/s/inner.h",
					   .line = 30 };
	struct text t;

	begin(&t);
	stack_print_frame(t.f, 1, false, &answer);
	expect(&t, "    inner (inner.h:30) [inlined]\n"
		   "    middle (middle.h:20) [inlined]\n"
		   "    outer (outer.c:10) [a]\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_thread_is_its_id_name_and_state),
		cmocka_unit_test(a_state_that_is_not_known_is_left_out),
		cmocka_unit_test(a_frame_is_its_name_place_and_module),
		cmocka_unit_test(inlined_functions_have_lines_of_their_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
