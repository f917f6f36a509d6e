// SPDX-License-Identifier: BSD-2-Clause
/* kernel_text.c - see kernel_text.h. */
#include "profiler/source/kernel_text.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bpf/kernel_text.skel.h"

struct running_text {
	struct kernel_text text;
	struct kernel_text_bpf *skel;
};

static int look(struct kernel_text *text, uint64_t ip, struct kernel_look *out)
{
	struct running_text *t = (struct running_text *)text;
	LIBBPF_OPTS(bpf_test_run_opts, run);
	int err;

	t->skel->bss->ip = ip;
	err = bpf_prog_test_run_opts(bpf_program__fd(t->skel->progs.look), &run);
	if (err || run.retval)
		return err ? err : -EFAULT;
	out->ip = ip ? ip : t->skel->bss->reader;
	memcpy(out->name, t->skel->bss->name, sizeof(out->name));
	memcpy(out->code, t->skel->bss->code, sizeof(out->code));
	return 0;
}

int kernel_text_open(struct kernel_text **out)
{
	struct running_text *t = calloc(1, sizeof(*t));

	*out = NULL;
	if (!t)
		return -ENOMEM;
	t->text.look = look;
	t->skel = kernel_text_bpf__open_and_load();
	if (!t->skel) {
		int err = -errno;

		free(t);
		return err;
	}
	*out = &t->text;
	return 0;
}

void kernel_text_close(struct kernel_text *text)
{
	struct running_text *t = (struct running_text *)text;

	if (!t)
		return;
	kernel_text_bpf__destroy(t->skel);
	free(t);
}
