// SPDX-License-Identifier: BSD-2-Clause
/*
 * frames.c - every shape of frame that C code has, round and round for ever: alloca,
 * realigned stacks, calls that do not return, calls through the PLT, lazy binding,
 * callbacks from the C library, deep recursion, threads that start and end, vfork,
 * system calls, and signal handlers on the thread's stack and on one of their own,
 * one inside another.
 */
#include <alloca.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <immintrin.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOINLINE __attribute__((noinline))
#define DEEP	 700 /* more frames than a walk records */
#define SHALLOW	 60

static volatile unsigned long sink;
static pid_t self;

static NOINLINE void spin(unsigned int turns)
{
	for (unsigned int i = 0; i < turns; i++)
		sink += i * sink;
}

static NOINLINE void use_alloca(size_t size)
{
	char *bytes = alloca(size);

	memset(bytes, (int)size, size);
	spin(2000);
	sink += (unsigned char)bytes[size / 2];
}

/* 64 bytes of alignment: the ABI promises 16, so that the function realigns its stack. */
static NOINLINE void realign(size_t size)
{
	double values[32] __attribute__((aligned(64)));
	char *bytes = alloca(size);

	for (size_t i = 0; i < 32; i++)
		values[i] = (double)sink + (double)i;
	memset(bytes, 1, size);
	spin(20000);
	sink += (unsigned long)values[sink % 32] + (unsigned char)bytes[size - 1];
}

/* Its CFA is by RBP, which the realigned function has to give back. */
static NOINLINE void realign_below_alloca(size_t size)
{
	char *bytes = alloca(size);

	memset(bytes, (int)size, size);
	realign(size);
	sink += (unsigned char)bytes[size / 2];
}

static jmp_buf way_out;

static NOINLINE __attribute__((noreturn)) void leave(void)
{
	spin(20000);
	longjmp(way_out, 1);
}

/* The call is the last instruction: its return address is in another function. */
static NOINLINE __attribute__((noreturn)) void end_in_a_call(size_t size)
{
	volatile char *bytes = alloca(size);

	bytes[size / 2] = 1;
	leave();
}

__attribute__((target("avx2"))) static NOINLINE void use_avx(void)
{
	__m256i sums[4];

	for (int i = 0; i < 4; i++)
		sums[i] = _mm256_set1_epi32(i);
	for (int i = 0; i < 400; i++) {
		sums[i & 3] = _mm256_add_epi32(sums[i & 3], sums[(i + 1) & 3]);
		spin(2);
	}
	sink += (unsigned long)_mm256_extract_epi32(sums[1], 2);
}

static NOINLINE int compare(const void *a, const void *b)
{
	const int *x = a, *y = b;

	sink++;
	return (*x > *y) - (*x < *y);
}

static NOINLINE void sort(void)
{
	int values[500];

	for (size_t i = 0; i < 500; i++)
		values[i] = rand();
	qsort(values, 500, sizeof(values[0]), compare);
	sink += (unsigned long)values[7];
}

static NOINLINE unsigned long recurse(unsigned int depth)
{
	if (depth)
		return recurse(depth - 1) + sink;
	spin(50000);
	return sink;
}

/* Many short calls: samples in PLT entries and at the first and last instructions. */
static NOINLINE void call_much(void)
{
	for (int i = 0; i < 300; i++) {
		char *copy = strdup("frames");

		sink += strlen(copy) + (unsigned long)abs(rand());
		free(copy);
	}
}

static NOINLINE void enter_kernel(void)
{
	static char buffer[1 << 18];
	struct stat st;
	int fd = open("/dev/zero", O_RDONLY);

	for (int i = 0; i < 100; i++)
		sink += (unsigned long)getppid() + (unsigned long)!stat("/proc/self", &st);
	for (int i = 0; i < 4; i++)
		sink += (unsigned long)read(fd, buffer, sizeof(buffer));
	close(fd);
}

/* On each loading, each of the library's calls goes through the dynamic linker once. */
static NOINLINE void bind_lazily(void)
{
	for (int i = 0; i < 8; i++) {
		void *lib = dlopen("lazy.so", RTLD_LAZY | RTLD_LOCAL);
		unsigned long (*lazy)(const char *text);

		if (!lib)
			return;
		*(void **)&lazy = dlsym(lib, "lazy");
		sink += lazy ? lazy("lazy") : 0;
		dlclose(lib);
	}
}

static NOINLINE void spawn(void)
{
	pid_t pid = vfork();

	if (!pid)
		_exit(0);
	if (pid > 0)
		waitpid(pid, NULL, 0);
}

static void *thread(void *arg)
{
	spin(5000);
	sort();
	return arg;
}

static NOINLINE void start_thread(void)
{
	pthread_t id;

	if (!pthread_create(&id, NULL, thread, NULL))
		pthread_join(id, NULL);
}

static void on_usr1(int sig)
{
	spin(10000);
	recurse(5);
}

/* On the alternate stack, with USR1 on top of it. */
static void on_usr2(int sig, siginfo_t *info, void *context)
{
	spin(5000);
	if (getpid() == self)
		kill(self, SIGUSR1);
	use_alloca(100);
}

/* Handlers call only what takes no lock. */
static void on_alarm(int sig)
{
	spin(10000);
	if (getpid() == self)
		kill(self, SIGUSR2);
	realign(50);
}

static void handle(int sig, int flags, void (*plain)(int),
		   void (*with_info)(int, siginfo_t *, void *))
{
	struct sigaction action = { .sa_flags = flags };

	if (with_info)
		action.sa_sigaction = with_info;
	else
		action.sa_handler = plain;
	sigaction(sig, &action, NULL);
}

static void prepare_signals(void)
{
	static char stack[1 << 16];
	stack_t alternate = { .ss_sp = stack, .ss_size = sizeof(stack) };
	struct itimerval every = { { 0, 9000 }, { 0, 9000 } };

	self = getpid();
	sigaltstack(&alternate, NULL);
	handle(SIGUSR1, SA_RESTART, on_usr1, NULL);
	handle(SIGUSR2, SA_RESTART | SA_SIGINFO | SA_ONSTACK, NULL, on_usr2);
	handle(SIGALRM, SA_RESTART, on_alarm, NULL);
	setitimer(ITIMER_REAL, &every, NULL);
}

int main(void)
{
	prepare_signals();
	for (unsigned int turn = 0;; turn++) {
		use_alloca(100 + turn % 400);
		realign_below_alloca(1 + turn % 300);
		if (!setjmp(way_out))
			end_in_a_call(1 + turn % 50);
		if (__builtin_cpu_supports("avx2"))
			use_avx();
		sort();
		recurse(turn % 4 ? SHALLOW : DEEP);
		call_much();
		enter_kernel();
		bind_lazily();
		spawn();
		start_thread();
	}
}
