// SPDX-License-Identifier: BSD-2-Clause
/* arena.c - see arena.h. */
#include "symbolize/arena.h"

#include <stdlib.h>
#include <string.h>

#define BLOCK_SIZE (64u << 10) /* bytes, for about a thousand C++ names */
#define ALIGN	   16	       /* bytes; max_align_t on every 64-bit Linux */

struct arena_block {
	struct arena_block *older;
	size_t size;
	_Alignas(ALIGN) char bytes[];
};

void arena_fini(struct arena *arena)
{
	while (arena->block) {
		struct arena_block *older = arena->block->older;

		free(arena->block);
		arena->block = older;
	}
	arena->left = 0;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	struct arena_block *block;
	size_t room, block_size;

	if (__builtin_add_overflow(size, ALIGN - 1, &size))
		return NULL;
	size &= ~(size_t)(ALIGN - 1);
	if (size > arena->left) {
		room = size > BLOCK_SIZE ? size : BLOCK_SIZE;
		if (__builtin_add_overflow(room, sizeof(*block), &block_size))
			return NULL;
		block = calloc(1, block_size);
		if (!block)
			return NULL;
		block->older = arena->block;
		block->size = room;
		arena->block = block;
		arena->left = room;
	}
	block = arena->block;
	arena->left -= size;
	return block->bytes + (block->size - arena->left - size);
}

void arena_join(struct arena *into, struct arena *from)
{
	struct arena_block *oldest = from->block;

	if (!into->block) {
		*into = *from;
	} else if (oldest) {
		while (oldest->older)
			oldest = oldest->older;
		oldest->older = into->block->older;
		into->block->older = from->block;
	}
	*from = (struct arena){ 0 };
}

char *arena_copy(struct arena *arena, const char *text, size_t len)
{
	char *copy = arena_alloc(arena, len + 1);

	return copy ? memcpy(copy, text, len) : NULL;
}
