// SPDX-License-Identifier: BSD-2-Clause
/*
 * measure.c - what a command costs, and when what it starts begins.
 *
 *	measure FILE COMMAND...	runs COMMAND, appends one line to FILE: milliseconds
 *				from before the fork to its exit, seconds of CPU (it and
 *				its children), peak resident kilobytes, exit status
 *	measure mark FILE	appends the milliseconds since the measure above it began:
 *				what a profiler starts when it has begun to sample
 */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define BEGIN_VARIABLE "MEASURE_BEGIN_NS"

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

static int mark(const char *path)
{
	uint64_t now = now_ns();
	const char *begin = getenv(BEGIN_VARIABLE);
	FILE *f = begin ? fopen(path, "ae") : NULL;

	if (!f)
		return EXIT_FAILURE;
	fprintf(f, "%.2f\n", (double)(now - strtoull(begin, NULL, 10)) / 1e6);
	return fclose(f) ? EXIT_FAILURE : EXIT_SUCCESS;
}

static double seconds(struct timeval tv)
{
	return (double)tv.tv_sec + (double)tv.tv_usec / 1e6;
}

int main(int argc, char **argv)
{
	struct rusage usage;
	char begin_text[32];
	uint64_t begin;
	int status;
	pid_t pid;
	FILE *f;

	if (argc < 3)
		return EXIT_FAILURE;
	if (!strcmp(argv[1], "mark"))
		return mark(argv[2]);
	begin = now_ns();
	snprintf(begin_text, sizeof(begin_text), "%" PRIu64, begin);
	setenv(BEGIN_VARIABLE, begin_text, 1);
	pid = fork();
	if (!pid) {
		execvp(argv[2], argv + 2);
		_exit(127);
	}
	if (pid < 0 || wait4(pid, &status, 0, &usage) != pid)
		return EXIT_FAILURE;
	begin = now_ns() - begin;
	f = fopen(argv[1], "ae");
	if (!f)
		return EXIT_FAILURE;
	fprintf(f, "%.2f %.3f %ld %d\n", (double)begin / 1e6,
		seconds(usage.ru_utime) + seconds(usage.ru_stime), usage.ru_maxrss,
		WIFEXITED(status) ? WEXITSTATUS(status) : -1);
	return fclose(f) ? EXIT_FAILURE : EXIT_SUCCESS;
}
