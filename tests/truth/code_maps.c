// SPDX-License-Identifier: BSD-2-Clause
/* code_maps.c - see code_maps.h. */
#include "tests/truth/code_maps.h"
#include "symbolize/process/maps.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int add(struct code_maps *maps, const struct mapping *m)
{
	if (maps->cnt == maps->cap) {
		size_t cap = maps->cap ? maps->cap * 2 : 64;
		struct code_map *bigger = reallocarray(maps->maps, cap, sizeof(*bigger));

		if (!bigger)
			return -ENOMEM;
		maps->maps = bigger;
		maps->cap = cap;
	}
	maps->maps[maps->cnt++] = (struct code_map){ m->start, m->end, m->off, m->inode };
	return 0;
}

int code_maps_read(struct code_maps *maps, pid_t pid)
{
	char path[32], *line = NULL;
	size_t size = 0;
	int err = 0;
	FILE *f;

	maps->cnt = 0;
	snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	f = fopen(path, "re");
	if (!f)
		return -errno;
	while (!err && getline(&line, &size, f) > 0) {
		struct mapping m;

		if (!maps_parse_line(line, strlen(line), &m) && m.exec)
			err = add(maps, &m);
	}
	free(line);
	fclose(f);
	return err;
}

void code_maps_fini(struct code_maps *maps)
{
	free(maps->maps);
}

static const struct code_map *find(const struct code_maps *maps, uint64_t ip)
{
	for (size_t i = 0; i < maps->cnt; i++) {
		if (ip >= maps->maps[i].start && ip < maps->maps[i].end)
			return &maps->maps[i];
	}
	return NULL;
}

bool code_maps_have(const struct code_maps *maps, uint64_t ip)
{
	return find(maps, ip) != NULL;
}

bool code_maps_agree(const struct code_maps *a, const struct code_maps *b, uint64_t ip)
{
	const struct code_map *in_a = find(a, ip), *in_b = find(b, ip);

	if (!in_a || !in_b)
		return !in_a && !in_b;
	return in_a->inode == in_b->inode && in_a->start - in_a->off == in_b->start - in_b->off;
}
