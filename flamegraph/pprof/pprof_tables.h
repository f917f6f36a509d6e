/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pprof_tables.h - what the samples of a pprof file refer to.  It is private to pprof_read.c.
 *
 * Only the outermost message is taken apart here, so that each piece is decoded
 * by itself and no more than one is in memory; the pieces are protobuf-c's.
 *
 * Ownership: the tables point into the unpacked file.
 * Errors:    -EBADMSG, and result->fault says why; -ENOMEM, -EOVERFLOW.
 */
#ifndef FLAMEGRAPH_PPROF_PPROF_TABLES_H
#define FLAMEGRAPH_PPROF_PPROF_TABLES_H

#include "flamegraph/formats.h"
#include "flamegraph/pprof/wire.h"

/* Something with an id.  struct pprof_tables says what `first` and `cnt` are. */
struct pprof_item {
	uint64_t id;
	uint32_t first, cnt;
};

struct pprof_items {
	struct pprof_item *items; /* in ascending order of ids once all are there */
	size_t cnt, cap;
};

struct pprof_indices {
	uint32_t *at;
	size_t cnt, cap;
};

struct pprof_tables {
	struct profile *p;
	struct pprof_result *result;
	struct slice all;	      /* the file, unpacked */
	struct pprof_indices strings; /* offset of the field of each in `all` */
	struct pprof_indices frames;  /* frames of all locations, of each the outermost first */
	struct pprof_items mappings;  /* first: enum frame_kind; cnt: string of the file's name */
	struct pprof_items
		functions; /* first: string of the name; cnt: offset of it all in `all` */
	struct pprof_items locations; /* first, cnt: in frames */
	struct pprof_indices types;   /* string of the type of each value */
	int64_t default_type;
	size_t value; /* index of the value that is used */
};

/* Fill T, in which `p`, `result` and `all` are set and all else is 0. */
int pprof_tables_read(struct pprof_tables *t);
void pprof_tables_fini(struct pprof_tables *t);

/* Remember FAULT; returns -EBADMSG. */
int pprof_damaged(struct pprof_tables *t, enum pprof_fault fault);

/* Is called for each field of the file, which is at OFF. */
typedef int pprof_field_fn(struct pprof_tables *t, const struct wire_field *field, size_t off,
			   void *ctx);
int pprof_each_field(struct pprof_tables *t, pprof_field_fn *fn, void *ctx);

/* Find what has the id; NULL or false if there is nothing. */
const struct pprof_item *pprof_find(const struct pprof_items *list, uint64_t id);
bool pprof_string(const struct pprof_tables *t, int64_t index, struct slice *s);

#endif /* FLAMEGRAPH_PPROF_PPROF_TABLES_H */
