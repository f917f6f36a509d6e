/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sha256.h - the hash by which a Content-Security-Policy names a script, and base64.
 *
 * Source: FIPS 180-4; RFC 4648.
 */
#ifndef FLAMEGRAPH_SHA256_H
#define FLAMEGRAPH_SHA256_H

#include <stddef.h>
#include <stdint.h>

#define SHA256_SIZE 32

struct out;

void sha256(const void *data, size_t len, uint8_t digest[SHA256_SIZE]);

/* Write BYTES in base64, with padding. */
void base64_write(struct out *o, const uint8_t *bytes, size_t len);

#endif /* FLAMEGRAPH_SHA256_H */
