// SPDX-License-Identifier: BSD-2-Clause
/* What a confined process can no longer do, and what it still can. */
#include "profiler/guard/confine.h"
#include "profiler/guard/draft.h"
#include "profiler/guard/syscall_filter.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/openat2.h>
#include <linux/perf_event.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

static char *const no_args[] = { NULL };

static int open_for_writing(void)
{
	return open("/dev/null", O_WRONLY);
}

static int open_for_both(void)
{
	return open("/dev/null", O_RDWR);
}

static int create(void)
{
	return open("/tmp/wick-test-confine", O_RDONLY | O_CREAT, 0600);
}

static int create_unnamed(void)
{
	return open("/tmp", O_TMPFILE | O_RDWR, 0600);
}

static int open_by_struct(void)
{
	struct open_how how = { .flags = O_RDONLY };

	return (int)syscall(SYS_openat2, AT_FDCWD, "/dev/null", &how, sizeof(how));
}

static int write_memory(void)
{
	return open("/proc/self/mem", O_RDWR);
}

static int execute(void)
{
	return execve("/bin/true", no_args, no_args);
}

static int execute_fd(void)
{
	return (int)syscall(SYS_execveat, AT_FDCWD, "/bin/true", no_args, no_args, 0);
}

static int make_process(void)
{
	int pid = (int)syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);

	if (!pid)
		_exit(0);
	return pid;
}

static int make_socket(void)
{
	return socket(AF_UNIX, SOCK_STREAM, 0);
}

static int trace_parent(void)
{
	return (int)ptrace(PTRACE_ATTACH, getppid(), NULL, NULL);
}

static int signal_parent(void)
{
	return kill(getppid(), 0);
}

static int signal_parents_thread(void)
{
	return (int)syscall(SYS_tgkill, getppid(), getppid(), 0);
}

static int own_signals(void)
{
	return fcntl(STDIN_FILENO, F_SETOWN, getppid());
}

static int type_into_terminal(void)
{
	return ioctl(STDIN_FILENO, TIOCSTI, "x");
}

static int map_writable_code(void)
{
	void *map = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return map == MAP_FAILED ? -1 : 0;
}

static int load_program(void)
{
	union bpf_attr attr = { .prog_type = BPF_PROG_TYPE_SOCKET_FILTER };

	return (int)syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr));
}

static int open_event(void)
{
	struct perf_event_attr attr = { .size = sizeof(attr), .type = PERF_TYPE_SOFTWARE };

	return (int)syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0);
}

static int remove_file(void)
{
	return unlink("/tmp/wick-test-confine");
}

static int rename_file(void)
{
	return rename("/tmp/wick-test-confine", "/tmp/wick-test-confine-2");
}

static int become(void)
{
	return setuid(getuid());
}

static int make_ring(void)
{
	return (int)syscall(SYS_io_uring_setup, 1, NULL);
}

static int limit_parent(void)
{
	return (int)syscall(SYS_prlimit64, getppid(), 7, NULL, NULL);
}

static const struct {
	const char *what;
	int (*act)(void);
	bool with_sanitizer; /* which needs it itself */
} denied[] = {
	{ "open for writing", open_for_writing, false },
	{ "open for reading and writing", open_for_both, false },
	{ "create", create, false },
	{ "create without a name", create_unnamed, false },
	{ "open with flags behind a pointer", open_by_struct, false },
	{ "write own memory as a file", write_memory, false },
	{ "execute", execute, false },
	{ "execute an fd", execute_fd, false },
	{ "make a process", make_process, true },
	{ "make a socket", make_socket, false },
	{ "trace", trace_parent, true },
	{ "send a signal", signal_parent, true },
	{ "send a thread a signal", signal_parents_thread, true },
	{ "have signals sent", own_signals, false },
	{ "type into the terminal", type_into_terminal, false },
	{ "map writable code", map_writable_code, true },
	{ "load a BPF program", load_program, false },
	{ "open a perf event", open_event, false },
	{ "remove", remove_file, false },
	{ "rename", rename_file, false },
	{ "change ids", become, false },
	{ "make a ring of calls", make_ring, false },
	{ "change another's limits", limit_parent, false },
};

