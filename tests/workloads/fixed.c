// SPDX-License-Identifier: BSD-2-Clause
/*
 * fixed.c - a fixed piece of work, again and again on every CPU, that times itself: 40 frames
 * below main, some 2 ms a unit.
 *
 *	fixed FILE UNITS [EVERY PERCENT]
 *
 * Each CPU has a thread that works UNITS, after WARM ones in which the profiler's start comes
 * to its end.  Then one line is appended to FILE: the milliseconds
 * of a unit, and which percentage of the CPUs' time the program that started this one took
 * meanwhile, with its threads and its other children.  Every EVERY-th unit is PERCENT longer,
 * which makes a slowdown of known size.
 *
 * The time of a unit is how long its thread had the CPU, with the interrupts that came: the
 * monotonic clock, less the wait for the CPU that the kernel counts.  A unit counts for CAP
 * times the lower quartile of its thread's units at the most: a sampler's interrupts are short
 * and come all the time, and what takes longer is another program or another guest of the
 * host.  The quartile alone would be blind to interrupts that are not in every unit.
 */
#include "tests/workloads/spin.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define DEPTH	    40
#define STEPS	    1200000L
#define CAP	    1.05
#define WARM	    50
#define UNITS_MAX   100000L
#define THREADS_MAX CPU_SETSIZE

struct worker {
	pthread_t thread;
	int cpu;
	double *units_ms;
	double mean_ms; /* It is of the units, each up to the cap. */
};

static long units, every = 1;
static double longer;
static pthread_barrier_t begin;

SEEN static uint64_t unit(int depth, uint64_t x, long steps)
{
	x = depth > 1 ? unit(depth - 1, x, steps) : spin(x, steps);
	KEEP(x);
	return x + 1;
}

/* Reads a schedstat file: how long a thread had a CPU, and how long it waited for one. */
static void read_schedstat(int fd, uint64_t *ran_ns, uint64_t *waited_ns)
{
	char text[96];
	ssize_t len = pread(fd, text, sizeof(text) - 1, 0);

	text[len > 0 ? len : 0] = '\0';
	if (sscanf(text, "%" SCNu64 " %" SCNu64, ran_ns, waited_ns) != 2)
		*ran_ns = *waited_ns = 0; /* This kernel does not count it. */
}

/* How long the thread with the schedstat file FD has had its CPU, but for some constant. */
static uint64_t on_cpu_ns(int fd)
{
	uint64_t ran_ns, waited_ns;

	read_schedstat(fd, &ran_ns, &waited_ns);
	return clock_ns(CLOCK_MONOTONIC) - waited_ns;
}

