/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * turns.h - whose files are looked into next: those of the user who has cost least so far.
 *
 * Whoever has dear files, or many, has them wait, and not those of others.
 *
 * Units:     nanoseconds, of whatever is short.
 * Ownership: turns_fini().
 * Errors:    -ENOMEM.
 * Threads:   the caller locks.
 */
#ifndef SYMBOLIZE_TURNS_H
#define SYMBOLIZE_TURNS_H

#include <stddef.h>
#include <stdint.h>

struct turn {
	uint32_t owner; /* as of process/owner.h */
	uint64_t spent_ns;
	size_t waiting; /* how much there is to do; the caller counts */
	size_t next;	/* the caller's: where that begins */
};

struct turns {
	struct turn *all; /* zeros: there are none */
	size_t cnt, cap;
};

void turns_fini(struct turns *turns);

/* OWNER's, valid until the next call. */
int turns_of(struct turns *turns, uint32_t owner, struct turn **out);

/* Of those with something to do, the one that has spent least; NULL: there is none. */
struct turn *turns_next(const struct turns *turns);

#endif /* SYMBOLIZE_TURNS_H */
