// SPDX-License-Identifier: BSD-2-Clause
/*
 * pprof_put.c - packs each piece of a pprof file as a message of its own.
 *
 * A protobuf message may be written in parts: parts of one type, one behind the
 * other, are read as their sum.  So each piece is packed as a Profile with that
 * piece only, and no more than one is in memory.
 */
#include "flamegraph/pprof/pprof.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "flamegraph/pprof/pprof.pb-c.h"
#include "flamegraph/profile.h"
#include "flamegraph/utf8.h"

#define GZIP_BITS      (15 + 16) /* zlib.h, deflateInit2(): the largest window, a gzip header */
#define GZIP_MEM_LEVEL 9
#define BLOCK_SIZE     (64 * 1024)
#define MAX_LABELS     8

struct pprof {
	FILE *f;
	int err;
	z_stream z;
	struct profile *strings; /* a profile whose frame I - 1 has string I as its name */
	size_t value_cnt;
	size_t in_len;
	uint8_t in[BLOCK_SIZE]; /* bytes that are not compressed yet */
	uint8_t out[BLOCK_SIZE];
};

/* ---- bytes */

static void compress_block(struct pprof *w, int flush)
{
	w->z.next_in = w->in;
	w->z.avail_in = w->in_len;
	w->in_len = 0;
	do {
		size_t len;

		w->z.next_out = w->out;
		w->z.avail_out = sizeof(w->out);
		/* deflate() fails only if its state was overwritten. */
		deflate(&w->z, flush);
		len = sizeof(w->out) - w->z.avail_out;
		errno = 0;
		if (!w->err && len && fwrite(w->out, 1, len, w->f) != len)
			w->err = errno ? -errno : -EIO;
	} while (!w->z.avail_out);
}

struct sink {
	ProtobufCBuffer base;
	struct pprof *w;
};

static void append(ProtobufCBuffer *base, size_t len, const uint8_t *data)
{
	struct pprof *w = ((struct sink *)base)->w;

	while (len) {
		size_t left = sizeof(w->in) - w->in_len, part = len < left ? len : left;

		memcpy(w->in + w->in_len, data, part);
		w->in_len += part;
		data += part;
		len -= part;
		if (w->in_len == sizeof(w->in))
			compress_block(w, Z_NO_FLUSH);
	}
}

static void put(struct pprof *w, const Pprof__Profile *piece)
{
	struct sink sink = { { append }, w };

	if (!w->err)
		pprof__profile__pack_to_buffer(piece, &sink.base);
}

/* ---- strings */

static void put_string(struct pprof *w, const char *s, size_t len)
{
	Pprof__Profile piece = PPROF__PROFILE__INIT;
	ProtobufCBinaryData data = { len, (uint8_t *)s };

	piece.n_strings = 1;
	piece.strings = &data;
	put(w, &piece);
}

/* Copy S with U+FFFD for what is not UTF-8; NULL without memory.  The caller frees it. */
static char *replace_bytes(const char *s, size_t *len)
{
	size_t replacement_len = strlen(UTF8_REPLACEMENT), used = 0;
	char *text = malloc(*len * replacement_len);

	for (size_t i = 0; text && i < *len;) {
		size_t valid = utf8_valid_len(s + i, *len - i);

		memcpy(text + used, s + i, valid);
		used += valid;
		i += valid;
		if (i < *len) {
			memcpy(text + used, UTF8_REPLACEMENT, replacement_len);
			used += replacement_len;
			i++;
		}
	}
	*len = used;
	return text;
}

static int64_t string_bytes(struct pprof *w, const char *s, size_t len)
{
	uint32_t before = profile_frame_cnt(w->strings), index = 0;
	char *replaced = NULL;

	if (!len || w->err)
		return 0;
	if (utf8_valid_len(s, len) < len) {
		replaced = replace_bytes(s, &len);
		s = replaced;
		if (!s) {
			w->err = -ENOMEM;
			return 0;
		}
	}
	w->err = profile_frame(w->strings, s, len, FRAME_USER, &index);
	if (!w->err && index == before)
		put_string(w, s, len);
	free(replaced);
	return (int64_t)index + 1;
}

static int64_t string(struct pprof *w, const char *s)
{
	return s ? string_bytes(w, s, strlen(s)) : 0;
}

/* ---- pieces */

static Pprof__Unit make_unit(struct pprof *w, const struct pprof_unit *unit)
{
	Pprof__Unit message = PPROF__UNIT__INIT;

	message.type = string(w, unit->type);
	message.unit = string(w, unit->unit);
	return message;
}

