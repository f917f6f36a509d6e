/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * protocol.h - what is said between the process that samples and a parser.
 *
 *	asker				parser
 *	NAMES, files	->
 *	QUESTIONS...	->
 *			<-	OPEN, FETCH	any number of times; answered by
 *	FILE, a file	->
 *			<-	PATH_OF, a file
 *	PATH		->
 *			<-	PROGRESS, TOO_LARGE, TOO_COSTLY
 *			<-	ANSWERS...
 *			<-	DONE
 *
 *	HEADERS, a file	->
 *			<-	HEADERS
 *
 *	ROWS, a file	->
 *			<-	TABLE_ROWS...
 *			<-	DONE
 *
 *	ATTACH, a process's memory	->
 *			<-	ATTACHED
 *
 * Units: sizes are bytes.
 */
#ifndef PROFILER_PARSING_PROTOCOL_H
#define PROFILER_PARSING_PROTOCOL_H

#include <stddef.h>
#include <stdint.h>

#include "profiler/interpreters/plugs.h"
#include "symbolize/elf/headers.h"

enum protocol_kind {
	PROTOCOL_NAMES,	     /* struct protocol_names, and the module's name */
	PROTOCOL_QUESTIONS,  /* struct protocol_question of them */
	PROTOCOL_ANSWERS,    /* records of answer_code.h */
	PROTOCOL_ROWS,	     /* the call frame information of a file is wanted */
	PROTOCOL_TABLE_ROWS, /* struct ehframe_row of them */
	PROTOCOL_HEADERS,    /* the headers of a file are wanted, and answered by one */
	PROTOCOL_OPEN,	     /* a path */
	PROTOCOL_FETCH,	     /* the debug file of the file in question, from elsewhere */
	PROTOCOL_FILE,	     /* int32_t, a negative errno or 0; then a file came with it */
	PROTOCOL_PATH_OF,    /* the path of a file is wanted */
	PROTOCOL_PATH,	     /* the path; nothing if it has none */
	PROTOCOL_PROGRESS,   /* struct protocol_progress */
	PROTOCOL_TOO_LARGE,  /* nothing */
	PROTOCOL_TOO_COSTLY, /* nothing */
	PROTOCOL_DONE,	     /* struct protocol_done */
	PROTOCOL_ATTACH,     /* struct protocol_attach */
	PROTOCOL_ATTACHED,   /* struct protocol_attached */
};

struct protocol_names {
	uint64_t cnt; /* of questions */
	uint64_t dwarf_per_address, dwarf_mem;
	/* Each is true if it is not 0. */
	uint8_t is_generated; /* the files are perf maps, and no ELF file */
	uint8_t no_demangle, params, no_inlines, no_lines, can_fetch;
};

struct protocol_question {
	uint64_t value;
	uint64_t is_vaddr;
};

struct protocol_progress {
	uint64_t done, total;
};

struct protocol_done {
	int32_t err;
	uint32_t debug_frame; /* of a table, as the next two */
	uint64_t fde_cnt, bad_cnt;
	struct interpreter_file interpreter; /* what a file with a table is */
};

/* How does the process run that maps this file at BIAS? */
struct protocol_attach {
	struct interpreter_file file;
	uint64_t bias;
};

struct protocol_attached {
	int32_t err;
	uint32_t pad;
	struct interpreter interpreter;
};

/* Behind it are the segments. */
struct protocol_headers {
	int32_t err;
	uint32_t segment_cnt, build_id_len;
	uint8_t build_id[ELF_BUILD_ID_MAX];
};

#define PROTOCOL_QUESTIONS_MAX ((size_t)1 << 24) /* of one file */

#endif /* PROFILER_PARSING_PROTOCOL_H */