#ifdef __SANITIZE_ADDRESS__
#define SANITIZED true
#else
#define SANITIZED false
#endif

static void *nothing(void *arg)
{
	return arg;
}

/* The number of the first that is not as it should be, from 1. */
static int try_denied(void)
{
	for (size_t i = 0; i < sizeof(denied) / sizeof(denied[0]); i++) {
		if (SANITIZED && denied[i].with_sanitizer)
			continue;
		errno = 0;
		if (denied[i].act() >= 0 || errno != EPERM)
			return (int)i + 1;
	}
	return 0;
}

static int try_allowed(void)
{
	pthread_t thread;
	char byte;
	int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);

	if (fd < 0 || read(fd, &byte, 1) != 1 || close(fd))
		return 101;
	if (pthread_create(&thread, NULL, nothing, NULL) || pthread_join(thread, NULL))
		return 102;
	if (memfd_create("x", MFD_CLOEXEC) < 0)
		return 103;
	if (kill(getpid(), 0)) /* named as one that may be signalled */
		return 104;
	return confine_permitted(NULL) & ~(1ULL << 2) ? 105 : 0; /* CAP_DAC_READ_SEARCH, root's */
}

static int read_file(void)
{
	return open("/proc/self/status", O_RDONLY | O_CLOEXEC);
}

static int open_existing_for_both(void)
{
	return open("/dev/null", O_RDWR | O_CLOEXEC);
}

static int truncate_file(void)
{
	return open("/dev/null", O_WRONLY | O_TRUNC | O_CLOEXEC | O_NOCTTY);
}

static int receive(void)
{
	char byte;

	return (int)read(STDIN_FILENO, &byte, 0);
}

static int link_file(void)
{
	return link("/tmp/wick-test-confine", "/tmp/wick-test-confine-2");
}

static int make_directory(void)
{
	return mkdir("/tmp/wick-test-confine", 0700);
}

static int map_code(void)
{
	void *map = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return map == MAP_FAILED ? -1 : 0;
}

static int (*const denied_to_writer[])(void) = {
	read_file,
	open_existing_for_both,
	truncate_file,
	receive,
	create,
	create_unnamed,
	open_by_struct,
	write_memory,
	execute,
	execute_fd,
	make_process,
	make_socket,
	trace_parent,
	signal_parent,
	signal_parents_thread,
	own_signals,
	type_into_terminal,
	map_writable_code,
	map_code,
	load_program,
	open_event,
	become,
	make_ring,
	limit_parent,
	link_file,
	make_directory,
};

static int try_denied_to_writer(void)
{
	for (size_t i = 0; i < sizeof(denied_to_writer) / sizeof(denied_to_writer[0]); i++) {
		errno = 0;
		if (denied_to_writer[i]() >= 0 || errno != EPERM)
			return (int)i + 1;
	}
	return 0;
}

/* What writer.c does with a file, and with a device. */
static int try_writing(void)
{
	static const char path[] = "/tmp/wick-test-confine.out";
	struct draft draft;
	int fd;

	draft_init(&draft);
	for (int keep_old = 0; keep_old < 2; keep_old++) {
		fd = draft_open(&draft, path, true);
		if (fd < 0 || close(fd))
			return 101;
		if (draft_commit(&draft, keep_old))
			return 102;
	}
	fd = draft_open(&draft, "/dev/null", true);
	return fd < 0 || close(fd) ? 103 : 0;
}

