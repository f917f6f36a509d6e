// SPDX-License-Identifier: BSD-2-Clause
/*
 * names.c - functions whose symbols are what other languages make of their names,
 * and a loop that lives in the vDSO.  No compiler for C++ or Rust is needed.
 *
 *	names SECONDS
 */
#include "tests/workloads/spin.h"

#include <stdlib.h>

#define ROUNDS 50000

uint64_t cxx(uint64_t x) __asm__("_ZN5store5ShelfIlE4findERKSs");
uint64_t rust_legacy(uint64_t x) __asm__("_ZN5shelf4Book4open17h0123456789abcdefE");
uint64_t rust_v0(uint64_t x) __asm__("_RNvNtCs1234_5shelf4book5close");

SEEN uint64_t cxx(uint64_t x)
{
	return spin(x, ROUNDS) + 1;
}

SEEN uint64_t rust_legacy(uint64_t x)
{
	return spin(x, ROUNDS) + 2;
}

SEEN uint64_t rust_v0(uint64_t x)
{
	return spin(x, ROUNDS) + 3;
}

SEEN static uint64_t ask_clock(uint64_t x)
{
	for (int i = 0; i < 3000; i++)
		x ^= clock_ns(CLOCK_MONOTONIC);
	return x;
}

int main(int argc, char **argv)
{
	double seconds = argc > 1 ? atof(argv[1]) : 2;
	uint64_t end_ns = clock_ns(CLOCK_MONOTONIC) + (uint64_t)(seconds * 1e9);
	uint64_t x = SPIN_SEED;

	while (clock_ns(CLOCK_MONOTONIC) < end_ns)
		x = ask_clock(rust_v0(rust_legacy(cxx(x))));
	KEEP(x);
	return 0;
}
