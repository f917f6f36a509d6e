/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * stack_window.bpf.h - a part of the user stack, read in one piece.
 *
 * A walk reads two words of each frame, and frames are near each other.  A
 * bpf_probe_read_user() costs some 180 ns however little it reads: that was two
 * thirds of the walk.
 *
 * Never more than one page: reading a window cannot fail where reading its words
 * would not.
 */
#ifndef BPF_STACK_WINDOW_BPF_H
#define BPF_STACK_WINDOW_BPF_H

#include <linux/types.h>
#include <bpf/bpf_helpers.h>
#include <stdbool.h>

#define WINDOW_WORDS 128
#define WINDOW_SIZE  (8u * WINDOW_WORDS)
/* Registers are saved below the return address, which is asked for first. */
#define WINDOW_BELOW 48
#define USER_PAGE    4096u

struct stack_window {
	__u64 start;
	__u32 len; /* 0: nothing yet */
	__u32 pad;
	__u64 words[WINDOW_WORDS];
};

/* Move the window to ADDR and what is above it.  A subprogram of its own: once per window. */
static __noinline int move_window(struct stack_window *window, __u64 addr)
{
	__u32 below = addr & (USER_PAGE - 1), len;

	if (!window)
		return 0;
	if (below > WINDOW_BELOW)
		below = WINDOW_BELOW;
	window->start = addr - below;
	len = USER_PAGE - (window->start & (USER_PAGE - 1));
	if (len > WINDOW_SIZE)
		len = WINDOW_SIZE;
	window->len = 0;
	if (bpf_probe_read_user(window->words, len, (const void *)window->start))
		return 0;
	window->len = len;
	return 1;
}

static __always_inline bool window_has(const struct stack_window *window, __u64 addr, __u32 size)
{
	__u64 off = addr - window->start;

	return off < window->len && window->len - off >= size;
}

/* SIZE is 8 or 16.  False: not from here, as it is not aligned, crosses a page, or is not there. */
static __always_inline bool read_window(struct stack_window *window, __u64 *dst, __u32 size,
					__u64 addr)
{
	__u32 word;

	if (addr & 7 || (!window_has(window, addr, size) &&
			 (!move_window(window, addr) || !window_has(window, addr, size))))
		return false;
	word = (__u32)(addr - window->start) / 8;
	dst[0] = window->words[word & (WINDOW_WORDS - 1)];
	if (size > 8)
		dst[1] = window->words[(word + 1) & (WINDOW_WORDS - 1)];
	return true;
}

#endif /* BPF_STACK_WINDOW_BPF_H */
