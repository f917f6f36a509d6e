// SPDX-License-Identifier: BSD-2-Clause
/*
 * storm.c - storm KIND SECONDS [N]: what makes the kernel tell a profiler most, by nothing that
 * needs a right.  It says "ready" when it begins.
 *
 *   same      N mappings (0), and one more that comes and goes
 *   moving    the same, each time of other code
 *   gaps      N mappings, of which one after the other is replaced
 *   long      as moving, of a file whose path has 4,000 bytes
 *   protect   N mappings, of which one after the other is made writable and executable again
 *   processes N processes that each do `moving` of 100 mappings
 *   names     N threads that call themselves something else
 *   threads   threads that end at once
 *   forks     processes that end at once
 *   execs     processes that become this program, which ends at once
 *   cgroups   a process that goes from one cgroup to another and back, in N of them
 */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PAGE   4096ul
#define STRIDE (2 * PAGE) /* between mappings, which must not become one */
#define CODE   (PROT_READ | PROT_EXEC)

static time_t end;
static int self_fd; /* of this program, whose pages are mapped */
static const char *self_path;

static bool goes_on(void)
{
	return time(NULL) < end;
}

static void *map_at(void *at, int fd, unsigned long page)
{
	void *got = mmap(at, PAGE, CODE, MAP_PRIVATE | (at ? MAP_FIXED : 0), fd,
			 (off_t)(page % 3 * PAGE));

	if (got == MAP_FAILED)
		exit(1);
	return got;
}

static char *map_many(int cnt)
{
	char *base = mmap(NULL, (size_t)cnt * STRIDE + PAGE, PROT_NONE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	for (int i = 0; i < cnt; i++)
		map_at(base + (size_t)i * STRIDE, self_fd, 0);
	return base;
}

static void say_ready(void)
{
	puts("ready");
	fflush(stdout);
}

static void same(int cnt)
{
	map_many(cnt);
	say_ready();
	while (goes_on())
		munmap(map_at(NULL, self_fd, 0), PAGE);
}

static void churn(int fd)
{
	for (unsigned long i = 0; goes_on(); i++)
		munmap(map_at(NULL, fd, i), PAGE);
}

static void moving(int cnt)
{
	map_many(cnt);
	say_ready();
	churn(self_fd);
}

static void gaps(int cnt)
{
	char *base = map_many(cnt ? cnt : 1);

	say_ready();
	for (unsigned long i = 0; goes_on(); i++)
		map_at(base + i % (unsigned long)(cnt ? cnt : 1) * STRIDE, self_fd, i);
}

/* By steps, as no path may be longer than PATH_MAX. */
static void long_path(int cnt)
{
	char name[201] = "", top[] = "/tmp/wick-storm.XXXXXX";
	char bytes[3 * PAGE] = "";
	int fd, depth = 0;

	if (!mkdtemp(top) || chdir(top))
		exit(1);
	memset(name, 'x', sizeof(name) - 1);
	while (depth < 19 && !mkdir(name, 0700) && !chdir(name))
		depth++;
	fd = open(name, O_RDWR | O_CREAT, 0700);
	if (fd < 0 || write(fd, bytes, sizeof(bytes)) != sizeof(bytes))
		exit(1);
	map_many(cnt);
	say_ready();
	churn(fd);
	unlink(name);
	while (depth-- && !chdir(".."))
		rmdir(name);
	rmdir(top);
}

static void protect(int cnt)
{
	char *base = map_many(cnt ? cnt : 1);

	say_ready();
	for (unsigned long i = 0; goes_on(); i++) {
		char *page = base + i % (unsigned long)(cnt ? cnt : 1) * STRIDE;

		mprotect(page, PAGE, PROT_READ | PROT_WRITE);
		mprotect(page, PAGE, CODE);
	}
}

static void processes(int cnt)
{
	for (int i = 0; i < cnt; i++) {
		if (!fork()) {
			map_many(100);
			churn(self_fd);
			_exit(0);
		}
	}
	say_ready();
	while (wait(NULL) > 0)
		;
}

static void *rename_thread(void *arg)
{
	char name[16];

	for (unsigned long i = 0; goes_on(); i++) {
		snprintf(name, sizeof(name), "n%lu", i);
		prctl(PR_SET_NAME, name);
	}
	return arg;
}

static void names(int cnt)
{
	pthread_t thread;

	say_ready();
	for (int i = 1; i < cnt; i++)
		pthread_create(&thread, NULL, rename_thread, NULL);
	rename_thread(NULL);
}

static void *nothing(void *arg)
{
	return arg;
}

static void threads(int cnt)
{
	pthread_t thread;

	say_ready();
	while (goes_on()) {
		if (!pthread_create(&thread, NULL, nothing, NULL))
			pthread_join(thread, NULL);
	}
}

static void forks(int cnt)
{
	say_ready();
	while (goes_on()) {
		if (!fork())
			_exit(0);
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
	}
}

static void execs(int cnt)
{
	say_ready();
	while (goes_on()) {
		pid_t pid = vfork();

		if (!pid) {
			execl(self_path, self_path, (char *)NULL);
			_exit(1);
		}
		waitpid(pid, NULL, 0);
	}
}

static void cgroups(int cnt)
{
	char path[64], pid[16];
	int fds[2][64], len = snprintf(pid, sizeof(pid), "%d", getpid());

	cnt = cnt < 2 ? 2 : cnt > 64 ? 64 : cnt;
	for (int i = 0; i < cnt; i++) {
		snprintf(path, sizeof(path), "/sys/fs/cgroup/wick-storm-%d", i);
		mkdir(path, 0755);
		strcat(path, "/cgroup.procs");
		fds[0][i] = open(path, O_WRONLY);
	}
	say_ready();
	for (unsigned long i = 0; goes_on(); i++) {
		if (write(fds[0][i % (unsigned long)cnt], pid, (size_t)len) < 0)
			break;
	}
	fds[1][0] = open("/sys/fs/cgroup/cgroup.procs", O_WRONLY);
	if (write(fds[1][0], pid, (size_t)len) < 0)
		return;
	for (int i = 0; i < cnt; i++) {
		snprintf(path, sizeof(path), "/sys/fs/cgroup/wick-storm-%d", i);
		rmdir(path);
	}
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(int cnt);
	} kinds[] = {
		{ "same", same },      { "moving", moving },   { "gaps", gaps },
		{ "long", long_path }, { "protect", protect }, { "processes", processes },
		{ "names", names },    { "threads", threads }, { "forks", forks },
		{ "execs", execs },    { "cgroups", cgroups },
	};

	if (argc < 3)
		return 0;
	self_path = argv[0];
	self_fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	end = time(NULL) + atoi(argv[2]);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(argv[1], kinds[i].name))
			continue;
		kinds[i].run(argc > 3 ? atoi(argv[3]) : 0);
		return 0;
	}
	return 2;
}
