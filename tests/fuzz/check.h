/* SPDX-License-Identifier: BSD-2-Clause */
/* check.h - what a fuzz target holds its parser to; what was broken is said, with its place. */
#ifndef TESTS_FUZZ_CHECK_H
#define TESTS_FUZZ_CHECK_H

#include <stdio.h>
#include <stdlib.h>

#define check(promise)                                                                             \
	do {                                                                                       \
		if (promise)                                                                       \
			break;                                                                     \
		fprintf(stderr, "%s:%d: broken: %s\n", __FILE__, __LINE__, #promise);              \
		abort();                                                                           \
	} while (0)

#endif /* TESTS_FUZZ_CHECK_H */
