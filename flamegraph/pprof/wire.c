// SPDX-License-Identifier: BSD-2-Clause
/* wire.c - varints, and fields by their types. */
#include "flamegraph/pprof/wire.h"

#include <string.h>

/* A byte has seven bits, the lowest first; its eighth says that more bytes follow. */
static bool next_varint(struct slice *s, uint64_t *value)
{
	*value = 0;
	for (unsigned int shift = 0; shift < 64 && s->len; shift += 7) {
		uint8_t byte = *s->data++;

		s->len--;
		*value |= (uint64_t)(byte & 0x7f) << shift;
		if (byte < 0x80)
			return true;
	}
	return false;
}

static bool skip(struct slice *s, uint64_t cnt)
{
	if (cnt > s->len)
		return false;
	s->data += cnt;
	s->len -= cnt;
	return true;
}

bool wire_next(struct slice *s, struct wire_field *field)
{
	uint64_t key, len;

	if (!next_varint(s, &key) || key >> 3 == 0 || key >> 3 > UINT32_MAX)
		return false;
	*field = (struct wire_field){ .number = key >> 3, .type = key & 7 };
	switch (field->type) {
	case WIRE_VARINT:
		return next_varint(s, &field->value);
	case WIRE_FIXED64:
		return skip(s, 8);
	case WIRE_FIXED32:
		return skip(s, 4);
	case WIRE_BYTES:
		if (!next_varint(s, &len))
			return false;
		field->bytes = (struct slice){ s->data, len };
		return skip(s, len);
	default:
		return false;
	}
}

bool slice_is(struct slice s, const char *text)
{
	return s.len == strlen(text) && !memcmp(s.data, text, s.len);
}

bool slice_starts(struct slice s, const char *text)
{
	size_t len = strlen(text);

	return s.len >= len && !memcmp(s.data, text, len);
}

bool slice_ends(struct slice s, const char *text)
{
	size_t len = strlen(text);

	return s.len >= len && !memcmp(s.data + s.len - len, text, len);
}
