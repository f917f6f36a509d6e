/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * wire.h - takes a protobuf message apart field by field, and decodes none of them.
 *
 * Source:    the protobuf documentation, "Encoding".
 * Ownership: slices are borrowed.
 */
#ifndef FLAMEGRAPH_PPROF_WIRE_H
#define FLAMEGRAPH_PPROF_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct slice {
	const uint8_t *data;
	size_t len;
};

enum wire_type { WIRE_VARINT, WIRE_FIXED64, WIRE_BYTES, WIRE_FIXED32 = 5 };

struct wire_field {
	uint32_t number;
	enum wire_type type;
	struct slice bytes; /* content of a field of type WIRE_BYTES */
	uint64_t value;	    /* content of a field of type WIRE_VARINT */
};

/* Take the next field off S, which is not empty; false if S is no message. */
bool wire_next(struct slice *s, struct wire_field *field);

bool slice_is(struct slice s, const char *text);
bool slice_starts(struct slice s, const char *text);
bool slice_ends(struct slice s, const char *text);

#endif /* FLAMEGRAPH_PPROF_WIRE_H */
