/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * code_maps.h - the executable mappings of a process at one moment.
 *
 * Source:    /proc/PID/maps.
 * Ownership: code_maps_fini(); may be read again into the same struct.
 * Errors:    0 or a negative errno.
 */
#ifndef TRUTH_CODE_MAPS_H
#define TRUTH_CODE_MAPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct code_map {
	uint64_t start, end, off, inode;
};

struct code_maps {
	struct code_map *maps;
	size_t cnt, cap;
};

int code_maps_read(struct code_maps *maps, pid_t pid);
void code_maps_fini(struct code_maps *maps);

bool code_maps_have(const struct code_maps *maps, uint64_t ip);

/* The same code is, or no code is, at IP in both. */
bool code_maps_agree(const struct code_maps *a, const struct code_maps *b, uint64_t ip);

#endif /* TRUTH_CODE_MAPS_H */
