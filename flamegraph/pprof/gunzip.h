/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * gunzip.h - a gzip stream into memory, with a bound: a bomb of a megabyte would
 * unpack to a gigabyte.
 *
 * Ownership: *out is the caller's to free; NULL on failure.
 * Errors:    -EPROTO damaged or not gzip, -ENODATA ends too early, -EFBIG larger
 *            than the bound, -ENOMEM, or the stream's.
 */
#ifndef FLAMEGRAPH_PPROF_GUNZIP_H
#define FLAMEGRAPH_PPROF_GUNZIP_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* All members of F, up to its end. */
int gunzip(FILE *f, size_t max_size, uint8_t **out, size_t *size);

#endif /* FLAMEGRAPH_PPROF_GUNZIP_H */
