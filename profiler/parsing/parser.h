/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * parser.h - foreign files, read by a process that can do no harm.
 *
 * The process that samples hands over open files and questions, and gets names and unwind rows.  What
 * it gets is checked; a parser that takes too much CPU time or memory, or that waits for a file
 * system that does not answer, is killed, and the next file has a new one.
 *
 * Source:    files that are open, as symbolize/process/ opened them; those that they name are opened
 *            by the asker for the parser if they are ELF files (symbolize/elf/opener.h).
 * Ownership: files stay the caller's; answers lie in the caller's arena.
 * Errors:    0 or a negative errno.  What a file is to blame for is an answer, with the reason
 *            SYM_TOO_COSTLY or SYM_BAD_ELF.
 * Threads:   one parser, one thread.
 */
#ifndef PROFILER_PARSING_PARSER_H
#define PROFILER_PARSING_PARSER_H

#include <stddef.h>
#include <stdint.h>

#include "profiler/interpreters/plugs.h"
#include "symbolize/cfi/ehframe.h"
#include "symbolize/resolve.h"

struct effort;
struct parser;
struct zygote;

struct parser_totals {
	uint64_t killed; /* how many took too much, or crashed */
};

/* The parser itself is started with the first question. */
int parser_open(struct zygote *zygote, struct parser **out);
void parser_close(struct parser *parser); /* NULL is fine */

/*
 * Answer the questions to one source, as resolve_questions() does: for symbolizer_opts.resolve, with
 * the parser for CTX.  If the file is too costly with its inlined functions it is asked without them.
 */
int parser_resolve(void *ctx, const struct symbolizer_opts *opts, struct arena *arena,
		   struct name_source *source, struct question *const *questions, size_t cnt);

/* Read the headers of the file at FD: an elf_headers_reader. */
int parser_read_headers(void *ctx, int fd, struct elf_headers *out);

/*
 * Give the unwind rows of the file at FD to SINK, as ehframe_load_to() does.  -ETIME: it takes more
 * than EFFORT, or any file, may; -ECANCELED: EFFORT says so; -EIO: the parser crashed.
 * *INTERPRETER is set to what interpreter the file is, if it is one, also if it has no rows.
 */
int parser_load_rows(void *ctx, int fd, const struct effort *effort,
		     const struct ehframe_sink *sink, struct ehframe_table **out,
		     struct interpreter_file *interpreter);

/* As interpreter_plug.attach(), with MEMORY an open /proc/PID/mem. */
int parser_attach(void *ctx, int memory, const struct interpreter_file *file, uint64_t bias,
		  struct interpreter *out);

/* End the process, whose next question starts another one; or do so if there was none for a second. */
void parser_rest(void *ctx);
void parser_rest_if_idle(struct parser *parser);

/* Have what another thread asks PARSER fail with -ECANCELED, within 20 ms and from now on. */
void parser_cancel(void *ctx);

#endif /* PROFILER_PARSING_PARSER_H */
