// SPDX-License-Identifier: BSD-2-Clause
/* comms.c - see comms.h. */
#include "profiler/source/comms.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "profiler/array.h"
#include "profiler/id_map.h"

/*
 * The names of ended threads stay, as samples of them may be on their way; the next thread
 * with that id takes the place.
 */
struct comms {
	char (*names)[COMM_LEN];
	size_t cnt, cap;
	struct id_map by_tid;
};

int comms_set(struct comms *c, uint32_t tid, const char *name)
{
	uint32_t at;
	int err;

	if (!id_map_find(&c->by_tid, tid, &at)) {
		err = array_reserve(&c->names, COMM_LEN, &c->cap, c->cnt + 1);
		if (!err)
			err = id_map_add(&c->by_tid, tid, (uint32_t)c->cnt);
		if (err)
			return err;
		at = (uint32_t)c->cnt++;
	}
	memcpy(c->names[at], name, COMM_LEN);
	return 0;
}

static void read_name(uint32_t tid, char *name)
{
	char path[64];
	size_t len = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%u/comm", tid);
	f = fopen(path, "re");
	if (f) {
		len = fread(name, 1, COMM_LEN, f);
		fclose(f);
	}
	if (len && name[len - 1] == '\n')
		len--;
	if (!len)
		name[len++] = '?';
	memset(name + len, 0, COMM_LEN - len);
}

int comms_get(struct comms *c, uint32_t tid, const char **name)
{
	static const char none[COMM_LEN] = "?";
	char read[COMM_LEN];
	uint32_t at;
	int err = 0;

	if (!id_map_find(&c->by_tid, tid, &at)) {
		read_name(tid, read);
		err = comms_set(c, tid, read);
		at = (uint32_t)c->cnt - 1;
	}
	*name = err ? none : c->names[at];
	return err;
}

int comms_fork(struct comms *c, uint32_t child, uint32_t parent)
{
	char copy[COMM_LEN];
	const char *name;
	int err = comms_get(c, parent, &name);

	memcpy(copy, name, sizeof(copy)); /* setting moves the names */
	return err ? err : comms_set(c, child, copy);
}

void comms_forget(struct comms *c)
{
	id_map_clear(&c->by_tid);
	c->cnt = 0;
}

int comms_new(struct comms **out)
{
	*out = calloc(1, sizeof(**out));
	return *out ? 0 : -ENOMEM;
}

void comms_free(struct comms *c)
{
	if (!c)
		return;
	id_map_fini(&c->by_tid);
	free(c->names);
	free(c);
}
