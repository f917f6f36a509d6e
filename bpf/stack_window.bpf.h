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
	__u32 len; /* bytes that were read; 0: nothing yet */
	__u32 pad;
	__u64 found[2]; /* what was asked for last */
	__u64 words[WINDOW_WORDS];
};

static __always_inline bool window_has(const struct stack_window *window, __u64 addr, __u32 size)
{
	__u64 off = addr - window->start;

	return off < window->len && window->len - off >= size;
}

/* Move the window to ADDR and what is above it. */
static __always_inline bool move_window(struct stack_window *window, __u64 addr)
{
	__u32 below = addr & (USER_PAGE - 1), len;

	if (below > WINDOW_BELOW)
		below = WINDOW_BELOW;
	window->start = addr - below;
	len = USER_PAGE - (window->start & (USER_PAGE - 1));
	if (len > WINDOW_SIZE)
		len = WINDOW_SIZE;
	window->len = 0;
	if (bpf_probe_read_user(window->words, len, (const void *)window->start))
		return false;
	window->len = len;
	return true;
}

/*
 * Make SIZE bytes at ADDR, 8 or 16, found[].  0, or non-zero: they are not there.
 *
 * A subprogram, and its result in memory: in line, at five places with six branches
 * each, the verifier took twice as long over the whole program.
 */
__noinline int find_in_window(struct stack_window *window, __u64 addr, __u32 size)
{
	__u32 word;

	if (!window)
		return -1;
	if (addr & 7 || (!window_has(window, addr, size) &&
			 (!move_window(window, addr) || !window_has(window, addr, size))))
		return bpf_probe_read_user(window->found, size > 8 ? 16 : 8, (const void *)addr);
	word = (__u32)(addr - window->start) / 8;
	window->found[0] = window->words[word & (WINDOW_WORDS - 1)];
	window->found[1] = window->words[(word + 1) & (WINDOW_WORDS - 1)];
	return 0;
}

#endif /* BPF_STACK_WINDOW_BPF_H */
