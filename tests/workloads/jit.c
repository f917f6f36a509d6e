// SPDX-License-Identifier: BSD-2-Clause
/*
 * jit.c - code without a file, named by a perf map, as a just-in-time compiler
 * leaves it: copies of one function in anonymous memory, written at run time.
 *
 *	jit SECONDS [nomap]
 *
 * works in the functions "jit_hot", "jit;semicolon" and one that no line of
 * /tmp/perf-PID.map names, in parts 2, 1 and 1.  Removes the map at its end.
 */
#include "tests/workloads/spin.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE_SIZE 4096
#define COPY_CNT  3

/* Whatever the instruction set: the code is this section, which calls nothing. */
__attribute__((section("jit_template"), noinline, used,
	       no_sanitize("all"))) static uint64_t template(uint64_t x, long rounds)
{
	OWN_FRAME();
	for (long i = 0; i < rounds; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		KEEP(x);
	}
	return x;
}

extern const char __start_jit_template[], __stop_jit_template[];

static char *copy_code(void)
{
	size_t size = (size_t)(__stop_jit_template - __start_jit_template);
	char *code = mmap(NULL, COPY_CNT * PAGE_SIZE, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (code == MAP_FAILED || size > PAGE_SIZE)
		exit(EXIT_FAILURE);
	for (int i = 0; i < COPY_CNT; i++)
		memcpy(code + i * PAGE_SIZE, __start_jit_template, size);
	if (mprotect(code, COPY_CNT * PAGE_SIZE, PROT_READ | PROT_EXEC))
		exit(EXIT_FAILURE);
	__builtin___clear_cache(code, code + COPY_CNT * PAGE_SIZE);
	return code;
}

static void write_map(const char *path, const char *code)
{
	FILE *f = fopen(path, "w");

	if (!f)
		exit(EXIT_FAILURE);
	fprintf(f, "%lx %x jit_hot\n", (unsigned long)code, PAGE_SIZE);
	fprintf(f, "%lx %x jit;semicolon\n", (unsigned long)code + PAGE_SIZE, PAGE_SIZE);
	if (fclose(f))
		exit(EXIT_FAILURE);
}

SEEN static uint64_t run(const char *code, uint64_t end_ns)
{
	static const long rounds[COPY_CNT] = { 200000, 100000, 100000 };
	uint64_t x = SPIN_SEED;

	while (clock_ns(CLOCK_MONOTONIC) < end_ns) {
		for (int i = 0; i < COPY_CNT; i++) {
			uint64_t (*function)(uint64_t, long);
			const char *at = code + i * PAGE_SIZE;

			memcpy(&function, &at, sizeof(function));
			x = function(x, rounds[i]);
		}
	}
	return x;
}

int main(int argc, char **argv)
{
	double seconds = argc > 1 ? atof(argv[1]) : 2;
	char path[PATH_MAX], *code = copy_code();
	uint64_t x;

	snprintf(path, sizeof(path), "/tmp/perf-%d.map", (int)getpid());
	if (argc < 3)
		write_map(path, code);
	puts("READY");
	fflush(stdout);
	x = run(code, clock_ns(CLOCK_MONOTONIC) + (uint64_t)(seconds * 1e9));
	if (argc < 3)
		unlink(path);
	return x == 0;
}
