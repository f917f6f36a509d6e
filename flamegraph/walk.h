/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * walk.h - every stack of a profile in an order that depends on the names alone.
 *
 * It is for writers whose formats list stacks.
 *
 * Errors: 0, -ENOMEM, or what the visitor returned.
 */
#ifndef FLAMEGRAPH_WALK_H
#define FLAMEGRAPH_WALK_H

#include <stddef.h>
#include <stdint.h>

struct profile;

/* A stack of DEPTH frames, the outermost first, that ends in NODE, and its weight. */
struct walk_stack {
	const uint32_t *frames;
	size_t depth;
	uint32_t node;
	double weight; /* above 0 */
};

typedef int walk_visit(void *ctx, const struct walk_stack *stack);

int walk_stacks(const struct profile *p, walk_visit *visit, void *ctx);

#endif /* FLAMEGRAPH_WALK_H */
