// SPDX-License-Identifier: BSD-2-Clause
/* Stacks that are kept are read back as they were, and what is equal in them is kept once. */
#include "profiler/recording/pieces.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define SIZE 16384
#define SP   0x7ffe12345678

static uint8_t bytes[SIZE];

static void fill(unsigned int seed)
{
	for (size_t i = 0; i < SIZE; i++) {
		seed = seed * 1103515245 + 12345; /* POSIX's example of rand() */
		bytes[i] = (uint8_t)(seed >> 16);
	}
}

static void assert_kept(const struct kept_stack *stack, size_t size)
{
	uint8_t back[SIZE];

	kept_stack_read(stack, 0, back, size);
	assert_memory_equal(back, bytes, size);
	for (size_t off = 0; off + 13 <= size; off += 97) { /* also across borders */
		kept_stack_read(stack, off, back, 13);
		assert_memory_equal(back, bytes + off, 13);
	}
}

static void any_size_from_any_address(void **state)
{
	static const size_t sizes[] = { 0, 1, 8, 511, 512, 513, 1024, 5000, SIZE };
	struct kept_stack *stack;
	struct pieces *p;

	fill(1);
	assert_int_equal(pieces_new(&p), 0);
	for (uint64_t sp = SP; sp < SP + 1024; sp += 37) {
		for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
			assert_int_equal(pieces_keep(p, sp, bytes, sizes[i], &stack), 0);
			assert_kept(stack, sizes[i]);
			pieces_drop(p, stack);
			assert_int_equal(pieces_size(p), 0);
		}
	}
	pieces_free(p);
}

static void what_did_not_change_is_kept_once(void **state)
{
	struct kept_stack *stacks[100];
	struct pieces *p;

	fill(2);
	assert_int_equal(pieces_new(&p), 0);
	/* The thread calls and returns: the stack pointer moves, and what is innermost changes. */
	for (size_t i = 0; i < 100; i++) {
		size_t off = 16 * (i % 10);

		bytes[off] = (uint8_t)i;
		assert_int_equal(pieces_keep(p, SP + off, bytes + off, SIZE - off, &stacks[i]), 0);
	}
	assert_in_range(pieces_size(p), SIZE, 7 * SIZE);
	for (size_t i = 0; i < 100; i++)
		pieces_drop(p, stacks[i]);
	assert_int_equal(pieces_size(p), 0);
	pieces_free(p);
}

static void distinct_stacks_in_any_order(void **state)
{
	struct kept_stack *stacks[300];
	struct pieces *p;

	assert_int_equal(pieces_new(&p), 0);
	for (unsigned int i = 0; i < 300; i++) {
		fill(i);
		assert_int_equal(pieces_keep(p, SP, bytes, SIZE, &stacks[i]), 0);
	}
	assert_true(pieces_size(p) > 300 * SIZE);
	for (unsigned int i = 0; i < 300; i += 3)
		pieces_drop(p, stacks[i]);
	for (unsigned int i = 0; i < 300; i++) {
		if (i % 3 == 0)
			continue;
		fill(i);
		assert_kept(stacks[i], SIZE);
	}
	for (unsigned int i = 300; i--;) {
		if (i % 3)
			pieces_drop(p, stacks[i]);
	}
	assert_int_equal(pieces_size(p), 0);
	pieces_drop(p, NULL);
	pieces_free(p);
	pieces_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_size_from_any_address),
		cmocka_unit_test(what_did_not_change_is_kept_once),
		cmocka_unit_test(distinct_stacks_in_any_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
