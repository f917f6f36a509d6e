/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * codes.h - the code of interpreted frames: what the BPF program sent of it when it was first
 * executed, and the frames that refer to it.
 *
 * A frame may be seen before its code is: they are put together when all is there.
 *
 * Memory is bounded.  A user's processes may have as much as is free, and one process as much as its user
 * may still have: whoever always has new code leaves the others their part.  What is beyond that is
 * not kept, and its frames are CODE_NO_ROOM.
 *
 * Source:    records of bpf/interpreter.h.
 * Ownership: codes_free(); strings live until then.
 * Errors:    0 or a negative errno.
 * Threads:   one.
 */
#ifndef PROFILER_RECORDING_CODES_H
#define PROFILER_RECORDING_CODES_H

#include <linux/types.h>
#include <stddef.h>
#include <stdint.h>

#include "bpf/interpreter.h"

struct codes;

int codes_new(struct codes **out);
void codes_free(struct codes *codes); /* NULL is fine */

/* SIZE is what there is of RECORD. */
int codes_add(struct codes *codes, const struct sample_code *record, size_t size);

/* *ID is the number of FRAME of process TGID: the same for the same one. */
int codes_frame(struct codes *codes, uint32_t tgid, const struct interpreter_frame *frame,
		uint32_t *id);

/* Why a frame has no name. */
enum code_lack {
	CODE_NAMED,
	CODE_UNREADABLE, /* the object was not in memory when the frame was seen */
	CODE_UNHEARD, /* no record of it came: its name was not in memory, the ring was full, or there
			 was too much new code of its process or user at once */
	CODE_UNDECODED, /* its name is no text that the plug can decode */
	CODE_NO_ROOM,	/* its process, or the user, has more than is kept */
	CODE_LACK_CNT,
};

/* What is known of a frame. */
struct code_place {
	enum code_lack lack;
	const char *name; /* NULL: see `lack` */
	const char *file;
	uint32_t first_line, line; /* 0: not known */
	uint32_t kind;		   /* enum interpreter_kind */
};

void codes_place(const struct codes *codes, uint32_t id, struct code_place *out);

#endif /* PROFILER_RECORDING_CODES_H */
