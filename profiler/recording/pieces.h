/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pieces.h - copied stacks that wait to be walked, with what several have in common kept
 * once.
 *
 * While a large file's table is built its process is sampled on, each time with 16 KiB of
 * stack, of which the innermost frames differ and the rest rarely does.  Cut at fixed
 * addresses, a stack of real programs takes a sixth of its size.
 *
 * Units:     bytes; offsets from the stack pointer.
 * Ownership: a stack that was kept is dropped before pieces_free().
 * Errors:    0 or a negative errno.
 * Threads:   one.
 */
#ifndef PROFILER_RECORDING_PIECES_H
#define PROFILER_RECORDING_PIECES_H

#include <stddef.h>
#include <stdint.h>

struct pieces;
struct kept_stack;

int pieces_new(struct pieces **out);
void pieces_free(struct pieces *pieces); /* NULL is fine */

/* Keep SIZE bytes of a stack, from address SP upwards. */
int pieces_keep(struct pieces *pieces, uint64_t sp, const uint8_t *bytes, size_t size,
		struct kept_stack **out);
void pieces_drop(struct pieces *pieces, struct kept_stack *stack); /* NULL is fine */

/* Copy the SIZE bytes at OFF, all of which are in the stack. */
void kept_stack_read(const struct kept_stack *stack, size_t off, void *dst, size_t size);

/* How many bytes are held for all stacks. */
size_t pieces_size(const struct pieces *pieces);

#endif /* PROFILER_RECORDING_PIECES_H */
