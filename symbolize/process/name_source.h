/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * name_source.h - the things that can name an address, each held open once.
 *
 * A source is an ELF file, the vDSO, a process's JIT-compiled code or the
 * kernel.  Files are known by device, inode and path: an open fd keeps the inode
 * from being reused, so two mappings of one library in a hundred processes are
 * one source, and a library replaced on disk is another one than its successor.
 *
 * Source:    process/mapped.h, process/perf_map.h; the paths and fds of the caller.
 * Ownership: the set owns its sources, their fds and images until
 *            name_source_set_free(); module names live in the arena.
 * Errors:    a file that could not be opened is a source with `err`, so that it
 *            is not tried for each address; functions fail with -ENOMEM only,
 *            unless they say otherwise.
 * Threads:   one set, one thread.
 */
#ifndef SYMBOLIZE_PROCESS_NAME_SOURCE_H
#define SYMBOLIZE_PROCESS_NAME_SOURCE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "symbolize/arena.h"
#include "symbolize/elf/debuginfo.h"
#include "symbolize/elf/headers.h"
#include "symbolize/elf/image.h"
#include "symbolize/process/maps.h"

/* Who opens files and looks into them; of zeros: this process does. */
struct name_source_access {
	const struct opener *opener;
	elf_headers_reader read_headers;
	void *reader_ctx;
};

enum name_source_kind { NAMED_BY_ELF, NAMED_BY_JIT, NAMED_BY_KERNEL };

struct name_source {
	enum name_source_kind kind;
	uint32_t id;	     /* ascending from 0, which is a deterministic order */
	const char *module;  /* path as mapped, or "[vdso]"; NULL for kernel and JIT */
	uint32_t owner;	     /* of the processes it is asked for, as of owner.h */
	uint64_t dev, inode; /* as in maps; inode is 0 if it is not from a mapping */
	const struct name_source *same_key; /* for the set: another one to compare with */
	int fd;				    /* -1 if it is not open */
	int err;			    /* why it cannot be read; 0 if it can */
	const struct name_source_access *access;
	struct elf_image *image;    /* NULL until name_source_open_image() */
	bool headers_tried;	    /* by name_source_read_headers() */
	struct elf_headers headers; /* without segments if they could not be read */
	/* The separate debug file, once it was looked for. */
	bool debug_tried;
	int debug_fd;
	struct elf_image *debug;
	struct perf_map *perf_map; /* for JIT; NULL if the process was gone */
};

struct perf_map;
struct name_source_set;

/* ACCESS is copied; what it refers to is borrowed. */
int name_source_set_new(struct arena *arena, const struct name_source_access *access,
			struct name_source_set **out);
void name_source_set_free(struct name_source_set *set);

/* Close what SRC has open, which is in no set. */
void name_source_fini(struct name_source *src);

/* Find or add the file behind M, a mapping of process PID; KIN is as in process/mapped.h. */
int name_source_set_mapped(struct name_source_set *set, pid_t pid, pid_t kin,
			   const struct mapping *m, struct name_source **out);

/* Find or add the file at PATH in our own namespace.  -errno if it cannot be opened. */
int name_source_set_path(struct name_source_set *set, const char *path, struct name_source **out);

/* Find our own vDSO; -ENODATA unless it has SIZE bytes, as the one of the process has. */
int name_source_set_vdso(struct name_source_set *set, uint64_t size, struct name_source **out);

/* Add the generated code of process PID. */
int name_source_set_jit(struct name_source_set *set, pid_t pid, struct name_source **out);

/* Find the source of executable memory in which nothing has a name: [vsyscall], [uprobes]. */
int name_source_set_nameless(struct name_source_set *set, struct name_source **out);

int name_source_set_kernel(struct name_source_set *set, struct name_source **out);

/*
 * Have SRC's headers read, once, by whom the set has for it.  A negative errno is remembered, but
 * for -ENOMEM.
 */
int name_source_read_headers(struct name_source *src);

/*
 * Parse SRC's ELF headers in this process, once.  A negative errno is remembered in SRC->err,
 * except -ENOMEM.
 */
int name_source_open_image(struct name_source *src);

/* Look for SRC's debug file, once; then SRC->debug may be set.  -ENOMEM. */
int name_source_open_debug(struct name_source *src, const struct debuginfo_opts *opts);

#endif /* SYMBOLIZE_PROCESS_NAME_SOURCE_H */
