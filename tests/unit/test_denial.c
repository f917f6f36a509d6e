// SPDX-License-Identifier: BSD-2-Clause
/* Who denies bpf() and perf_event_open(), and that it is said with what helps. */
#include "profiler/source/denial.h"
#include "profiler/source/refusal.h"
#include "tests/unit/row.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* As a container does; 0: no filter. */
static int filter(unsigned int nr, unsigned int error)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, nr, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog prog = { ARRAY_SIZE(code), code };

	return error && (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
			 prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog));
}

static int in_child(unsigned int nr, unsigned int error, int (*ask)(int error))
{
	pid_t pid = fork();
	int status;

	if (!pid)
		_exit(filter(nr, error) ? 99 : ask((int)error));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == 99)
		skip();
	return WEXITSTATUS(status);
}

static int ask_perf(int error)
{
	return (int)denial_of_perf();
}

static int ask_why(int error)
{
	return (int)refusal_why(-error);
}

static void a_filter_is_told_from_the_kernel(void **state)
{
	static const int errors[] = { EPERM, EACCES, ENOSYS };

	if (access("/proc/sys/kernel/perf_event_paranoid", F_OK) ||
	    access("/proc/sys/kernel/unprivileged_bpf_disabled", F_OK))
		skip();
	for (size_t i = 0; i < ARRAY_SIZE(errors); i++)
		ROW_EQUAL(strerror(errors[i]),
			  in_child(SYS_perf_event_open, (unsigned int)errors[i], ask_perf),
			  DENIAL_SECCOMP);
	/* An old kernel says EPERM before it looks: a capability is missing in any case. */
	if (!geteuid())
		ROW_EQUAL("bpf", in_child(SYS_bpf, EPERM, ask_why), SOURCE_SECCOMP);
	ROW_EQUAL("bpf", in_child(SYS_bpf, ENOSYS, ask_why), SOURCE_SECCOMP);
	/* A filter of something else is none. */
	ROW_EQUAL("none", in_child(SYS_acct, EPERM, ask_why), SOURCE_NO_PRIVILEGE);
}

static void each_denial_has_a_remedy_of_its_own(void **state)
{
	static const struct {
		enum denial denial;
		const char *reason, *remedy;
	} rows[] = {
		{ DENIAL_SECCOMP, "seccomp filter", "--cap-add SYS_ADMIN" },
		{ DENIAL_PARANOID, "kernel.perf_event_paranoid is",
		  "kernel.perf_event_paranoid=2" },
		{ DENIAL_MODULE, "SELinux", "ausearch" },
	};
	char text[256];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *said =
			denial_text(rows[i].denial, "perf_event_open", text, sizeof(text));

		ROW_TRUE(rows[i].reason, strstr(said, rows[i].reason));
		ROW_TRUE(rows[i].reason, strstr(said, rows[i].remedy));
		ROW_TRUE(rows[i].reason, strlen(said) < sizeof(text) - 1);
	}
	assert_null(denial_text(DENIAL_CAPABILITY, "bpf", text, sizeof(text)));
}

static void each_reason_has_its_words(void **state)
{
	for (enum source_why why = SOURCE_BEST + 1; why < SOURCE_WHY_CNT; why++) {
		const struct source_why_words *words = source_why_words(why);

		assert_non_null(words->name);
		assert_non_null(words->reason);
		assert_non_null(words->sentence);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_filter_is_told_from_the_kernel),
		cmocka_unit_test(each_denial_has_a_remedy_of_its_own),
		cmocka_unit_test(each_reason_has_its_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
