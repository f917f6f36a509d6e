// SPDX-License-Identifier: BSD-2-Clause
/*
 * doctor.c - `wick doctor`: tries what a recording needs, one check a line, and
 * says how to mend what fails.
 */
#include "profiler/commands/commands.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "profiler/commands/doctor_process.h"
#include "profiler/commands/options.h"
#include "profiler/cpus.h"
#include "profiler/guard/confine.h"
#include "profiler/guard/syscall_filter.h"
#include "profiler/log.h"
#include "profiler/report/distro.h"
#include "profiler/source/choose_source.h"
#include "profiler/source/follow.h"
#include "profiler/source/ksym.h"
#include "profiler/source/lockup.h"
#include "profiler/source/pidns.h"
#include "profiler/source/source.h"
#include "profiler/sysctl.h"

enum verdict { GOOD, WORSE, BROKEN };

/* How much can be sampled, from the most to the least. */
enum reach { BY_BPF, BY_PERF, OWN_PROCESSES, OWN_USER_CODE };

/* What came of opening the source of samples. */
struct trial {
	int err;
	enum reach reach;
	enum source_why why; /* not by BPF, or not by tables */
	size_t cpu_cnt;
	bool by_tables; /* it walks user stacks by unwind tables */
};

struct check {
	const char *what;
	enum verdict (*run)(const struct trial *trial, char *text, size_t text_size);
};

static enum verdict check_kernel(const struct trial *trial, char *text, size_t text_size)
{
	struct utsname name;
	int major = 0, minor = 0;
	bool by_code;
	bool locks_up = lockup_find(&by_code) == LOCKUP_USERCOPY;

	if (uname(&name) || sscanf(name.release, "%d.%d", &major, &minor) != 2) {
		snprintf(text, text_size, "cannot tell its version");
		return WORSE;
	}
	if (locks_up) {
		snprintf(text, text_size, "Linux %s: %s, as its %s says", name.release,
			 source_why_words(SOURCE_UNSAFE_KERNEL)->sentence,
			 by_code ? "code" : "version");
		return WORSE;
	}
	if (major > 5 || (major == 5 && minor >= 14)) {
		snprintf(text, text_size, "Linux %s%s", name.release,
			 by_code ? ", whose code has the fix of copy_from_user_nofault()" : "");
		return GOOD;
	}
	snprintf(text, text_size,
		 "Linux %s: older than 5.8 has no BPF ring buffer, older than "
		 "5.14 names kernel frames from /proc/kallsyms only",
		 name.release);
	return (major == 5 && minor >= 8) || !trial->err ? WORSE : BROKEN;
}

/* The best source there is, as `wick record` finds it. */
static int open_best(struct source_opts *opts, pid_t *self, enum reach *reach,
		     struct refusal *refusal, struct sample_source **out)
{
	int err = source_open_best(opts, refusal, out);

	*reach = !err && (*out)->scope ? BY_PERF : BY_BPF;
	if (!err || refusal->why == SOURCE_BEST)
		return err;
	opts->filter = FILTER_PROCESSES;
	opts->targets = (struct id_list){ self, 1 };
	err = source_open_best(opts, refusal, out);
	*reach = !err && (*out)->scope && (*out)->scope->user_only ? OWN_USER_CODE : OWN_PROCESSES;
	return err;
}

/* Once for all checks. */
static void try_source(struct trial *trial)
{
	static const struct event_type clock = { "cpu-clock", 1, 0 };
	struct source_opts opts = { .event = &clock, .freq_hz = 99 };
	struct sample_source *source = NULL;
	struct refusal refusal = { 0 };
	pid_t self = getpid();
	int err = cpus_online(&opts.cpus);

	trial->cpu_cnt = opts.cpus.cnt;
	if (!err)
		err = open_best(&opts, &self, &trial->reach, &refusal, &source);
	if (err)
		refusal_log(&refusal);
	refusal_fini(&refusal);
	if (!err) {
		trial->by_tables = source_tables(source) != NULL;
		trial->why = source->why;
		err = source_start(source);
		source_close(source);
	}
	cpus_fini(&opts.cpus);
	trial->err = err;
}

