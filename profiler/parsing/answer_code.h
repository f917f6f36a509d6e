/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * answer_code.h - answers as bytes, for another process.
 *
 * The bytes are records.  A string or a list of frames is sent once, before what refers to it by its
 * number, counted from 1.
 *
 *	's'  u32 length, bytes
 *	'f'  u32 frames; of each: u32 name, u32 call_file, u32 call_line, u8 kind
 *	'a'  u32 which answer; u8 reason; u64 vaddr, sym_off; u32 frames, file, dwarf_name, line,
 *	     discriminator
 *
 * Who sends them may have been taken over by the file that it read: decoding believes nothing, and
 * takes no more memory than the caller says.
 *
 * Units:     as in symbolize/answer.h; the order of bytes is this machine's.
 * Ownership: what is decoded lies in the caller's arena.
 * Errors:    0 or a negative errno: -EPROTO damaged; -ENOSPC more than `room`; -ENOMEM.
 * Threads:   no shared state.
 */
#ifndef PROFILER_PARSING_ANSWER_CODE_H
#define PROFILER_PARSING_ANSWER_CODE_H

#include <stddef.h>
#include <stdint.h>

#include "symbolize/answer.h"
#include "symbolize/arena.h"

/* Bytes of a string that are sent; names are cut at as much by the demangler. */
#define ANSWER_STRING_MAX ((size_t)64 << 10)

/* Takes LEN bytes, whole records; a result other than 0 ends the encoding, which returns it. */
typedef int (*answer_sink)(void *ctx, const uint8_t *bytes, size_t len);

int answer_encode(struct sym_answer *const *answers, size_t cnt, answer_sink sink, void *ctx);

struct answer_decoder {
	struct arena *arena;
	struct sym_answer **answers; /* what is filled: all but their `module` */
	size_t cnt;
	size_t room; /* bytes that may still be taken from the arena */
	const char **strings;
	size_t string_cnt, string_cap;
	struct answer_frames *lists;
	size_t list_cnt, list_cap;
};

/* A decoder begins with the first four fields; answer_decoder_fini() ends it. */
int answer_decode(struct answer_decoder *d, const uint8_t *bytes, size_t len);
void answer_decoder_fini(struct answer_decoder *d);

#endif /* PROFILER_PARSING_ANSWER_CODE_H */
