// SPDX-License-Identifier: BSD-2-Clause
/*
 * Copies of stacks are walked to where they end.  Most are made by hand, of code that has no
 * table: frame pointers lead from each frame to the next.
 */
#include "profiler/recording/unwind.h"
#include "profiler/recording/pieces.h"
#include "profiler/tables/mapping_tables.h"
#include "symbolize/symbolizer.h"
#include "tests/unit/row.h"

#include <linux/types.h>
#include "bpf/sample.h"

#include <string.h>
#include <ucontext.h>
#include <unistd.h>

#define CODE	0x400000
#define STACK	0x7ffe00000000
#define MEM_MAX ((size_t)16 << 20)
#define WAIT_MS 10000

static const struct space_mapping code = { .start = CODE, .end = CODE + 0x100000 };

/* DEPTH frames of two words: the caller's frame pointer, and the return address. */
static size_t build_stack(uint64_t *words, size_t depth, uint64_t last_fp, uint64_t last_ip)
{
	for (size_t i = 0; i < depth; i++) {
		words[2 * i] = STACK + 16 * (i + 1);
		words[2 * i + 1] = CODE + 0x100 * (i + 1);
	}
	words[2 * depth - 2] = last_fp;
	words[2 * depth - 1] = last_ip;
	return 16 * depth;
}

static void a_walk_ends_where_the_stack_does(void **state)
{
	static const struct {
		const char *name;
		size_t depth;
		uint64_t ip, last_fp, last_ip;
		size_t cut; /* bytes that were not copied */
		enum unwind_result end;
		size_t cnt;
	} rows[] = {
		{ "the chain of frame pointers ends", 5, CODE, 0, CODE + 0x10, 0, UNWIND_FP_END,
		  6 },
		{ "no return address", 5, CODE, STACK + 0x1000, 0, 0, UNWIND_FP_END, 5 },
		{ "a caller in no mapping", 5, CODE, STACK + 80, 0x10, 0, UNWIND_NO_MAPPING, 5 },
		{ "in no mapping at once", 5, 0x10, 0, CODE + 0x10, 0, UNWIND_NO_MAPPING, 1 },
		{ "a frame pointer that leads back", 5, CODE, STACK, CODE + 0x10, 0, UNWIND_BAD_FP,
		  6 },
		{ "the copy is cut", 5, CODE, 0, CODE + 0x10, 16, UNWIND_CUT, 5 },
		{ "a frame pointer far away", 5, CODE, STACK + (64 << 20), CODE + 0x10, 0,
		  UNWIND_BAD_FP, 6 },
		{ "as deep as a stack is kept", SAMPLE_USER_MAX - 1, CODE, 0, CODE + 0x10, 0,
		  UNWIND_FP_END, SAMPLE_USER_MAX },
		{ "deeper", SAMPLE_USER_MAX, CODE, 0, CODE + 0x10, 0, UNWIND_TOO_DEEP,
		  SAMPLE_USER_MAX },
	};
	static uint64_t words[2 * SAMPLE_USER_MAX];
	uint64_t ips[SAMPLE_USER_MAX], ends[SAMPLE_USER_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		size_t cnt,
			size = build_stack(words, rows[i].depth, rows[i].last_fp, rows[i].last_ip);
		struct raw_copy copy = { .state = { .ip = rows[i].ip, .sp = STACK, .fp = STACK },
					 .stack = (const uint8_t *)words,
					 .size = size - rows[i].cut,
					 .is_cut = rows[i].cut > 0 };
		enum unwind_result end = unwind_copy(NULL, &code, 1, &copy, ips, ends, &cnt);

		ROW_EQUAL(rows[i].name, end, rows[i].end);
		ROW_EQUAL(rows[i].name, cnt, rows[i].cnt);
		ROW_EQUAL(rows[i].name, ips[0], rows[i].ip | SAMPLE_IP_EXACT);
		for (size_t j = 1; j < cnt && j < rows[i].depth; j++)
			ROW_EQUAL(rows[i].name, ips[j], CODE + 0x100 * j);
	}
}