static enum verdict check_sampling(const struct trial *trial, char *text, size_t text_size)
{
	static const char *const behind[] = {
		[BY_BPF] = "",
		[BY_PERF] = ", by perf events: costlier, and very deep stacks are cut",
		[OWN_PROCESSES] =
			"your own processes only, by perf events: -- CMD, --pid, --tid (the "
			"machine needs root, or CAP_BPF and CAP_PERFMON: try sudo)",
		[OWN_USER_CODE] =
			"your own processes only, without the kernel's code, by perf events: "
			"-- CMD, --pid, --tid (the machine needs root, or CAP_BPF and "
			"CAP_PERFMON: try sudo)",
	};
	int len = 0;

	if (trial->err) {
		snprintf(text, text_size, "%s (a line above says why)", strerror(-trial->err));
		return BROKEN;
	}
	if (trial->reach <= BY_PERF)
		len = snprintf(text, text_size, "on all %zu online CPUs", trial->cpu_cnt);
	len += snprintf(text + len, text_size - (size_t)len, "%s", behind[trial->reach]);
	if (trial->reach == BY_PERF)
		snprintf(text + len, text_size - (size_t)len, " (%s)",
			 trial->why == SOURCE_NO_TABLES
				 ? "this kernel's BPF walks frame pointers only: --unwind fp"
				 : source_why_words(trial->why)->sentence);
	return trial->reach == BY_BPF ? GOOD : WORSE;
}

/* Follow nobody.  *WHY is not SOURCE_BEST if perf events would do instead; else it is logged. */
static int try_follow(enum source_why *why)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts, .map_flags = BPF_F_NO_PREALLOC);
	int fd = bpf_map_create(BPF_MAP_TYPE_HASH, "targets", 4, 1, 1, &opts), err;
	const struct follow_maps maps = { fd, fd };
	struct refusal refusal = { 0 };
	struct follow *follow = NULL;
	struct ids_ns ns;

	err = fd < 0 ? refusal_set(&refusal, refusal_why(fd), fd, NULL) : pidns_read(&refusal, &ns);
	if (!err)
		err = follow_open(&maps, &ns, &refusal, &follow);
	*why = refusal.why;
	if (err && *why == SOURCE_BEST)
		refusal_log(&refusal);
	refusal_fini(&refusal);
	follow_close(follow);
	if (fd >= 0)
		close(fd);
	return err;
}

static enum verdict check_follow(const struct trial *trial, char *text, size_t text_size)
{
	enum source_why why;
	int err;

	if (trial->err) {
		snprintf(text, text_size, "not tried, as nothing can be sampled");
		return WORSE;
	}
	if (trial->reach != BY_BPF) {
		snprintf(text, text_size, "%s",
			 trial->reach == BY_PERF
				 ? "the kernel's records of forks"
				 : "perf events of a command are inherited by what it starts");
		return GOOD;
	}
	err = try_follow(&why);
	if (!err) {
		snprintf(text, text_size, "tracepoints of fork, exec and exit");
		return GOOD;
	}
	if (why != SOURCE_BEST) {
		snprintf(text, text_size,
			 "`wick record -- CMD` and --children are sampled by perf events: %s",
			 source_why_words(why)->sentence);
		return WORSE;
	}
	snprintf(text, text_size, "%s: `wick record -- CMD` will not work", strerror(-err));
	return BROKEN;
}

static enum verdict check_proc(const struct trial *trial, char *text, size_t text_size)
{
	struct refusal refusal = { 0 };
	int err = pidns_check_proc(&refusal);

	snprintf(text, text_size, "%s",
		 err ? refusal.text ? refusal.text : strerror(-err) : "of this pid namespace");
	refusal_fini(&refusal);
	return err ? BROKEN : GOOD;
}

static enum verdict check_kernel_names(const struct trial *trial, char *text, size_t text_size)
{
	struct ksym *ksym;
	int err;

	if (!trial->err && trial->reach == OWN_USER_CODE) {
		snprintf(text, text_size, "none needed: no kernel code is sampled");
		return GOOD;
	}
	if (sysctl_read("kernel/kptr_restrict", 0) >= 2) {
		snprintf(text, text_size,
			 "hidden: kernel frames will be [kernel] "
			 "(sysctl kernel.kptr_restrict=1)");
		return WORSE;
	}
	err = ksym_open(&ksym);
	ksym_close(ksym);
	snprintf(text, text_size, "%s", err ? "from /proc/kallsyms" : "from the running kernel");
	return GOOD;
}

static enum verdict check_rate(const struct trial *trial, char *text, size_t text_size)
{
	long rate = sysctl_read("kernel/perf_event_max_sample_rate", -1);

