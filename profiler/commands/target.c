// SPDX-License-Identifier: BSD-2-Clause
/* target.c - see target.h. */
#include "profiler/commands/target.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <linux/magic.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "profiler/clock.h"
#include "profiler/commands/exec_failure.h"
#include "profiler/commands/process_kind.h"
#include "profiler/guard/confine.h"
#include "profiler/log.h"

#define EXIT_CMD_NOT_FOUND	127
#define EXIT_CMD_NOT_EXECUTABLE 126

static void close_fd(int fd)
{
	if (fd >= 0)
		close(fd);
}

/* Processes and threads that exist */

/* Log why process PID cannot be recorded, if it cannot. */
static int check_process(pid_t pid)
{
	pid_t owner;

	switch (process_kind_of(pid, &owner)) {
	case PROCESS_THREAD:
		log_error("%d is a thread of process %d (use --tid %d or --pid %d)", pid, owner,
			  pid, owner);
		return -EINVAL;
	case PROCESS_RUNS:
	case PROCESS_KERNEL:
		return 0;
	default:
		return process_kind_check(pid);
	}
}

static bool thread_exists(pid_t id)
{
	pid_t owner;
	enum process_kind kind = process_kind_of(id, &owner);

	return kind == PROCESS_RUNS || kind == PROCESS_THREAD || kind == PROCESS_KERNEL;
}

static int watch_processes(const struct id_list *pids, bool children, struct target *out)
{
	out->ends = calloc(pids->cnt, sizeof(*out->ends));
	if (!out->ends)
		return -ENOMEM;
	for (size_t i = 0; i < pids->cnt; i++) {
		pid_t pid = pids->ids[i];
		int fd, err = check_process(pid);

		if (err)
			return err;
		fd = (int)syscall(SYS_pidfd_open, pid, 0);
		if (fd < 0) {
			err = -errno;
			if (err == -ESRCH)
				log_error("no process %d (see ps -e)", pid);
			else
				log_error("cannot watch process %d: %s", pid, strerror(-err));
			return err;
		}
		out->ends[out->end_cnt++] = (struct pollfd){ .fd = fd, .events = POLLIN };
	}
	out->filter = children ? FILTER_FAMILIES : FILTER_PROCESSES;
	out->ids = *pids;
	return 0;
}

static int check_threads(const struct id_list *tids, struct target *out)
{
	for (size_t i = 0; i < tids->cnt; i++) {
		if (!thread_exists(tids->ids[i])) {
			log_error("no thread %d (see ps -eL)", tids->ids[i]);
			return -ESRCH;
		}
	}
	out->filter = FILTER_THREADS;
	out->ids = out->tids = *tids;
	return 0;
}

/* Cgroups */

static bool is_cgroup2(int fd)
{
	struct statfs fs;

	return fd >= 0 && !fstatfs(fd, &fs) && fs.f_type == CGROUP2_SUPER_MAGIC;
}

static int open_directory(const char *path)
{
	return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static int open_cgroup(const char *name, struct target *out)
{
	static const char *const mounts[] = { "/sys/fs/cgroup", "/sys/fs/cgroup/unified" };
	char path[PATH_MAX];

	out->cgroup_fd = name[0] == '/' ? open_directory(name) : -1;
	for (size_t i = 0; !is_cgroup2(out->cgroup_fd) && i < 2; i++) {
		close_fd(out->cgroup_fd);
		snprintf(path, sizeof(path), "%s/%s", mounts[i], name);
		out->cgroup_fd = open_directory(path);
	}
	if (!is_cgroup2(out->cgroup_fd)) {
		log_error("no cgroup v2 '%s' (a path below /sys/fs/cgroup; see systemd-cgls)",
			  name);
		return -ENOENT;
	}
	out->filter = FILTER_CGROUP;
	return 0;
}

/* Commands */

/* The child waits for the word, becomes CMD, or tells the parent why it cannot. */
static void become_command(char **cmd, int go_fd, int exec_fd)
{
	struct exec_failure failure;
	char word;

	if (read(go_fd, &word, 1) != 1)
		_exit(EXIT_FAILURE); /* the parent gave up */
	execvp(cmd[0], cmd);
	exec_failure_find(cmd[0], errno, &failure);
	if (write(exec_fd, &failure, sizeof(failure)) != sizeof(failure))
		_exit(EXIT_FAILURE);
	_exit(EXIT_CMD_NOT_FOUND);
}

/* The child gives up what is not CMD's: blocked and ignored signals, rights of wick's file. */
static void run_child(char **cmd, int go_fd, int exec_fd)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	signal(SIGXFSZ, SIG_DFL);
	if (confine_to_caller())
		_exit(EXIT_FAILURE);
	become_command(cmd, go_fd, exec_fd);
}

/* Fork CMD with a pipe to it and one from it.  The caller closes every end that is not -1. */
static int fork_command(char **cmd, int go[2], int exec[2], pid_t *out)
{
	pid_t pid;

	if (pipe2(go, O_CLOEXEC))
		return -errno;
	if (pipe2(exec, O_CLOEXEC))
		return -errno;
	pid = fork();
	if (pid < 0)
		return -errno;
	if (!pid) {
		close(go[1]);
		run_child(cmd, go[0], exec[1]);
	}
	*out = pid;
	return 0;
}

