// SPDX-License-Identifier: BSD-2-Clause
/* comms.c - see comms.h. */
#include "profiler/source/comms.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * Those of ended threads stay, as samples of them may be on their way; the next thread
 * with that id takes the place.
 */
struct comm {
	uint32_t tid_plus_1; /* 0: a free slot; tid 0 is the idle task's */
	char name[COMM_LEN];
};

struct comms {
	struct comm *slots; /* open addressing by tid */
	size_t mask, used;
};

static struct comm *find_slot(const struct comms *c, uint32_t tid)
{
	size_t at = (tid * 0x9e3779b1u) & c->mask; /* 2^32 / golden ratio */

	while (c->slots[at].tid_plus_1 && c->slots[at].tid_plus_1 != tid + 1)
		at = (at + 1) & c->mask;
	return &c->slots[at];
}

static int grow(struct comms *c)
{
	size_t old_size = c->mask + 1;
	struct comm *old = c->slots;

	c->slots = calloc(old_size * 2, sizeof(*c->slots));
	if (!c->slots) {
		c->slots = old;
		return -ENOMEM;
	}
	c->mask = old_size * 2 - 1;
	for (size_t i = 0; i < old_size; i++) {
		if (old[i].tid_plus_1)
			*find_slot(c, old[i].tid_plus_1 - 1) = old[i];
	}
	free(old);
	return 0;
}

int comms_set(struct comms *c, uint32_t tid, const char *name)
{
	struct comm *comm;

	if (c->used * 2 > c->mask && grow(c))
		return -ENOMEM;
	comm = find_slot(c, tid);
	if (!comm->tid_plus_1)
		c->used++;
	comm->tid_plus_1 = tid + 1;
	memcpy(comm->name, name, sizeof(comm->name));
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
	const struct comm *comm = find_slot(c, tid);
	char read[COMM_LEN];
	int err = 0;

	if (!comm->tid_plus_1) {
		read_name(tid, read);
		err = comms_set(c, tid, read);
		comm = find_slot(c, tid);
	}
	*name = comm->name; /* of an empty slot, if there was an error */
	return err;
}

int comms_fork(struct comms *c, uint32_t child, uint32_t parent)
{
	char copy[COMM_LEN];
	const char *name;
	int err = comms_get(c, parent, &name);

	memcpy(copy, name, sizeof(copy)); /* setting moves the slots */
	return err ? err : comms_set(c, child, copy);
}

void comms_forget(struct comms *c)
{
	memset(c->slots, 0, (c->mask + 1) * sizeof(*c->slots));
	c->used = 0;
}

int comms_new(struct comms **out)
{
	struct comms *c = calloc(1, sizeof(*c));

	*out = c;
	if (!c)
		return -ENOMEM;
	c->mask = 255;
	c->slots = calloc(c->mask + 1, sizeof(*c->slots));
	if (c->slots)
		return 0;
	free(c);
	*out = NULL;
	return -ENOMEM;
}

void comms_free(struct comms *c)
{
	if (!c)
		return;
	free(c->slots);
	free(c);
}
