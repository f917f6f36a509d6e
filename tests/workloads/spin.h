/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * spin.h - what every workload needs: a clock, and work that no compiler can
 * shorten and no scheduler can see.
 *
 * Units: nanoseconds; a round is some two nanoseconds.
 */
#ifndef TESTS_WORKLOADS_SPIN_H
#define TESTS_WORKLOADS_SPIN_H

#include <stdint.h>
#include <time.h>

/* A function that a profile must show by its name. */
#ifdef __clang__
#define SEEN __attribute__((noinline, used))
#else
#define SEEN __attribute__((noinline, noclone, used))
#endif

/* Keeps X, and the call before it from becoming a jump. */
#define KEEP(x) __asm__ volatile("" : "+r"(x) : : "memory")

#define SPIN_SEED 88172645463325252ULL /* any number but 0 */

static inline uint64_t clock_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

/*
 * Compilers set up no frame in a function that calls nothing, whatever is asked of
 * them, unless it wants the frame's address; its caller would be lost to a walk by
 * frame pointers.
 */
#ifdef WITHOUT_FRAME_POINTERS
#define OWN_FRAME() ((void)0)
#else
#define OWN_FRAME() __asm__ volatile("" : : "r"(__builtin_frame_address(0)))
#endif

/* Marsaglia's xorshift: each step waits for the one before. */
static inline __attribute__((always_inline)) uint64_t spin(uint64_t x, long rounds)
{
	OWN_FRAME();
	for (long i = 0; i < rounds; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
	}
	KEEP(x);
	return x;
}

#endif /* TESTS_WORKLOADS_SPIN_H */
