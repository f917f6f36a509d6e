// SPDX-License-Identifier: BSD-2-Clause
/* refusal.c - see refusal.h. */
#include "profiler/source/refusal.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "profiler/log.h"

int refusal_set(struct refusal *out, enum source_why why, int err, const char *fmt, ...)
{
	va_list args;

	refusal_fini(out);
	out->why = why;
	out->err = err;
	if (!fmt)
		return err;
	va_start(args, fmt);
	if (vasprintf(&out->text, fmt, args) < 0)
		out->text = NULL;
	va_end(args);
	return err;
}

void refusal_add_libbpf(struct refusal *refusal)
{
	free(refusal->detail);
	refusal->detail = strdup(log_libbpf_output());
}

void refusal_fini(struct refusal *refusal)
{
	free(refusal->text);
	free(refusal->detail);
	*refusal = (struct refusal){ 0 };
}

bool refusal_log(const struct refusal *refusal)
{
	if (!refusal->text)
		return false;
	if (refusal->detail)
		log_error("%s\n%s", refusal->text, refusal->detail);
	else
		log_error("%s", refusal->text);
	return true;
}

enum source_why refusal_why(int err)
{
	if (err == -ENOSYS)
		return SOURCE_NO_BPF;
	return err == -EPERM || err == -EACCES ? SOURCE_NO_PRIVILEGE : SOURCE_BEST;
}
