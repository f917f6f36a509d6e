// SPDX-License-Identifier: BSD-2-Clause
/* cpus.c - see cpus.h. */
#include "profiler/cpus.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CPU_ID_MAX  65535 /* far above any CONFIG_NR_CPUS; bounds hostile ranges */
#define ONLINE_PATH "/sys/devices/system/cpu/online"

static int compare_ids(const void *pa, const void *pb)
{
	int a = *(const int *)pa, b = *(const int *)pb;

	return (a > b) - (a < b);
}

static int append_range(struct cpus *cpus, long first, long last)
{
	size_t cnt = (size_t)(last - first + 1);
	int *ids = reallocarray(cpus->ids, cpus->cnt + cnt, sizeof(*ids));

	if (!ids)
		return -ENOMEM;
	cpus->ids = ids;
	for (long id = first; id <= last; id++)
		ids[cpus->cnt++] = (int)id;
	return 0;
}

static bool parse_id(const char **p, long *id)
{
	char *end;

	if (**p < '0' || **p > '9')
		return false;
	errno = 0;
	*id = strtol(*p, &end, 10);
	*p = end;
	return !errno && *id <= CPU_ID_MAX;
}

static int parse_ranges(const char *p, struct cpus *out)
{
	long first, last;
	int err;

	do {
		if (!parse_id(&p, &first))
			return -EINVAL;
		last = first;
		if (*p == '-') {
			p++;
			if (!parse_id(&p, &last) || last < first)
				return -EINVAL;
		}
		err = append_range(out, first, last);
		if (err)
			return err;
	} while (*p++ == ',');
	return p[-1] == '\0' || (p[-1] == '\n' && !*p) ? 0 : -EINVAL;
}

int cpus_parse(const char *list, struct cpus *out)
{
	size_t kept = 0;
	int err;

	*out = (struct cpus){ 0 };
	err = parse_ranges(list, out);
	if (err) {
		cpus_fini(out);
		return err;
	}
	qsort(out->ids, out->cnt, sizeof(*out->ids), compare_ids);
	for (size_t i = 0; i < out->cnt; i++) {
		if (!i || out->ids[i] != out->ids[kept - 1])
			out->ids[kept++] = out->ids[i];
	}
	out->cnt = kept;
	return 0;
}

int cpus_online(struct cpus *out)
{
	char line[4096];
	FILE *f = fopen(ONLINE_PATH, "re");
	int err;

	*out = (struct cpus){ 0 };
	if (!f)
		return -errno;
	err = fgets(line, sizeof(line), f) ? cpus_parse(line, out) : -EINVAL;
	fclose(f);
	return err;
}

void cpus_fini(struct cpus *cpus)
{
	free(cpus->ids);
	*cpus = (struct cpus){ 0 };
}

int cpus_missing(const struct cpus *a, const struct cpus *b)
{
	for (size_t i = 0; i < a->cnt; i++) {
		if (!b->cnt || !bsearch(&a->ids[i], b->ids, b->cnt, sizeof(*b->ids), compare_ids))
			return a->ids[i];
	}
	return -1;
}
