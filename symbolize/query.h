/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * query.h - K addresses, and the best symbol for each.
 *
 * The addresses are sorted, not the symbols: a table of N symbols is offered in
 * the order in which it lies in its file, each costs a binary search among the
 * K, and only those that hold an address are kept.  So a question of ten
 * addresses to a table of a million symbols costs one pass and ten records, and
 * a hostile table with a million symbols over the same addresses costs a sort
 * of what was kept, never N * K.
 *
 * Which symbol wins, in this order:
 *   1. one with a size that holds the address over one without; a symbol without
 *      a size reaches up to the next symbol and not beyond its `end`;
 *   2. a function over a label (`label`), of those with a size or at one start;
 *   3. the higher `order` (later lines of a perf map replace earlier ones);
 *   4. the higher start: the innermost of nested symbols;
 *   5. the higher `rank`: global over weak over local;
 *   6. fewer leading underscores, then the shorter name, then the alphabet.
 *
 * Source:    .symtab and .dynsym (symtab_elf.c), kallsyms and perf-PID.map
 *            (symtab_text.c).
 * Units:     addresses in whatever space both sides agree on: vaddrs for ELF
 *            files, ips for kallsyms and perf maps.
 * Ownership: names are borrowed until query_free(); query_own() makes the query
 *            the owner of the buffer behind them.
 * Errors:    0 or -ENOMEM.  A failed offer is remembered by query_finish().
 * Threads:   one query, one thread.
 */
#ifndef SYMBOLIZE_QUERY_H
#define SYMBOLIZE_QUERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct query;

struct query_sym {
	const char *name; /* NUL terminated */
	uint64_t start;	  /* the first byte */
	uint64_t end;	  /* the first byte behind it, or behind its section if it has no size */
	uint32_t order;	  /* see 3. above; 0 in tables that have no order */
	uint8_t rank;	  /* see 5. above */
	bool sized;
	bool label;	  /* it names a place and no function, and is the last resort */
	const char *file; /* the source file that the table says it is of, or NULL */
};

/* Make a query of ADDRS, which may be in any order and have duplicates; they are copied. */
int query_new(const uint64_t *addrs, size_t cnt, struct query **out);
void query_free(struct query *q);

/*
 * Could SYM be an answer?  Saves a table the reading of a million names that
 * nobody asked for.  If not, a sized one may be offered with the name "": it
 * still tells where the unsized one below it ends.
 */
bool query_wants(const struct query *q, const struct query_sym *sym);

/* Consider SYM.  Calls may come in any order. */
void query_offer(struct query *q, const struct query_sym *sym);

/* Free BUFFER, from malloc(), with Q.  On -ENOMEM it has been freed at once. */
int query_own(struct query *q, void *buffer);

/* Decide, when every symbol has been offered. */
int query_finish(struct query *q);

/* The winner at ADDR, one of the addresses, or NULL.  Valid after query_finish(). */
const struct query_sym *query_find(const struct query *q, uint64_t addr);

#endif /* SYMBOLIZE_QUERY_H */
