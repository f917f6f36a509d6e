// SPDX-License-Identifier: BSD-2-Clause
/* proc_stat.c - see proc_stat.h. */
#include "profiler/proc_stat.h"

#include <stdio.h>
#include <string.h>

const char *proc_stat_read(const char *path, char text[PROC_STAT_SIZE])
{
	FILE *f = fopen(path, "re");
	const char *name_end;
	size_t len;

	if (!f)
		return NULL;
	len = fread(text, 1, PROC_STAT_SIZE - 1, f);
	text[len] = '\0';
	fclose(f);
	name_end = strrchr(text, ')');
	return name_end ? name_end + 1 : NULL;
}
