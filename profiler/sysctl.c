// SPDX-License-Identifier: BSD-2-Clause
/* sysctl.c - see sysctl.h. */
#include "profiler/sysctl.h"

#include <stdio.h>

long sysctl_read(const char *name, long otherwise)
{
	char path[128];
	long value = otherwise;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/sys/%s", name);
	f = fopen(path, "re");
	if (f && fscanf(f, "%ld", &value) != 1)
		value = otherwise;
	if (f)
		fclose(f);
	return value;
}