static int compare_times(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double capped_mean(double *times, long cnt)
{
	double cap, sum = 0;

	qsort(times, (size_t)cnt, sizeof(*times), compare_times);
	cap = CAP * times[cnt / 4];
	for (long i = 0; i < cnt; i++)
		sum += times[i] < cap ? times[i] : cap;
	return sum / (double)cnt;
}

static void *work(void *arg)
{
	struct worker *w = arg;
	cpu_set_t cpus;
	char path[64];
	uint64_t x = SPIN_SEED, start_ns, end_ns;
	int fd;

	CPU_ZERO(&cpus);
	CPU_SET((size_t)w->cpu, &cpus);
	sched_setaffinity(0, sizeof(cpus), &cpus);
	snprintf(path, sizeof(path), "/proc/self/task/%d/schedstat", (int)gettid());
	fd = open(path, O_RDONLY | O_CLOEXEC);
	for (int i = 0; i < WARM; i++)
		x = unit(DEPTH, x, STEPS);
	pthread_barrier_wait(&begin);
	start_ns = on_cpu_ns(fd);
	for (long i = 0; i < units; i++) {
		x = unit(DEPTH, x, (long)(STEPS * (i % every ? 1 : 1 + longer / 100)));
		end_ns = on_cpu_ns(fd);
		w->units_ms[i] = (double)(end_ns - start_ns) / 1e6;
		start_ns = end_ns;
	}
	KEEP(x);
	close(fd);
	w->mean_ms = capped_mean(w->units_ms, units);
	return NULL;
}

static uint64_t process_ran_ns(pid_t pid);

/* The same of the children of a thread, of which this process is one. */
static uint64_t children_ran_ns(const char *task)
{
	char path[384];
	uint64_t sum = 0;
	FILE *f;
	int pid;

	snprintf(path, sizeof(path), "%s/children", task);
	f = fopen(path, "re");
	while (f && fscanf(f, "%d", &pid) == 1)
		sum += pid == getpid() ? 0 : process_ran_ns(pid);
	if (f)
		fclose(f);
	return sum;
}

/* How long the threads of PID and of its descendants had a CPU, as far as they still live. */
static uint64_t process_ran_ns(pid_t pid)
{
	char tasks[32], task[320], path[384];
	uint64_t sum = 0, ran_ns, waited_ns;
	const struct dirent *entry;
	DIR *dir;
	int fd;

	snprintf(tasks, sizeof(tasks), "/proc/%d/task", (int)pid);
	dir = opendir(tasks);
	while (dir && (entry = readdir(dir))) {
		snprintf(task, sizeof(task), "%s/%s", tasks, entry->d_name);
		snprintf(path, sizeof(path), "%s/schedstat", task);
		fd = entry->d_name[0] == '.' ? -1 : open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			continue;
		read_schedstat(fd, &ran_ns, &waited_ns);
		close(fd);
		sum += ran_ns + children_ran_ns(task);
	}
	if (dir)
		closedir(dir);
	return sum;
}

/* Starts a worker on each CPU that we may use; returns how many. */
static int start_workers(struct worker *workers)
{
	cpu_set_t cpus;
	int cnt = 0;

	if (sched_getaffinity(0, sizeof(cpus), &cpus))
		return 0;
	pthread_barrier_init(&begin, NULL, (unsigned int)CPU_COUNT(&cpus) + 1);
	for (int cpu = 0; cpu < THREADS_MAX; cpu++) {
		struct worker *w = &workers[cnt];

		if (!CPU_ISSET((size_t)cpu, &cpus))
			continue;
		w->cpu = cpu;
		w->units_ms = calloc((size_t)units, sizeof(*w->units_ms));
		if (!w->units_ms || pthread_create(&w->thread, NULL, work, w))
			exit(EXIT_FAILURE);
		cnt++;
	}
	return cnt;
}

int main(int argc, char **argv)
{
	static struct worker workers[THREADS_MAX];
	uint64_t start_ns, ran_ns;
	double mean_ms = 0;
	FILE *f;
	int cnt;

	units = argc > 2 ? atol(argv[2]) : 0;
	if (argc > 4) {
		every = atol(argv[3]);
		longer = atof(argv[4]);
	}
	if (units < 4 || units > UNITS_MAX || every < 1 || longer < 0)
		return EXIT_FAILURE;
	cnt = start_workers(workers);
	if (!cnt)
		return EXIT_FAILURE;
	pthread_barrier_wait(&begin);
	ran_ns = process_ran_ns(getppid());
	start_ns = clock_ns(CLOCK_MONOTONIC);
	for (int i = 0; i < cnt; i++) {
		pthread_join(workers[i].thread, NULL);
		mean_ms += workers[i].mean_ms / cnt;
	}
	ran_ns = process_ran_ns(getppid()) - ran_ns;
	start_ns = clock_ns(CLOCK_MONOTONIC) - start_ns;
	f = fopen(argv[1], "ae");
	if (!f)
		return EXIT_FAILURE;
	fprintf(f, "%.6f %.4f\n", mean_ms, 100 * (double)ran_ns / (double)start_ns / cnt);
	return fclose(f) ? EXIT_FAILURE : EXIT_SUCCESS;
}