static int in_child(enum confine_role role, int (*act)(void))
{
	pid_t pid = fork();
	int status;

	if (!pid) {
		pid_t self = getpid();

		_exit(confine(role, &self, 1, false) ? 100 : act());
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void what_harms_is_denied(void **state)
{
	int failed;

	if (!syscall_filter_available())
		skip();
	failed = in_child(CONFINE_FILES, try_denied);
	if (failed)
		fail_msg("%s", failed == 100 ? "confine" : denied[failed - 1].what);
}

static void what_naming_needs_is_not(void **state)
{
	assert_int_equal(in_child(CONFINE_FILES, try_allowed), 0);
}

static void the_writer_does_nothing_but_write(void **state)
{
	int failed;

	if (!syscall_filter_available())
		skip();
	failed = in_child(CONFINE_WRITER, try_denied_to_writer);
	if (failed)
		fail_msg("number %d of what is denied to the writer (100: confine)", failed);
}

static void the_writer_can_write(void **state)
{
	assert_int_equal(in_child(CONFINE_WRITER, try_writing), 0);
	assert_int_equal(unlink("/tmp/wick-test-confine.out"), 0);
	assert_int_equal(unlink("/tmp/wick-test-confine.out.old"), 0);
}

#define BIT(nr) (1ULL << (nr))

/* Numbers of the kernel's, as older headers lack the last ones. */
enum {
	DAC_READ_SEARCH = 2,
	SETUID = 7,
	SYS_PTRACE = 19,
	SYS_ADMIN = 21,
	SYS_NICE = 23,
	SYSLOG = 34,
	PERFMON = 38,
	BPF = 39,
	CHECKPOINT_RESTORE = 40,
};

/* Without CAP_BPF no table could be made after confine(), and stacks would break in silence. */
static void a_role_keeps_what_it_needs(void **state)
{
	const uint64_t all = BIT(41) - 1,
		       reading = BIT(DAC_READ_SEARCH) | BIT(SYS_PTRACE) | BIT(SYSLOG) |
				 BIT(CHECKPOINT_RESTORE),
		       sampling = reading | BIT(BPF) | BIT(SYS_NICE),
		       before_5_8 = BIT(38) - 1, /* SYS_ADMIN was all of the new ones */
		container = BIT(SETUID) | BIT(SYS_ADMIN);
	const struct {
		const char *name;
		enum confine_role role;
		uint64_t permitted;
		bool is_root;
		uint64_t kept;
	} rows[] = {
		{ "root", CONFINE_SAMPLING, all, true, sampling },
		{ "root, reading", CONFINE_PROCESSES, all, true, reading },
		{ "root, files", CONFINE_FILES, all, true, BIT(DAC_READ_SEARCH) },
		{ "root, the writer, whatever is missing", CONFINE_WRITER, BIT(SYS_ADMIN), true,
		  0 },
		{ "the capabilities on the program", CONFINE_SAMPLING,
		  BIT(BPF) | BIT(PERFMON) | BIT(SYS_PTRACE) | BIT(CHECKPOINT_RESTORE), false,
		  BIT(BPF) | BIT(SYS_PTRACE) | BIT(CHECKPOINT_RESTORE) },
		{ "SYS_ADMIN in place of BPF", CONFINE_SAMPLING,
		  BIT(SYS_ADMIN) | BIT(SYS_PTRACE) | BIT(SETUID), false,
		  BIT(SYS_ADMIN) | BIT(SYS_PTRACE) },
		{ "SYS_ADMIN in place of CHECKPOINT_RESTORE", CONFINE_PROCESSES,
		  BIT(SYS_ADMIN) | BIT(SYS_PTRACE) | BIT(BPF), false,
		  BIT(SYS_ADMIN) | BIT(SYS_PTRACE) },
		{ "SYS_ADMIN for none that is missing", CONFINE_SAMPLING, sampling | BIT(SYS_ADMIN),
		  false, sampling },
		{ "a kernel before 5.8", CONFINE_SAMPLING, before_5_8, true,
		  (sampling & before_5_8) | BIT(SYS_ADMIN) },
		{ "a container's root has what its processes have", CONFINE_SAMPLING, container,
		  true, container },
		{ "and for `doctor -p` and `symbolize -p`", CONFINE_PROCESSES, container, true,
		  container },
		{ "not for files", CONFINE_FILES, container, true, 0 },
		{ "none", CONFINE_SAMPLING, 0, false, 0 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t kept = confine_kept(rows[i].role, rows[i].permitted, rows[i].is_root);

		if (kept != rows[i].kept)
			fail_msg("[%s] keeps %#llx, want %#llx", rows[i].name,
				 (unsigned long long)kept, (unsigned long long)rows[i].kept);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_role_keeps_what_it_needs),
		cmocka_unit_test(what_harms_is_denied),
		cmocka_unit_test(what_naming_needs_is_not),
		cmocka_unit_test(the_writer_does_nothing_but_write),
		cmocka_unit_test(the_writer_can_write),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
