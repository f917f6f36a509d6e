/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * plug.h - what there is to know of an interpreter.
 *
 * A plug looks at a file (is it such an interpreter, which version), at a process that maps it
 * (where the kernel program finds the frames), and at what the kernel program sent of a code
 * object (its name, its lines).  The first two run in a parser, the others in the process that
 * samples, or that looks at a process once (`wick dump`); none trusts a pointer, a length or a count of the process.
 *
 * Source:    symbolize/elf/image.h, process_memory.h, bpf/interpreter.h.
 * Units:     vaddrs of files, addresses in processes, bytes.
 * Ownership: the caller's.
 * Errors:    0 or a negative errno.
 * Threads:   no shared state.
 */
#ifndef PROFILER_INTERPRETERS_PLUG_H
#define PROFILER_INTERPRETERS_PLUG_H

#include <linux/types.h>
#include <stdbool.h>
#include <stdint.h>

#include "bpf/interpreter.h"
#include "profiler/interpreters/process_memory.h"
#include "symbolize/elf/image.h"

/* What a file says of itself; it crosses a border between processes, as bytes. */
struct interpreter_file {
	uint32_t kind;	  /* enum interpreter_kind; INTERPRETER_NONE: it is none */
	uint32_t version; /* 0x030b for 3.11; 0: it does not say */
	uint64_t root;	  /* vaddr of the interpreter's state: _PyRuntime */
	/* vaddrs of the function that evaluates frames; 0: not known. */
	uint64_t eval_start, eval_end;
};

/* The text of a code object, as its plug decodes it. */
struct code_text {
	char name[4 * CODE_NAME_SIZE + 1]; /* UTF-8; empty: it could not be read */
	char file[4 * CODE_FILE_SIZE + 1];
};

/* The frames of a thread that was looked at from outside: as in struct sample_copy. */
struct interpreter_stack {
	enum interpreter_end end;
	size_t cnt;
	struct interpreter_frame
		frames[INTERPRETER_FRAMES]; /* check is 1: they are of one moment */
	uint64_t marks[INTERPRETER_FRAMES];
};

struct interpreter_plug {
	const char *name; /* of the language, as messages say it: "python" */
	const char *
		switcher; /* what the file names of modules begin with that switch C stacks; or NULL */
	uint32_t first_version, last_version; /* that are known; as interpreter_file.version */
	/* -ENOENT: FILE is no such interpreter.  -ENOTSUP: of a version that is not known: *OUT says which. */
	int (*describe)(struct elf_image *image, struct interpreter_file *out);
	/*
	 * Find out how to walk a process that maps FILE at BIAS (address - vaddr).  -EAGAIN: it is
	 * not yet so far; -ENOTSUP: its version or what is found there is not known; -EBADMSG: it
	 * tells offsets that cannot be.
	 */
	int (*attach)(struct process_memory *memory, const struct interpreter_file *file,
		      uint64_t bias, struct interpreter *out);
	/* Do processes of VERSION say where their fields are?  Else a table of ours does. */
	bool (*tells_offsets)(uint32_t version);
	/*
	 * Read the stack of the thread whose fsbase this is, which may go on meanwhile, as the
	 * kernel program does it.
	 */
	void (*read_stack)(struct process_memory *memory, const struct interpreter *info,
			   uint64_t fsbase, struct interpreter_stack *out);
	/*
	 * Read the code at CODE into *OUT, which has room for LINES_MAX bytes of its line table, but
	 * for what says whose it is.  Returns how many bytes there are of the record.
	 */
	size_t (*read_code)(struct process_memory *memory, const struct interpreter *info,
			    uint64_t code, struct sample_code *out, size_t lines_max);
	/* Decode CODE's texts; of its lines_bytes nothing is looked at. */
	void (*read_text)(const struct sample_code *code, struct code_text *out);
	/*
	 * The line of the instruction AT (interpreter_frame.at) of code of VERSION whose line table
	 * and first line these are; 0: the table does not say.  Of a table that was cut this may be
	 * the last line before the cut.
	 */
	uint32_t (*line)(uint32_t version, const uint8_t *lines, size_t size, uint32_t first_line,
			 uint32_t at);
};

#endif /* PROFILER_INTERPRETERS_PLUG_H */
