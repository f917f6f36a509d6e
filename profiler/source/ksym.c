// SPDX-License-Identifier: BSD-2-Clause
/* ksym.c - see ksym.h. */
#include "profiler/source/ksym.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bpf/ksym.skel.h"

#define KPTR_RESTRICT_PATH "/proc/sys/kernel/kptr_restrict"

struct ksym {
	struct ksym_bpf *skel;
	int prog_fd;
};

/* Who hides kernel addresses from everyone hides the names behind them too. */
static int kernel_names_are_hidden(void)
{
	FILE *f = fopen(KPTR_RESTRICT_PATH, "re");
	int level = 0;

	if (!f)
		return 0;
	if (fscanf(f, "%d", &level) != 1)
		level = 0;
	fclose(f);
	return level >= 2;
}

int ksym_open(struct ksym **out)
{
	struct ksym *ksym;

	*out = NULL;
	if (kernel_names_are_hidden())
		return -EACCES;
	ksym = calloc(1, sizeof(*ksym));
	if (!ksym)
		return -ENOMEM;
	ksym->skel = ksym_bpf__open_and_load();
	if (!ksym->skel) {
		int err = -errno;

		free(ksym);
		return err;
	}
	ksym->prog_fd = bpf_program__fd(ksym->skel->progs.ksym);
	*out = ksym;
	return 0;
}

void ksym_close(struct ksym *ksym)
{
	if (!ksym)
		return;
	ksym_bpf__destroy(ksym->skel);
	free(ksym);
}

int ksym_name(void *ctx, uint64_t ip, char *name, size_t name_size)
{
	struct ksym *ksym = ctx;
	LIBBPF_OPTS(bpf_test_run_opts, run);
	int err;

	ksym->skel->bss->ip = ip;
	err = bpf_prog_test_run_opts(ksym->prog_fd, &run);
	if (err)
		return err;
	/* An address that no symbol holds comes back as a number. */
	if (run.retval || !strncmp(ksym->skel->bss->name, "0x", 2))
		return -ENOENT;
	if (snprintf(name, name_size, "%s", ksym->skel->bss->name) >= (int)name_size)
		return -ENOSPC;
	return 0;
}