static int make_command(char **cmd, struct target *out)
{
	int go[2] = { -1, -1 }, exec[2] = { -1, -1 }, err;

	out->cmd_id = malloc(sizeof(*out->cmd_id));
	if (!out->cmd_id)
		return -ENOMEM;
	err = fork_command(cmd, go, exec, &out->cmd);
	close_fd(go[0]);
	close_fd(exec[1]);
	out->go_fd = go[1];
	out->exec_fd = exec[0];
	if (err)
		return err;
	*out->cmd_id = out->cmd;
	out->ids = (struct id_list){ out->cmd_id, 1 };
	return 0;
}

static int start_command(const struct record_options *opts, struct target *out)
{
	int err = make_command(opts->cmd, out);

	if (err) {
		log_error("cannot start %s: %s", opts->cmd[0], strerror(-err));
		return err;
	}
	out->cmd_name = opts->cmd[0];
	out->filter = opts->all_cpus ? FILTER_NONE : FILTER_TREE;
	return 0;
}

int target_release(struct target *target)
{
	struct exec_failure failure;
	int err;

	if (!target->cmd)
		return 0;
	if (write(target->go_fd, "g", 1) != 1) {
		err = -errno;
		log_error("cannot start %s: %s", target->cmd_name, strerror(-err));
		return err;
	}
	/* The pipe closes without a word at a successful exec. */
	if (read(target->exec_fd, &failure, sizeof(failure)) != sizeof(failure))
		return 0;
	exec_failure_log(target->cmd_name, &failure);
	waitpid(target->cmd, NULL, 0);
	target->cmd = 0;
	target->exec_err = -failure.err;
	return target->exec_err;
}

static bool command_ended(struct target *target, int options)
{
	pid_t pid;

	do {
		pid = waitpid(target->cmd, &target->cmd_status, options);
	} while (pid < 0 && errno == EINTR);
	if (!pid)
		return false;
	target->cmd = 0;
	return true;
}

void target_end_command(struct target *target, int signal)
{
	if (!target->cmd)
		return;
	if (signal)
		kill(target->cmd, signal);
	command_ended(target, 0);
}

int target_exit_status(const struct target *target)
{
	if (target->exec_err)
		return target->exec_err == -ENOENT   ? EXIT_CMD_NOT_FOUND
		       : target->exec_err == -EACCES ? EXIT_CMD_NOT_EXECUTABLE
						     : EXIT_FAILURE;
	if (WIFSIGNALED(target->cmd_status))
		return 128 + WTERMSIG(target->cmd_status);
	return WEXITSTATUS(target->cmd_status);
}

/* Every kind of target */

int target_init(const struct record_options *opts, struct target *out)
{
	*out = (struct target){ .cgroup_fd = -1, .go_fd = -1, .exec_fd = -1 };
	if (opts->pids.cnt)
		return watch_processes(&opts->pids, opts->children, out);
	if (opts->tids.cnt)
		return check_threads(&opts->tids, out);
	if (opts->cgroup)
		return open_cgroup(opts->cgroup, out);
	if (opts->cmd)
		return start_command(opts, out);
	return 0;
}

/* Of a process with all its threads. */
static uint64_t process_cpu_ns(pid_t pid)
{
	clockid_t clock;

	return clock_getcpuclockid(pid, &clock) ? 0 : clock_ns(clock);
}

static uint64_t thread_cpu_ns(pid_t id)
{
	char path[64];
	uint64_t ns = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/schedstat", id);
	f = fopen(path, "re");
	if (f && fscanf(f, "%" SCNu64, &ns) != 1)
		ns = 0;
	if (f)
		fclose(f);
	return ns;
}

/* Of the command that was waited for. */
static uint64_t ended_cpu_ns(void)
{
	struct rusage usage;

	if (getrusage(RUSAGE_CHILDREN, &usage))
		return 0;
	return (uint64_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000000 +
	       (uint64_t)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1000;
}

uint64_t target_cpu_ns(const struct target *target)
{
	uint64_t sum = 0;

	if (target->filter == FILTER_TREE)
		return target->cmd ? process_cpu_ns(target->cmd) : ended_cpu_ns();
	for (size_t i = 0; i < target->ids.cnt; i++)
		sum += target->filter == FILTER_THREADS ? thread_cpu_ns(target->ids.ids[i])
							: process_cpu_ns(target->ids.ids[i]);
	return sum;
}

static bool processes_ended(struct target *target)
{
	bool alive = false;

	if (poll(target->ends, target->end_cnt, 0) < 0)
		return false;
	for (size_t i = 0; i < target->end_cnt; i++) {
		if (target->ends[i].fd >= 0 && target->ends[i].revents) {
			close(target->ends[i].fd);
			target->ends[i].fd = -1;
		}
		alive |= target->ends[i].fd >= 0;
	}
	return !alive;
}

bool target_ended(struct target *target)
{
	if (target->cmd)
		return command_ended(target, WNOHANG);
	if (target->end_cnt)
		return processes_ended(target);
	for (size_t i = 0; i < target->tids.cnt; i++) {
		if (thread_exists(target->tids.ids[i]))
			return false;
	}
	return target->tids.cnt > 0;
}

void target_fini(struct target *target)
{
	for (size_t i = 0; i < target->end_cnt; i++)
		close_fd(target->ends[i].fd);
	free(target->ends);
	close_fd(target->cgroup_fd);
	close_fd(target->go_fd);
	close_fd(target->exec_fd);
	free(target->cmd_id);
}
