/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pprof.h - writes a pprof file piece by piece.
 *
 * It is for a caller that knows more than names: addresses, mappings, source lines.  A
 * profile of names alone is written by pprof_write() of formats.h.
 *
 * Everything goes to the stream when it is put; pieces may come in any order, and
 * may refer to what is put later.  Ids are the caller's, from 1.
 *
 * Source:    the format's field numbers are in pprof.proto.
 * Ownership: nothing is kept but strings, once each; the stream is the caller's.
 * Errors:    the first one is kept: nothing is written after it, and pprof_close()
 *            returns it.
 * Threads:   a file is written by one thread.
 */
#ifndef FLAMEGRAPH_PPROF_PPROF_H
#define FLAMEGRAPH_PPROF_PPROF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define PPROF_KERNEL	   "[kernel.kallsyms]"	 /* file of the mapping of kernel code */
#define PPROF_KERNEL_START 0xffff800000000000ULL /* x86-64: the upper half */
#define PPROF_JIT	   "[jit]"		 /* file of the mapping of generated code */
#define PPROF_PYTHON	   "[python]"		 /* of Python's functions, which have no address */
#define PPROF_INTERPRETED  "[interpreted]"	 /* of functions of a language that is not known */

struct pprof_unit {
	const char *type, *unit; /* "samples", "count" */
};

struct pprof_facts {
	const struct pprof_unit *values; /* what each sample has; the first is a count */
	size_t value_cnt;
	struct pprof_unit period_unit;
	int64_t period;	     /* between two samples; 0 if not known */
	int64_t time_ns;     /* since the epoch, at the start; 0 if not known */
	int64_t duration_ns; /* 0 if not known */
	const char *comment; /* for people; may be NULL */
};

struct pprof_mapping {
	uint64_t id;
	uint64_t start, end; /* ips */
	uint64_t off;	     /* bytes in the file before `start` */
	const char *file;
	const char *build_id;			    /* hexadecimal; NULL if there is none */
	bool has_functions, has_lines, has_inlines; /* no more can be found */
};

struct pprof_function {
	uint64_t id;
	const char *name;   /* bytes of any kind; what is not UTF-8 is replaced */
	size_t name_len;    /* bytes */
	const char *file;   /* NULL if not known */
	int64_t first_line; /* 0 if not known */
};

struct pprof_line {
	uint64_t function;
	int64_t line; /* 0 if not known */
};

struct pprof_location {
	uint64_t id;
	uint64_t mapping;		/* 0 if there is none */
	uint64_t ip;			/* 0 if not known; of a caller it is inside its call */
	const struct pprof_line *lines; /* innermost first: what is inlined, then the function */
	size_t line_cnt;		/* 0 if it has no name */
};

struct pprof_label {
	const char *key;
	const char *str; /* NULL if the label is a number */
	int64_t num;
};

struct pprof_sample {
	const uint64_t *locations; /* innermost first */
	size_t location_cnt;
	const int64_t *values; /* as many as there are in the facts */
	const struct pprof_label *labels;
	size_t label_cnt;
};

struct pprof;

int pprof_open(const struct pprof_facts *facts, FILE *f, struct pprof **out);
int pprof_close(struct pprof *w); /* flushes the stream; NULL is fine */

void pprof_put_mapping(struct pprof *w, const struct pprof_mapping *mapping);
void pprof_put_function(struct pprof *w, const struct pprof_function *function);
void pprof_put_location(struct pprof *w, const struct pprof_location *location);
void pprof_put_sample(struct pprof *w, const struct pprof_sample *sample);

#endif /* FLAMEGRAPH_PPROF_PPROF_H */
