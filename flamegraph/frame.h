/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * frame.h - a function in a stack.
 *
 * Units:     a length is in bytes, without the NUL behind them.
 * Ownership: the profile that a frame is part of owns its name.
 */
#ifndef FLAMEGRAPH_FRAME_H
#define FLAMEGRAPH_FRAME_H

#include <stdint.h>

enum frame_kind { FRAME_USER, FRAME_KERNEL, FRAME_INLINED, FRAME_JIT, FRAME_KIND_CNT };

/* Two frames differ in name or in kind. */
struct frame {
	const char *name;  /* any bytes; a NUL follows the last */
	uint32_t name_len; /* never 0: a frame without a name is called [unknown] */
	enum frame_kind kind;
};

#endif /* FLAMEGRAPH_FRAME_H */
