// SPDX-License-Identifier: BSD-2-Clause
/* libinner.c - the shared library of calltree. */
#include "tests/workloads/libinner.h"
#include "tests/workloads/spin.h"

SEEN static uint64_t lib_inner(uint64_t x, long rounds)
{
	return spin(x, rounds);
}

SEEN uint64_t lib_outer(uint64_t x, long rounds)
{
	x = lib_inner(x, rounds);
	KEEP(x);
	return x + 1;
}
