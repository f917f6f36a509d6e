// SPDX-License-Identifier: BSD-2-Clause
/*
 * children.c - a bounded storm of processes that live for some milliseconds each.
 *
 *	children COUNT MS	COUNT children one after the other, each a fork and
 *				an exec of this same file; every child works for MS
 *				in child_work(), and its own child in grandchild_work()
 */
#include "tests/workloads/spin.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define COUNT_MAX 2000

static uint64_t work_until(uint64_t end_ns)
{
	uint64_t x = SPIN_SEED;

	while (clock_ns(CLOCK_THREAD_CPUTIME_ID) < end_ns)
		x = spin(x, 10000);
	return x;
}

SEEN static int child_work(int ms)
{
	return work_until((uint64_t)ms * 1000000) == 0;
}

SEEN static int grandchild_work(int ms)
{
	return work_until((uint64_t)ms * 1000000) == 1;
}

static int wait_for(pid_t pid)
{
	int status;

	return waitpid(pid, &status, 0) == pid && status == 0 ? 0 : 1;
}

static int be_child(int ms)
{
	pid_t pid = fork();

	if (!pid)
		_exit(grandchild_work(ms));
	return child_work(ms) || pid < 0 || wait_for(pid);
}

static int start_child(char *ms)
{
	static char self[] = "/proc/self/exe";
	char *args[] = { "child", "child", ms, NULL };
	pid_t pid = vfork();

	if (!pid) {
		execv(self, args);
		_exit(EXIT_FAILURE);
	}
	return pid < 0 || wait_for(pid);
}

int main(int argc, char **argv)
{
	int cnt;

	if (argc != 3)
		return EXIT_FAILURE;
	if (!strcmp(argv[1], "child"))
		return be_child(atoi(argv[2]));
	cnt = atoi(argv[1]);
	for (int i = 0; i < cnt && i < COUNT_MAX; i++) {
		if (start_child(argv[2]))
			return EXIT_FAILURE;
	}
	return EXIT_SUCCESS;
}
