/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * frame.h - a function in a stack.
 *
 * Units:     a length is in bytes, without the NUL behind them.
 * Ownership: the profile that a frame is part of owns its name.
 */
#ifndef FLAMEGRAPH_FRAME_H
#define FLAMEGRAPH_FRAME_H

#include <stddef.h>
#include <stdint.h>

enum frame_kind {
	FRAME_USER,
	FRAME_KERNEL,
	FRAME_INLINED,
	FRAME_JIT,
	FRAME_INTERPRETED,
	FRAME_KIND_CNT
};

/* Two frames differ in name or in kind. */
struct frame {
	const char *name;  /* any bytes; a NUL follows the last */
	uint32_t name_len; /* never 0: a frame without a name is called [unknown] */
	enum frame_kind kind;
};

#define FRAME_ANNOTATION_LEN 4

/* What a name of this kind ends with in text, as "_[k]"; nothing for FRAME_USER. */
static inline const char *frame_annotation(enum frame_kind kind)
{
	static const char *const annotations[FRAME_KIND_CNT] = {
		[FRAME_USER] = "",    [FRAME_KERNEL] = "_[k]",	    [FRAME_INLINED] = "_[i]",
		[FRAME_JIT] = "_[j]", [FRAME_INTERPRETED] = "_[p]",
	};

	return annotations[kind];
}

/* Return the kind that the end of NAME says, and take the annotation off *LEN. */
static inline enum frame_kind frame_split_annotation(const char *name, size_t *len)
{
	const char *end = name + *len;

	/* A name is more than an annotation. */
	if (*len <= FRAME_ANNOTATION_LEN || end[-1] != ']' || end[-3] != '[' || end[-4] != '_')
		return FRAME_USER;
	for (int kind = FRAME_USER + 1; kind < FRAME_KIND_CNT; kind++) {
		if (end[-2] != frame_annotation((enum frame_kind)kind)[2])
			continue;
		*len -= FRAME_ANNOTATION_LEN;
		return (enum frame_kind)kind;
	}
	return FRAME_USER;
}

#define FRAME_PLACE_SIZE 14 /* bytes of " (", ":4294967295" and ")" */

/*
 * Write what a function of an interpreted language is called: "NAME (FILE:FIRST_LINE)" with
 * the last part of the file's path, and the one before it if that part is the same in many
 * folders: "shop/__init__.py".  Without a file (FILE_LEN 0) it is the name, without
 * a line (0) there is no colon.  TO has room for all of NAME and FILE and for
 * FRAME_PLACE_SIZE bytes more; no NUL follows.  Returns the length.
 */
size_t frame_write_interpreted(char *to, const char *name, size_t name_len, const char *file,
			       size_t file_len, uint32_t first_line);

#endif /* FLAMEGRAPH_FRAME_H */
