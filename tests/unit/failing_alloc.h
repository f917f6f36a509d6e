/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * failing_alloc.h - the N-th allocation from now on fails, once.
 *
 * For one program: it defines what the linker calls instead of malloc() and the like, if the
 * program is among the Makefile's WITHOUT_MEMORY.
 */
#ifndef TESTS_UNIT_FAILING_ALLOC_H
#define TESTS_UNIT_FAILING_ALLOC_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

void *__real_malloc(size_t size);
void *__real_calloc(size_t cnt, size_t size);
void *__real_realloc(void *old, size_t size);
void *__real_reallocarray(void *old, size_t cnt, size_t size);

void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t cnt, size_t size);
void *__wrap_realloc(void *old, size_t size);
void *__wrap_reallocarray(void *old, size_t cnt, size_t size);

static uint64_t allocs_left; /* before one fails; 0: none does */

static void fail_alloc(uint64_t nr)
{
	allocs_left = nr;
}

/* Whether the allocation that was to fail has been asked for. */
static bool alloc_failed(void)
{
	bool failed = !allocs_left;

	allocs_left = 0;
	return failed;
}

static bool is_refused(void)
{
	if (!allocs_left || --allocs_left)
		return false;
	errno = ENOMEM;
	return true;
}

void *__wrap_malloc(size_t size)
{
	return is_refused() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t cnt, size_t size)
{
	return is_refused() ? NULL : __real_calloc(cnt, size);
}

void *__wrap_realloc(void *old, size_t size)
{
	return is_refused() ? NULL : __real_realloc(old, size);
}

void *__wrap_reallocarray(void *old, size_t cnt, size_t size)
{
	return is_refused() ? NULL : __real_reallocarray(old, cnt, size);
}

#endif /* TESTS_UNIT_FAILING_ALLOC_H */
