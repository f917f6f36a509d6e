/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * symbolizer.h - addresses in, functions out.
 *
 * Questions are asked one by one and answered together: symbolizer_resolve()
 * sorts the open questions of each file and makes one pass over that file's
 * symbols, so that K questions to a file of N symbols cost N log K and keep K.
 *
 * Source:    /proc/PID/maps and the ELF files it names, opened while the
 *            process lives; separate debug files, found here or fetched by the
 *            caller (debuginfo.h); the vDSO; perf-PID.map;
 *            /proc/kallsyms or the caller's own kernel look-up.
 * Units:     `ip` is an address in a running process or in the kernel, `off` an
 *            offset in a file, `vaddr` the ELF's own p_vaddr space.
 * Ownership: the symbolizer owns processes, answers and every string in them;
 *            all live until symbolizer_free(), answers until symbolizer_forget().
 * Errors:    0 or a negative errno.  An address without a name is no error: its
 *            answer has no frames and a reason.
 * Threads:   one symbolizer, one thread.
 */
#ifndef SYMBOLIZE_SYMBOLIZER_H
#define SYMBOLIZE_SYMBOLIZER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "symbolize/answer.h"

struct mapping;
struct process;
struct symbolizer;

int symbolizer_new(const struct symbolizer_opts *opts, struct symbolizer **out);
void symbolizer_free(struct symbolizer *s);

/*
 * Read the executable mappings of PID now and hold their files open, so that
 * its addresses can be named when it has ended.  A file that many processes map
 * is opened once.  When nothing changed since PREV (may be NULL), an earlier
 * answer for the same PID, *out is PREV itself.
 *
 *   -ENOENT   no such process (any more)
 *   -EACCES   its maps are not ours to read
 *   -EMFILE   and the like: /proc/PID/maps itself could not be opened; a mapped
 *             file that could not be makes answers with SYM_NO_FILE instead
 *   -ENOMEM
 */
int symbolizer_read_process(struct symbolizer *s, pid_t pid, struct process *prev,
			    struct process **out);

/*
 * The next three are for a caller that sees mappings come and go.  Make a process PID that
 * maps what LIKE does, or nothing if LIKE is NULL.
 */
int symbolizer_copy_process(struct symbolizer *s, pid_t pid, const struct process *like,
			    struct process **out);

/* Add an executable mapping; what it covers of others is cut off. */
int symbolizer_add_mapping(struct symbolizer *s, struct process *p, const struct mapping *m);

/* Free P, of which nothing may have been asked; NULL is fine. */
void symbolizer_drop_process(struct symbolizer *s, struct process *p);

/* The address whose code a frame is in: the first byte behind a call may be another function's. */
static inline uint64_t symbolizer_call_ip(uint64_t ip, bool is_return)
{
	return is_return ? ip - 1 : ip;
}

/*
 * Ask for an address; *id then names the answer for symbolizer_answer().  The
 * same question gets the same id.  IS_RETURN: ip is a return address, so that
 * the call before it is meant.  P is NULL if the process ended too early.
 */
int symbolizer_ask_user(struct symbolizer *s, struct process *p, uint64_t ip, bool is_return,
			uint32_t *id);
int symbolizer_ask_kernel(struct symbolizer *s, uint64_t ip, bool is_return, uint32_t *id);

/* Ask for a vaddr of the ELF file at PATH; -errno if it cannot be opened at all. */
int symbolizer_ask_file(struct symbolizer *s, const char *path, uint64_t vaddr, uint32_t *id);

/* A function whose name its asker knows; the strings are copied. */
struct sym_given {
	const char *name; /* not NULL */
	enum sym_kind kind;
	const char *module, *file; /* as in struct sym_answer; each may be NULL */
	int first_line, line;	   /* 0 if it is not known */
};

/*
 * Ask for nothing, but for the id of an answer of one frame, which is GIVEN.  Equal texts,
 * kinds and lines have the same id; as they are compared each time, keep it.  -ENOMEM.
 */
int symbolizer_ask_given(struct symbolizer *s, const struct sym_given *given, uint32_t *id);

/* Answer every question that was asked so far.  -ENOMEM. */
int symbolizer_resolve(struct symbolizer *s);

/*
 * Drop every question and answer, and nothing else, for a caller with more questions
 * than memory.  Ids begin at 0 again.
 */
void symbolizer_forget(struct symbolizer *s);

/* Valid after symbolizer_resolve(), until symbolizer_forget() or symbolizer_free(). */
const struct sym_answer *symbolizer_answer(const struct symbolizer *s, uint32_t id);

/* What lies behind an address, for those who store addresses. */
struct sym_mapping {
	uint64_t start, end; /* ips */
	uint64_t off;	     /* where in the file `start` is, bytes */
	const char *path;    /* as mapped, or "[vdso]"; NULL for generated code */
	uint8_t build_id[64];
	size_t build_id_len; /* bytes; 0 if it is not known */
};

/* Find the mapping of P that holds IP; -ENOENT if there is none.  P must not be dropped. */
int symbolizer_find_mapping(const struct process *p, uint64_t ip, struct sym_mapping *out);

#endif /* SYMBOLIZE_SYMBOLIZER_H */
