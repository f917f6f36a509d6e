// SPDX-License-Identifier: BSD-2-Clause
/*
 * deny.c - runs a command on a kernel that seems to lack a system call.
 *
 *	deny bpf|perf ERRNO COMMAND...
 *
 * the call fails with that number: as on a kernel built without it (38, ENOSYS), or
 * in a container that forbids it (1, EPERM).
 */
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static int deny(unsigned int nr, unsigned int error)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, nr, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog prog = { sizeof(filter) / sizeof(filter[0]), filter };

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	       prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog);
}

int main(int argc, char **argv)
{
	unsigned int nr;

	if (argc < 4)
		return EXIT_FAILURE;
	nr = !strcmp(argv[1], "bpf") ? SYS_bpf : SYS_perf_event_open;
	if (deny(nr, (unsigned int)atoi(argv[2]))) {
		perror("deny");
		return EXIT_FAILURE;
	}
	execvp(argv[3], argv + 3);
	return EXIT_FAILURE;
}
