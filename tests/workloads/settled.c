// SPDX-License-Identifier: BSD-2-Clause
/*
 * settled.c - a thread whose stack leads nowhere, and one that works in a library whose unwind table
 * takes a while.
 *
 *	settled LIBRARY SECONDS		a library of LLVM's
 *
 * Of the first one there is no more to know; the other one has stacks all the same.
 */
#include <dlfcn.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define STACK_SIZE 65536
#define LOST_MS	   100 /* alone, before the library is there */

static volatile uint64_t turns;

__attribute__((noinline, used)) static void lost(void)
{
	for (;;)
		turns++;
}

/* The return address is in no mapping. */
static void *lose(void *stack)
{
	__asm__ volatile("mov %0, %%rsp\n\t"
			 "push $16\n\t"
			 "jmp lost"
			 :
			 : "r"((char *)stack + STACK_SIZE)
			 : "memory");
	return NULL;
}

static double now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

__attribute__((noinline)) static void work(void *library, double seconds)
{
	void *(*make)(void) = (void *(*)(void))dlsym(library, "LLVMContextCreate");
	void (*drop)(void *) = (void (*)(void *))dlsym(library, "LLVMContextDispose");
	double end = now_s() + seconds;

	while (make && drop && now_s() < end)
		drop(make());
}

int main(int argc, char **argv)
{
	const struct timespec wait = { .tv_nsec = LOST_MS * 1000000L };
	pthread_t thread;
	void *library;

	if (argc != 3)
		return 2;
	pthread_create(&thread, NULL, lose, malloc(STACK_SIZE));
	nanosleep(&wait, NULL);
	library = dlopen(argv[1], RTLD_NOW);
	if (!library)
		return 1;
	work(library, strtod(argv[2], NULL));
	return 0;
}
