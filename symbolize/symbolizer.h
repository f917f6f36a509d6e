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

#include "symbolize/elf/debuginfo.h"

struct symbolizer;
struct process;

/* Why an address has no name.  sym_reason_name() gives the ledger's word. */
enum sym_reason {
	SYM_NAMED,     /* it has one */
	SYM_UNMAPPED,  /* in no mapping of the process */
	SYM_ANONYMOUS, /* executable memory without a file, and no perf map names it */
	SYM_NO_FILE,   /* the mapping's file could not be opened */
	SYM_BAD_ELF,   /* it is not ELF, or damaged */
	SYM_STRIPPED,  /* it has no function symbols at all */
	SYM_NO_SYMBOL, /* it has symbols, none holds the address */
	SYM_GONE,      /* the process ended before its mappings were read */
	SYM_FOREIGN,   /* the process is not in the observer's pid namespace */
	SYM_DENIED,    /* kernel addresses are hidden (kernel.kptr_restrict) */
	SYM_REASON_CNT,
};

enum sym_kind { SYM_USER, SYM_KERNEL, SYM_INLINED, SYM_JIT };

struct sym_frame {
	const char *name; /* demangled unless asked otherwise; never NULL */
	enum sym_kind kind;
	/* SYM_INLINED: the call in the frame before; NULL and 0: not known. */
	int call_line;
	const char *call_file;
};

struct sym_answer {
	enum sym_reason reason;
	/* The function, then what is inlined in it, outermost first; 0: no name. */
	const struct sym_frame *frames;
	unsigned int frame_cnt;
	uint64_t sym_off; /* bytes from the function's start, if named */
	/* Path as mapped, "[vdso]", a kernel module, or NULL: in no file. */
	const char *module;
	uint64_t vaddr; /* the address in the module's own space */
	/* Innermost source file: of .symtab if DWARF knows no function here; NULL: not known. */
	const char *file;
	int line;		    /* 0: not known */
	unsigned int discriminator; /* of several blocks on one line; 0: the first, or not known */
	/*
	 * What DWARF says that a linker calls the function; NULL: nothing.  Unlike a symbol
	 * it tells neither aliases nor the parts of a function apart (`.cold`).
	 */
	const char *dwarf_name;
};

struct symbolizer_opts {
	bool no_demangle;
	bool params;	 /* demangle with parameter lists, as addr2line -C does */
	bool no_inlines; /* do not read DWARF */
	bool no_lines;	 /* of DWARF only the inlined functions */
	bool keep_dwarf; /* for the next symbolizer_resolve(), within the budget */
	/*
	 * Read the DWARF of a file only if it has at most so many bytes for each
	 * address asked of it: 20 ms for the inlines of three addresses in libc
	 * are not worth it.  0: always read it.
	 */
	size_t dwarf_per_address;
	size_t dwarf_mem; /* bytes of DWARF held at a time; 0: 512 MiB */
	/* DONE of TOTAL units of MODULE's DWARF are read.  Called often; may be NULL. */
	void (*progress)(void *ctx, const char *module, size_t done, size_t total);
	/* The DWARF of MODULE is left out: it exceeds dwarf_mem.  May be NULL. */
	void (*too_large)(void *ctx, const char *module);
	void *callback_ctx;
	struct debuginfo_opts debug; /* root NULL: /usr/lib/debug */
	/*
	 * The caller's own look-up of a kernel address: 0 and a NUL-terminated
	 * "name" or "name [module]", or -ENOENT, or -EACCES: none may be known.
	 * NULL, or another error: /proc/kallsyms is read.
	 */
	int (*kernel_name)(void *ctx, uint64_t ip, char *name, size_t name_size);
	void *kernel_ctx;
};

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
 * For a caller that sees mappings come and go: a process PID that maps what LIKE
 * does (NULL: nothing), and one executable mapping more, over what was there.
 * Nothing may have been asked of a process that is dropped.
 */
struct mapping;
int symbolizer_copy_process(struct symbolizer *s, pid_t pid, const struct process *like,
			    struct process **out);
int symbolizer_map_process(struct symbolizer *s, struct process *p, const struct mapping *m);
void symbolizer_drop_process(struct symbolizer *s, struct process *p);

/* Through whose eyes P's files can be seen if it has ended: its parent's as a rule. */
void process_set_kin(struct process *p, pid_t kin);

/* Is IP in one of the executable mappings as they were read? */
bool process_maps_ip(const struct process *p, uint64_t ip);

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

/* Answer every question asked so far.  -ENOMEM. */
int symbolizer_resolve(struct symbolizer *s);

/*
 * Drop every question and answer, and nothing else: for a caller with more questions
 * than memory.  Ids begin at 0 again.
 */
void symbolizer_forget(struct symbolizer *s);

/* Valid after symbolizer_resolve(), until symbolizer_forget() or symbolizer_free(). */
const struct sym_answer *symbolizer_answer(const struct symbolizer *s, uint32_t id);

/* What lies behind an address, for those who store addresses. */
struct sym_mapping {
	uint64_t start, end; /* ips */
	uint64_t off;	     /* of start in the file, bytes */
	const char *path;    /* as mapped, "[vdso]"; NULL: generated code */
	uint8_t build_id[64];
	size_t build_id_len; /* bytes; 0: not known */
};

/* The mapping of P that holds IP, of a P that is not dropped; -ENOENT: there is none. */
int symbolizer_find_mapping(const struct process *p, uint64_t ip, struct sym_mapping *out);

/* "named", "unmapped", "anonymous", "no_file", ... */
const char *sym_reason_name(enum sym_reason reason);

#endif /* SYMBOLIZE_SYMBOLIZER_H */