	if (rate < 0) {
		snprintf(text, text_size, "no perf events in this kernel (CONFIG_PERF_EVENTS)");
		return BROKEN;
	}
	snprintf(text, text_size,
		 "%ld samples per second at most "
		 "(sysctl kernel.perf_event_max_sample_rate)",
		 rate);
	return rate >= 99 ? GOOD : WORSE;
}

static enum verdict check_debug_files(const struct trial *trial, char *text, size_t text_size)
{
	struct distro distro;

	if (!access("/usr/lib/debug/.build-id", R_OK)) {
		snprintf(text, text_size, "separate debug files in /usr/lib/debug");
		return GOOD;
	}
	distro_read("", &distro);
	snprintf(text, text_size,
		 "no separate debug files: stripped programs show exported functions only (%s"
		 "DEBUGINFOD_URLS=%s)",
		 distro_packages(&distro), distro_server(&distro));
	return WORSE;
}

static enum verdict check_tables(const struct trial *trial, char *text, size_t text_size)
{
	if (!trial->err && trial->by_tables) {
		snprintf(text, text_size, "from .eh_frame, %s",
			 trial->reach == BY_BPF ? "in the kernel"
			 : trial->why == SOURCE_NO_TABLES
				 ? "on copies of the stacks (in the kernel: "
				   "from 5.15 on, with CONFIG_DEBUG_INFO_BTF)"
				 : "on copies of the stacks");
		return GOOD;
	}
	snprintf(text, text_size,
		 "user stacks are walked by frame pointers only (a kernel from 5.15 "
		 "on, with CONFIG_DEBUG_INFO_BTF)");
	return WORSE;
}

static enum verdict check_capabilities(const struct trial *trial, char *text, size_t text_size)
{
	enum verdict verdict = GOOD;
	size_t cnt, len = 0;
	const struct confine_need *needs = confine_needs(&cnt);
	bool stand_in;
	uint64_t have = confine_permitted(&stand_in);

	snprintf(text, text_size, "all that a recording uses%s",
		 stand_in ? ", by cap_sys_admin" : "");
	for (size_t i = 0; i < cnt; i++) {
		if (have >> needs[i].capability & 1 || len >= text_size)
			continue;
		len += (size_t)snprintf(text + len, text_size - len, "%sno %s: %s", len ? "; " : "",
					needs[i].name, needs[i].without);
		verdict = WORSE;
	}
	if (verdict == WORSE && len < text_size)
		snprintf(text + len, text_size - len,
			 "%s (try sudo, or setcap; docker, podman: --cap-add)",
			 stand_in ? "; the others by cap_sys_admin" : "");
	return verdict;
}

static enum verdict check_confinement(const struct trial *trial, char *text, size_t text_size)
{
	if (syscall_filter_available()) {
		snprintf(text, text_size,
			 "capabilities and system calls are given up before foreign "
			 "files are read");
		return GOOD;
	}
	snprintf(text, text_size,
		 "capabilities are given up before foreign files are read; this "
		 "kernel cannot filter system calls (CONFIG_SECCOMP_FILTER)");
	return WORSE;
}

static const struct check checks[] = {
	{ "kernel", check_kernel },
	{ "capabilities", check_capabilities },
	{ "/proc", check_proc },
	{ "sampling", check_sampling },
	{ "unwind tables", check_tables },
	{ "following a command", check_follow },
	{ "kernel names", check_kernel_names },
	{ "sampling rate", check_rate },
	{ "debug files", check_debug_files },
	{ "confinement", check_confinement },
};

int command_doctor(int argc, char **argv)
{
	static const char *const words[] = { [GOOD] = "ok", [WORSE] = "note", [BROKEN] = "FAIL" };
	struct doctor_options opts;
	struct trial trial = { 0 };
	int status = EXIT_SUCCESS;
	char text[768];

	options_parse_doctor(argc, argv, &opts);
	if (opts.pid)
		return doctor_process(opts.pid);
	log_capture_libbpf();
	try_source(&trial);
	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
		enum verdict verdict = checks[i].run(&trial, text, sizeof(text));

		printf("%-4s  %-20s %s\n", words[verdict], checks[i].what, text);
		fflush(stdout); /* in step with what the check said on stderr */
		if (verdict == BROKEN)
			status = EXIT_FAILURE;
	}
	return ferror(stdout) ? EXIT_FAILURE : status;
}
