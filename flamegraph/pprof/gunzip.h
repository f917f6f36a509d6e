/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * gunzip.h - unpacks a gzip stream into memory, up to a bound.
 *
 * Without a bound a hostile file of a megabyte would need a gigabyte.
 *
 * Ownership: *out is the caller's to free; NULL on failure.
 * Errors:    -EPROTO if it is damaged or no gzip, -ENODATA if it ends too early, -EFBIG
 *            if it is larger than the bound, -ENOMEM, or the error of the stream.
 */
#ifndef FLAMEGRAPH_PPROF_GUNZIP_H
#define FLAMEGRAPH_PPROF_GUNZIP_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Unpack all members of F, up to its end. */
int gunzip(FILE *f, size_t max_size, uint8_t **out, size_t *size);

#endif /* FLAMEGRAPH_PPROF_GUNZIP_H */
