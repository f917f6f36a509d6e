// SPDX-License-Identifier: BSD-2-Clause
/*
 * lives.c - processes that are hard to name, because they do not stay what they are.
 *
 *	lives brief MS			works so long, and ends
 *	lives forks N MS		N children one after the other, each without an exec
 *	lives become MS			works, becomes another program (itself), works on
 *	lives memfd MS			the same from a file in memory, under the name "inmemory"
 *	lives plugins MS A B ROUNDS	loads A, works in it, unloads it; then B, at the same
 *					address, called from the same place
 *	lives noreturn MS		the call of what works is the last instruction of its caller
 *	lives tree MS			a child and a grandchild that work beside it; then it ends
 */
#include "tests/workloads/spin.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROUNDS 20000L

static uint64_t until(long ms)
{
	return clock_ns(CLOCK_MONOTONIC) + (uint64_t)ms * 1000000;
}

#define WORK(name)                                                                                 \
	SEEN static uint64_t name(long ms)                                                         \
	{                                                                                          \
		uint64_t end = until(ms), x = SPIN_SEED;                                           \
                                                                                                   \
		while (clock_ns(CLOCK_MONOTONIC) < end)                                            \
			x = spin(x, ROUNDS);                                                       \
		KEEP(x);                                                                           \
		return x;                                                                          \
	}

WORK(brief_work)
WORK(forked_work)
WORK(before_exec)
WORK(after_exec)
WORK(memory_work)
WORK(child_work)
WORK(grandchild_work)
WORK(parent_work)

static int forks(int cnt, long ms)
{
	for (int i = 0; i < cnt; i++) {
		pid_t pid = fork();

		if (!pid) {
			forked_work(ms);
			_exit(0);
		}
		waitpid(pid, NULL, 0);
	}
	return 0;
}

static int become(char **argv, const char *what)
{
	char *const next[] = { argv[0], (char *)what, argv[2], NULL };

	before_exec(atol(argv[2]));
	execv("/proc/self/exe", next);
	return 1;
}

static int from_memory(char **argv)
{
	char *const next[] = { "inmemory", "in_memory", argv[2], NULL };
	int in = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	int fd = memfd_create("inmemory", MFD_CLOEXEC);
	struct stat st;

	if (in < 0 || fd < 0 || fstat(in, &st) || sendfile(fd, in, NULL, (size_t)st.st_size) < 0)
		return 1;
	fexecve(fd, next, environ);
	return 1;
}

SEEN static uintptr_t load_and_work(const char *path, long ms)
{
	void *handle = dlopen(path, RTLD_NOW);
	uint64_t (*work)(long) = handle ? (uint64_t(*)(long))dlsym(handle, "plugin_work") : NULL;
	uintptr_t at = (uintptr_t)work;

	if (!work) {
		fprintf(stderr, "lives: %s\n", dlerror());
		exit(1);
	}
	work(ms);
	dlclose(handle);
	return at;
}

static int plugins(char **argv)
{
	int same = 1;

	for (int i = 0; i < atoi(argv[5]); i++)
		same &= load_and_work(argv[3], atol(argv[2])) ==
			load_and_work(argv[4], atol(argv[2]));
	puts(same ? "SAME" : "DIFFERENT");
	return 0;
}

SEEN static _Noreturn void never_returns(long ms)
{
	OWN_FRAME();
	_exit(brief_work(ms) == 1);
}

/* Its return address is the first one of the function behind it. */
SEEN static _Noreturn void last_call(long ms)
{
	OWN_FRAME();
	never_returns(ms);
}

static int tree(long ms)
{
	if (!fork()) {
		if (!fork()) {
			grandchild_work(ms);
			_exit(0);
		}
		child_work(ms);
		wait(NULL);
		_exit(0);
	}
	puts("READY");
	fflush(stdout);
	parent_work(ms);
	wait(NULL);
	return 0;
}

int main(int argc, char **argv)
{
	const char *what = argc > 2 ? argv[1] : "";

	if (!strcmp(what, "brief"))
		return brief_work(atol(argv[2])) == 1;
	if (!strcmp(what, "forks"))
		return forks(atoi(argv[2]), atol(argv[3]));
	if (!strcmp(what, "become"))
		return become(argv, "after");
	if (!strcmp(what, "after"))
		return after_exec(atol(argv[2])) == 1;
	if (!strcmp(what, "memfd"))
		return from_memory(argv);
	if (!strcmp(what, "in_memory"))
		return memory_work(atol(argv[2])) == 1;
	if (!strcmp(what, "plugins") && argc > 5)
		return plugins(argv);
	if (!strcmp(what, "noreturn"))
		last_call(atol(argv[2]));
	if (!strcmp(what, "tree"))
		return tree(atol(argv[2]));
	fputs("lives: see the source\n", stderr);
	return 2;
}
