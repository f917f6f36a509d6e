/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * answer.h - what the symbolizer says of an address, and how it is to be asked.
 *
 * Units:     as in symbolizer.h.
 * Ownership: answers, and every string in them, live in the symbolizer's arena;
 *            the strings of the options are the caller's.
 */
#ifndef SYMBOLIZE_ANSWER_H
#define SYMBOLIZE_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "symbolize/elf/debuginfo.h"
#include "symbolize/elf/headers.h"

/* Why an address has no name.  sym_reason_name() gives the ledger's word. */
enum sym_reason {
	SYM_NAMED,	/* it has one */
	SYM_UNMAPPED,	/* in no mapping of the process */
	SYM_ANONYMOUS,	/* in executable memory without a file, and no perf map names it */
	SYM_NO_FILE,	/* the mapping's file could not be opened */
	SYM_BAD_ELF,	/* the file is not ELF, or is damaged */
	SYM_STRIPPED,	/* the file has no function symbols at all */
	SYM_NO_SYMBOL,	/* the file has symbols, but none holds the address */
	SYM_GONE,	/* the process ended before its mappings were read */
	SYM_FOREIGN,	/* the process is not in the observer's pid namespace */
	SYM_DENIED,	/* kernel addresses are hidden (kernel.kptr_restrict) */
	SYM_TOO_COSTLY, /* the file takes more time or memory than one file may */
	SYM_NO_TIME,	/* `stop` said so before it was looked up */
	SYM_REASON_CNT,
};

enum sym_kind { SYM_USER, SYM_KERNEL, SYM_INLINED, SYM_JIT, SYM_INTERPRETED };

struct sym_frame {
	const char *name; /* demangled unless asked otherwise; never NULL */
	enum sym_kind kind;
	/* Where the frame before calls a SYM_INLINED one; NULL and 0 if it is not known. */
	int call_line;
	const char *call_file;
};

struct sym_answer {
	enum sym_reason reason;
	/* The function, then what is inlined in it, outermost first; none without a name. */
	const struct sym_frame *frames;
	unsigned int frame_cnt;
	uint64_t sym_off; /* bytes from the function's start, if named */
	/*
	 * The path as mapped, "[vdso]", a kernel module, or of a SYM_INTERPRETED function what its
	 * asker calls the language; NULL if it is in no file.
	 */
	const char *module;
	uint64_t vaddr; /* the address in the module's own space */
	/*
	 * The innermost source file, which .symtab says if DWARF knows no function here; NULL
	 * if it is not known.
	 */
	const char *file;
	int line;		    /* 0 if it is not known */
	int first_line;		    /* of a SYM_INTERPRETED function; 0 if it is not known */
	unsigned int discriminator; /* which block on the line; 0 if the first, or not known */
	/*
	 * What DWARF says that a linker calls the function; NULL if it says nothing.  Unlike a
	 * symbol it tells neither aliases nor the parts of a function apart (`.cold`).
	 */
	const char *dwarf_name;
};

struct arena;
struct name_source;
struct question;
struct symbolizer_opts;

typedef int (*symbolizer_resolver)(void *ctx, const struct symbolizer_opts *opts,
				   struct arena *arena, struct name_source *source,
				   struct question *const *questions, size_t cnt);

struct symbolizer_opts {
	bool no_demangle;
	bool params;	 /* demangle with parameter lists, as addr2line -C does */
	bool no_inlines; /* do not read DWARF */
	bool no_lines;	 /* of DWARF read only the inlined functions */
	bool keep_dwarf; /* keep it for the next symbolizer_resolve(), within the budget */
	/*
	 * Read the DWARF of a file only if it has at most so many bytes for each
	 * address asked of it: 20 ms for the inlines of three addresses in libc
	 * are not worth it.  With 0 it is always read.
	 */
	size_t dwarf_per_address;
	size_t dwarf_mem; /* bytes of DWARF held at a time; 0 means 512 MiB */
	/* DONE of TOTAL units of MODULE's DWARF are read.  It is called often; may be NULL. */
	void (*progress)(void *ctx, const char *module, size_t done, size_t total);
	/* The DWARF of MODULE is left out: it exceeds dwarf_mem.  May be NULL. */
	void (*too_large)(void *ctx, const char *module);
	/* The DWARF of MODULE is left out: reading it takes too long.  May be NULL. */
	void (*too_costly)(void *ctx, const char *module);
	/*
	 * Is the time for naming over?  It is asked before what may take long: what is left then has no
	 * name (SYM_NO_TIME) or no inlined functions.  Any thread may call it; may be NULL.
	 */
	bool (*is_over)(void *ctx);
	void *callback_ctx;
	struct debuginfo_opts debug; /* a root of NULL means /usr/lib/debug */
	/*
	 * The caller's own look-up of a kernel address.  It writes a NUL-terminated "name" or
	 * "name [module]" and returns 0; or -ENOENT if there is none, -EACCES if none may be
	 * known.  If it is NULL, or returns another error, /proc/kallsyms is read.
	 */
	int (*kernel_name)(void *ctx, uint64_t ip, char *name, size_t name_size);
	void *kernel_ctx;
	/*
	 * Who answers the questions to a file, as resolve_questions() does; NULL: this process.
	 * It may return -ETIME if that takes more than try_ms of CPU time, unless it is 0; then
	 * it is asked once more, later.
	 */
	symbolizer_resolver resolver;
	unsigned int try_ms; /* symbolizer_resolve() sets it */
	/* Who reads the headers of a file; NULL: this process. */
	elf_headers_reader read_headers;
	void *resolver_ctx; /* for both */
};

static inline bool symbolizer_is_over(const struct symbolizer_opts *opts)
{
	return opts->is_over && opts->is_over(opts->callback_ctx);
}

/* The ledger's word: "named", "unmapped", "anonymous", "no_file", ... */
const char *sym_reason_name(enum sym_reason reason);

#endif /* SYMBOLIZE_ANSWER_H */