static void put_facts(struct pprof *w, const struct pprof_facts *facts)
{
	Pprof__Profile piece = PPROF__PROFILE__INIT;
	Pprof__Unit unit, *units = &unit;
	int64_t comment;

	put_string(w, "", 0); /* the format wants it to be string 0 */
	comment = string(w, facts->comment);
	for (size_t i = 0; i < facts->value_cnt; i++) {
		Pprof__Profile value = PPROF__PROFILE__INIT;

		unit = make_unit(w, &facts->values[i]);
		value.n_values = 1;
		value.values = &units;
		put(w, &value);
	}
	if (facts->period) {
		unit = make_unit(w, &facts->period_unit);
		piece.period_unit = &unit;
		piece.period = facts->period;
	}
	piece.time_ns = facts->time_ns;
	piece.duration_ns = facts->duration_ns;
	piece.n_comments = comment != 0;
	piece.comments = &comment;
	put(w, &piece);
}

void pprof_put_mapping(struct pprof *w, const struct pprof_mapping *mapping)
{
	Pprof__Profile piece = PPROF__PROFILE__INIT;
	Pprof__Mapping message = PPROF__MAPPING__INIT, *messages = &message;

	message.id = mapping->id;
	message.start = mapping->start;
	message.end = mapping->end;
	message.offset = mapping->off;
	message.file = string(w, mapping->file);
	message.build_id = string(w, mapping->build_id);
	message.has_functions = mapping->has_functions;
	message.has_files = message.has_lines = mapping->has_lines;
	message.has_inlines = mapping->has_inlines;
	piece.n_mappings = 1;
	piece.mappings = &messages;
	put(w, &piece);
}

void pprof_put_function(struct pprof *w, const struct pprof_function *function)
{
	Pprof__Profile piece = PPROF__PROFILE__INIT;
	Pprof__Function message = PPROF__FUNCTION__INIT, *messages = &message;

	message.id = function->id;
	message.name = message.system_name = string_bytes(w, function->name, function->name_len);
	message.file = string(w, function->file);
	message.first_line = function->first_line;
	piece.n_functions = 1;
	piece.functions = &messages;
	put(w, &piece);
}

void pprof_put_location(struct pprof *w, const struct pprof_location *location)
{
	Pprof__Profile piece = PPROF__PROFILE__INIT;
	Pprof__Location message = PPROF__LOCATION__INIT, *messages = &message;
	Pprof__Line *lines = calloc(location->line_cnt + 1, sizeof(*lines));
	Pprof__Line **pointers = calloc(location->line_cnt + 1, sizeof(Pprof__Line *));

	if (!lines || !pointers) {
		w->err = w->err ? w->err : -ENOMEM;
		goto out;
	}
	for (size_t i = 0; i < location->line_cnt; i++) {
		pprof__line__init(&lines[i]);
		lines[i].function = location->lines[i].function;
		lines[i].line = location->lines[i].line;
		pointers[i] = &lines[i];
	}
	message.id = location->id;
	message.mapping = location->mapping;
	message.address = location->ip;
	message.n_lines = location->line_cnt;
	message.lines = pointers;
	piece.n_locations = 1;
	piece.locations = &messages;
	put(w, &piece);
out:
	free(lines);
	free(pointers);
}

void pprof_put_sample(struct pprof *w, const struct pprof_sample *sample)
{
	Pprof__Profile piece = PPROF__PROFILE__INIT;
	Pprof__Sample message = PPROF__SAMPLE__INIT, *messages = &message;
	Pprof__Label labels[MAX_LABELS], *pointers[MAX_LABELS];
	size_t cnt = sample->label_cnt < MAX_LABELS ? sample->label_cnt : MAX_LABELS;

	for (size_t i = 0; i < cnt; i++) {
		pprof__label__init(&labels[i]);
		labels[i].key = string(w, sample->labels[i].key);
		labels[i].str = string(w, sample->labels[i].str);
		labels[i].num = sample->labels[i].num;
		pointers[i] = &labels[i];
	}
	message.n_locations = sample->location_cnt;
	message.locations = (uint64_t *)sample->locations;
	message.n_values = w->value_cnt;
	message.values = (int64_t *)sample->values;
	message.n_labels = cnt;
	message.labels = pointers;
	piece.n_samples = 1;
	piece.samples = &messages;
	put(w, &piece);
}

/* ---- opening and closing */

int pprof_open(const struct pprof_facts *facts, FILE *f, struct pprof **out)
{
	struct pprof *w = calloc(1, sizeof(*w));
	int err;

	*out = NULL;
	if (!w)
		return -ENOMEM;
	err = profile_new(&w->strings);
	if (!err && deflateInit2(&w->z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, GZIP_BITS,
				 GZIP_MEM_LEVEL, Z_DEFAULT_STRATEGY) != Z_OK)
		err = -ENOMEM;
	if (err) {
		profile_free(w->strings);
		free(w);
		return err;
	}
	w->f = f;
	w->value_cnt = facts->value_cnt;
	put_facts(w, facts);
	*out = w;
	return 0;
}

int pprof_close(struct pprof *w)
{
	int err;

	if (!w)
		return 0;
	compress_block(w, Z_FINISH);
	errno = 0;
	if (!w->err && fflush(w->f))
		w->err = errno ? -errno : -EIO;
	err = w->err;
	deflateEnd(&w->z);
	profile_free(w->strings);
	free(w);
	return err;
}