/* Where it is: in the record, or among the pieces of all stacks. */
static void a_kept_stack_is_walked_as_it_came(void **state)
{
	uint64_t words[64], ips[SAMPLE_USER_MAX], kept_ips[SAMPLE_USER_MAX];
	uint64_t ends[SAMPLE_USER_MAX];
	struct raw_copy copy = { .state = { .ip = CODE, .sp = STACK, .fp = STACK } };
	size_t cnt, kept_cnt;
	struct kept_stack *stack;
	struct pieces *pieces;

	copy.size = build_stack(words, 32, 0, CODE + 0x10);
	copy.stack = (const uint8_t *)words;
	assert_int_equal(unwind_copy(NULL, &code, 1, &copy, ips, ends, &cnt), UNWIND_FP_END);
	assert_int_equal(pieces_new(&pieces), 0);
	assert_int_equal(pieces_keep(pieces, STACK, copy.stack, copy.size, &stack), 0);
	copy.stack = NULL;
	copy.kept = stack;
	assert_int_equal(unwind_copy(NULL, &code, 1, &copy, kept_ips, ends, &kept_cnt),
			 UNWIND_FP_END);
	assert_int_equal(kept_cnt, cnt);
	assert_memory_equal(ips, kept_ips, cnt * sizeof(*ips));
	pieces_drop(pieces, stack);
	pieces_free(pieces);
}

/* This thread's own stack, copied in its innermost function. */
struct own_stack {
	ucontext_t context;
	uint64_t words[256];
};

/* By words: AddressSanitizer's memcpy() would not read the frames of others. */
__attribute__((noinline, no_sanitize_address)) static int innermost(struct own_stack *own)
{
	const volatile uint64_t *sp;

	getcontext(&own->context);
	sp = (const volatile uint64_t *)own->context.uc_mcontext.gregs[REG_RSP];
	for (size_t i = 0; i < ARRAY_SIZE(own->words); i++)
		own->words[i] = sp[i];
	return own->words[0] != 1;
}

__attribute__((noinline)) static int middle(struct own_stack *own)
{
	return innermost(own) + 1;
}

__attribute__((noinline)) static int outer(struct own_stack *own)
{
	return middle(own) + 1;
}

static void this_stack_is_walked_by_tables(void **state)
{
	static const struct kernel_tables plain = { -1, -1, -1, -1, -1, -1, -1, NULL };
	static struct own_stack own;
	const struct symbolizer_opts opts = { 0 };
	const greg_t *gregs = own.context.uc_mcontext.gregs;
	/* This frame is small enough to be copied. */
	static uint64_t ips[SAMPLE_USER_MAX], ends[SAMPLE_USER_MAX];
	struct mapping_memo memo = { 0 };
	struct symbolizer *symbolizer;
	struct process *process;
	struct tables *tables;
	struct raw_copy copy;
	size_t cnt;

	assert_true(outer(&own));
	copy = (struct raw_copy){ .state = { .ip = (uint64_t)gregs[REG_RIP],
					     .sp = (uint64_t)gregs[REG_RSP],
					     .fp = (uint64_t)gregs[REG_RBP] },
				  .stack = (const uint8_t *)own.words,
				  .size = sizeof(own.words),
				  .is_cut = true };
	copy.state.greg[UNWIND_RBP] = copy.state.fp;
	copy.state.greg[UNWIND_RSP] = copy.state.sp;
	assert_int_equal(symbolizer_new(&opts, &symbolizer), 0);
	assert_int_equal(symbolizer_read_process(symbolizer, getpid(), NULL, &process), 0);
	assert_int_equal(tables_open(&plain, MEM_MAX, NULL, &tables), 0);
	assert_int_equal(mapping_tables_get(tables, process, false, &memo.mappings, &memo.cnt), 0);
	assert_int_equal(unwind_copy(tables, memo.mappings, memo.cnt, &copy, ips, ends, &cnt),
			 UNWIND_PENDING);
	assert_int_equal(mapping_memo_get(&memo, tables, process, 1), 0);
	assert_true(tables_wait(tables, WAIT_MS));
	assert_int_equal(unwind_copy(tables, memo.mappings, memo.cnt, &copy, ips, ends, &cnt),
			 UNWIND_CUT);
	assert_true(cnt >= 4);
	assert_in_range(ips[0] & ~SAMPLE_IP_EXACT, (uintptr_t)innermost,
			(uintptr_t)innermost + 400);
	assert_in_range(ips[1], (uintptr_t)middle, (uintptr_t)middle + 400);
	assert_in_range(ips[2], (uintptr_t)outer, (uintptr_t)outer + 400);
	assert_in_range(ips[3], (uintptr_t)this_stack_is_walked_by_tables,
			(uintptr_t)this_stack_is_walked_by_tables + 4000);
	mapping_memo_forget(&memo, tables);
	tables_close(tables);
	symbolizer_free(symbolizer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_walk_ends_where_the_stack_does),
		cmocka_unit_test(a_kept_stack_is_walked_as_it_came),
		cmocka_unit_test(this_stack_is_walked_by_tables),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
