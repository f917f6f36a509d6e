// SPDX-License-Identifier: BSD-2-Clause
/*
 * measure.c - what a command costs, and when what it starts begins.
 *
 *	measure FILE COMMAND...	runs COMMAND, appends one line to FILE: milliseconds
 *				from before the fork to its exit, seconds of CPU (it and
 *				its children), peak resident kilobytes, exit status
 *	measure memory FILE COMMAND...
 *				runs COMMAND, looks at it and at its children that run the same
 *				program 500 times a second, and appends: the most kilobytes that
 *				were resident in all of them together at a time; the most of which
 *				a page that several have counts once (PSS); medians of both from the
 *				second second on, or 0; exit status.  As root.
 *	measure mark FILE	appends the milliseconds since the measure above it began:
 *				what a profiler starts when it has begun to sample
 */
#include <dirent.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define BEGIN_VARIABLE "MEASURE_BEGIN_NS"
#define LOOK_NS	       2000000
#define STEADY_NS      2000000000
#define LOOKS_MAX      100000

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

static pid_t run(char **argv)
{
	pid_t pid = fork();

	if (!pid) {
		execvp(argv[0], argv);
		_exit(127);
	}
	return pid;
}

static int exit_code(int status)
{
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

enum size { RSS, PSS, SIZE_CNT };

struct look {
	long kb[SIZE_CNT];
};

static void add_process(const char *pid, struct look *look)
{
	char path[64], line[256];
	long kb;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%.20s/smaps_rollup", pid);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "Rss: %ld", &kb) == 1)
			look->kb[RSS] += kb;
		if (sscanf(line, "Pss: %ld", &kb) == 1)
			look->kb[PSS] += kb;
	}
	if (f)
		fclose(f);
}

/* What a profiler starts is none of it, and neither is this program before it is another. */
static bool runs(const char *pid, const struct stat *program)
{
	char path[64];
	struct stat st;

	snprintf(path, sizeof(path), "/proc/%.20s/exe", pid);
	return !stat(path, &st) && st.st_ino == program->st_ino && st.st_dev == program->st_dev;
}

static void add_family(const char *pid, const struct stat *program, struct look *look)
{
	char path[320], child[21];
	const struct dirent *thread;
	DIR *threads;
	FILE *f;

	if (!runs(pid, program))
		return;
	add_process(pid, look);
	snprintf(path, sizeof(path), "/proc/%.20s/task", pid);
	threads = opendir(path);
	while (threads && (thread = readdir(threads))) {
		snprintf(path, sizeof(path), "/proc/%.20s/task/%s/children", pid, thread->d_name);
		f = fopen(path, "re");
		while (f && fscanf(f, "%20s", child) == 1)
			add_family(child, program, look);
		if (f)
			fclose(f);
	}
	if (threads)
		closedir(threads);
}

static int by_value(const void *a, const void *b)
{
	const long *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Print the most, and the median from STEADY on, of each size. */
static void print_looks(FILE *f, const struct look *looks, size_t cnt, size_t steady)
{
	static long sorted[LOOKS_MAX];

	for (int size = 0; size < SIZE_CNT; size++) {
		for (size_t i = 0; i < cnt; i++)
			sorted[i] = looks[i].kb[size];
		qsort(sorted, cnt, sizeof(*sorted), by_value);
		fprintf(f, "%ld ", cnt ? sorted[cnt - 1] : 0);
	}
	for (int size = 0; size < SIZE_CNT; size++) {
		for (size_t i = steady; i < cnt; i++)
			sorted[i - steady] = looks[i].kb[size];
		qsort(sorted, cnt - steady, sizeof(*sorted), by_value);
		fprintf(f, "%ld ", steady < cnt ? sorted[(cnt - steady) / 2] : 0);
	}
}

static int measure_memory(const char *path, char **argv)
{
	static struct look looks[LOOKS_MAX];
	const struct timespec pause = { .tv_nsec = LOOK_NS };
	uint64_t begin = now_ns();
	size_t cnt = 0, steady = 0;
	pid_t pid = run(argv), ended;
	struct stat own, program;
	char text[32];
	int status;
	FILE *f;

	stat("/proc/self/exe", &own);
	while (!(ended = waitpid(pid, &status, WNOHANG))) {
		snprintf(text, sizeof(text), "/proc/%d/exe", pid);
		if (cnt < LOOKS_MAX && !stat(text, &program) && program.st_ino != own.st_ino) {
			snprintf(text, sizeof(text), "%d", pid);
			add_family(text, &program, &looks[cnt++]);
		}
		if (now_ns() - begin < STEADY_NS)
			steady = cnt;
		nanosleep(&pause, NULL);
	}
	f = fopen(path, "ae");
	if (ended != pid || !f)
		return EXIT_FAILURE;
	print_looks(f, looks, cnt, steady);
	fprintf(f, "%d\n", exit_code(status));
	return fclose(f) ? EXIT_FAILURE : EXIT_SUCCESS;
}

static int measure_cost(const char *path, char **argv)
{
	struct rusage usage;
	char begin_text[32];
	uint64_t begin = now_ns();
	int status;
	pid_t pid;
	FILE *f;

	snprintf(begin_text, sizeof(begin_text), "%" PRIu64, begin);
	setenv(BEGIN_VARIABLE, begin_text, 1);
	pid = run(argv);
	if (pid < 0 || wait4(pid, &status, 0, &usage) != pid)
		return EXIT_FAILURE;
	begin = now_ns() - begin;
	f = fopen(path, "ae");
	if (!f)
		return EXIT_FAILURE;
	fprintf(f, "%.2f %.3f %ld %d\n", (double)begin / 1e6,
		seconds(usage.ru_utime) + seconds(usage.ru_stime), usage.ru_maxrss,
		exit_code(status));
	return fclose(f) ? EXIT_FAILURE : EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	if (argc < 3)
		return EXIT_FAILURE;
	if (!strcmp(argv[1], "mark"))
		return mark(argv[2]);
	if (!strcmp(argv[1], "memory") && argc > 3)
		return measure_memory(argv[2], argv + 3);
	return measure_cost(argv[1], argv + 2);
}
