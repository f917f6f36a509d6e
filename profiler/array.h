/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * array.h - arrays that grow.
 *
 * Ownership: the caller's, to be freed with free().
 * Errors:    -ENOMEM; the array is then as it was.
 * Threads:   no shared state.
 */
#ifndef PROFILER_ARRAY_H
#define PROFILER_ARRAY_H

#include <errno.h>
#include <stdlib.h>

#define ARRAY_CAP_MIN 64

/* Make room for NEED elements of SIZE bytes in *ARRAY, the pointer to the first of *CAP. */
static inline int array_reserve(void *array, size_t size, size_t *cap, size_t need)
{
	void **p = array, *bigger;
	size_t new_cap = *cap ? *cap : ARRAY_CAP_MIN;

	if (need <= *cap)
		return 0;
	while (new_cap < need)
		new_cap *= 2;
	bigger = reallocarray(*p, new_cap, size);
	if (!bigger)
		return -ENOMEM;
	*p = bigger;
	*cap = new_cap;
	return 0;
}

#endif /* PROFILER_ARRAY_H */
