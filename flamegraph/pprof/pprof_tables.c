// SPDX-License-Identifier: BSD-2-Clause
/* pprof_tables.c - reads strings, mappings and functions, then makes frames of locations. */
#include "flamegraph/pprof/pprof_tables.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "flamegraph/pprof/pprof.h"
#include "flamegraph/pprof/pprof.pb-c.h"
#include "flamegraph/profile.h"
#include "flamegraph/pprof/wire.h"

int pprof_damaged(struct pprof_tables *t, enum pprof_fault fault)
{
	t->result->fault = fault;
	return -EBADMSG;
}

/* ---- the outermost message */

int pprof_each_field(struct pprof_tables *t, pprof_field_fn *fn, void *ctx)
{
	struct slice rest = t->all;
	int err = 0;

	while (rest.len && !err) {
		size_t off = rest.data - t->all.data;
		struct wire_field field;

		if (!wire_next(&rest, &field))
			return pprof_damaged(t, PPROF_NO_MESSAGE);
		err = fn(t, &field, off, ctx);
	}
	return err;
}

/* ---- tables */

static int push_index(struct pprof_indices *list, uint32_t index)
{
	if (list->cnt == list->cap) {
		size_t cap = list->cap ? 2 * list->cap : 1024;
		uint32_t *bigger = reallocarray(list->at, cap, sizeof(*bigger));

		if (!bigger)
			return -ENOMEM;
		list->at = bigger;
		list->cap = cap;
	}
	list->at[list->cnt++] = index;
	return 0;
}

static int push_item(struct pprof_items *list, struct pprof_item item)
{
	if (list->cnt == list->cap) {
		size_t cap = list->cap ? 2 * list->cap : 256;
		struct pprof_item *bigger = reallocarray(list->items, cap, sizeof(*bigger));

		if (!bigger)
			return -ENOMEM;
		list->items = bigger;
		list->cap = cap;
	}
	list->items[list->cnt++] = item;
	return 0;
}

static int compare_ids(const void *pa, const void *pb)
{
	const struct pprof_item *a = pa, *b = pb;

	return (a->id > b->id) - (a->id < b->id);
}

static int sort_table(struct pprof_tables *t, struct pprof_items *list)
{
	if (list->cnt)
		qsort(list->items, list->cnt, sizeof(*list->items), compare_ids);
	for (size_t i = 0; i < list->cnt; i++) {
		if (!list->items[i].id || (i && list->items[i].id == list->items[i - 1].id))
			return pprof_damaged(t, PPROF_BAD_ID);
	}
	return 0;
}

/* Item ID - 1 is looked at first, as ids tend to be 1, 2, 3 ... */
const struct pprof_item *pprof_find(const struct pprof_items *list, uint64_t id)
{
	const struct pprof_item key = { .id = id };

	if (id && id <= list->cnt && list->items[id - 1].id == id)
		return &list->items[id - 1];
	return list->cnt ? bsearch(&key, list->items, list->cnt, sizeof(key), compare_ids) : NULL;
}

bool pprof_string(const struct pprof_tables *t, int64_t index, struct slice *s)
{
	struct wire_field field;

	*s = (struct slice){ 0 };
	if (index < 0 || (uint64_t)index >= t->strings.cnt)
		return false;
	s->data = t->all.data + t->strings.at[index];
	s->len = t->all.len - t->strings.at[index];
	wire_next(s, &field); /* it succeeded when the string was noted */
	*s = field.bytes;
	return true;
}

/* ---- first pass: strings, mappings, functions, values */

static int note_value(struct pprof_tables *t, const struct slice *bytes)
{
	Pprof__Unit *unit = pprof__unit__unpack(NULL, bytes->len, bytes->data);
	int err;

	if (!unit)
		return pprof_damaged(t, PPROF_NO_MESSAGE);
	err = unit->type < 0 || unit->type > UINT32_MAX ? pprof_damaged(t, PPROF_BAD_STRING)
							: push_index(&t->types, unit->type);
	pprof__unit__free_unpacked(unit, NULL);
	return err;
}

static int note_mapping(struct pprof_tables *t, const struct slice *bytes)
{
	Pprof__Mapping *m = pprof__mapping__unpack(NULL, bytes->len, bytes->data);
	int err;

	if (!m)
		return pprof_damaged(t, PPROF_NO_MESSAGE);
	if (m->file < 0 || m->file > UINT32_MAX)
		err = pprof_damaged(t, PPROF_BAD_STRING);
	else
		err = push_item(&t->mappings, (struct pprof_item){ m->id, 0, m->file });
	pprof__mapping__free_unpacked(m, NULL);
	return err;
}

static int note_function(struct pprof_tables *t, const struct slice *bytes, size_t off)
{
	Pprof__Function *f = pprof__function__unpack(NULL, bytes->len, bytes->data);
	int64_t name;
	int err;

	if (!f)
		return pprof_damaged(t, PPROF_NO_MESSAGE);
	name = f->name ? f->name : f->system_name;
	if (name < 0 || name > UINT32_MAX)
		err = pprof_damaged(t, PPROF_BAD_STRING);
	else
		err = push_item(&t->functions, (struct pprof_item){ f->id, name, off });
	pprof__function__free_unpacked(f, NULL);
	return err;
}

static int note_field(struct pprof_tables *t, const struct wire_field *field, size_t off, void *ctx)
{
	if (field->number == 14 && field->type == WIRE_VARINT)
		t->default_type = (int64_t)field->value;
	if (field->type != WIRE_BYTES)
		return 0;
	switch (field->number) {
	case 1:
		return note_value(t, &field->bytes);
	case 3:
		return note_mapping(t, &field->bytes);
	case 5:
		return note_function(t, &field->bytes, off);
	case 6:
		return push_index(&t->strings, off);
	default:
		return 0;
	}
}

/* ---- between the passes: do the references hold? */

/* The last part of the file's name tells kernel, generated and interpreted code. */
static enum frame_kind kind_of_file(const struct slice *file)
{
	if (slice_is(*file, PPROF_PYTHON) || slice_is(*file, PPROF_INTERPRETED))
		return FRAME_INTERPRETED;
	if (slice_starts(*file, "[kernel") || slice_starts(*file, "[guest.kernel") ||
	    slice_ends(*file, "/vmlinux") || slice_ends(*file, ".ko"))
		return FRAME_KERNEL;
	if (slice_is(*file, PPROF_JIT) ||
	    (slice_starts(*file, "/tmp/perf-") && slice_ends(*file, ".map")))
		return FRAME_JIT;
	return FRAME_USER;
}

static int check_mappings(struct pprof_tables *t)
{
	struct slice file;
	int err = sort_table(t, &t->mappings);

	for (size_t i = 0; i < t->mappings.cnt && !err; i++) {
		struct pprof_item *m = &t->mappings.items[i];

		if (pprof_string(t, m->cnt, &file))
			m->first = kind_of_file(&file);
		else
			err = pprof_damaged(t, PPROF_BAD_STRING);
	}
	return err;
}

static int check_functions(struct pprof_tables *t)
{
	struct slice name;
	int err = sort_table(t, &t->functions);

	for (size_t i = 0; i < t->functions.cnt && !err; i++) {
		if (!pprof_string(t, t->functions.items[i].first, &name))
			err = pprof_damaged(t, PPROF_BAD_STRING);
	}
	return err;
}

/* The value that is used is "samples", else the file's default, else the last. */
static int choose_value(struct pprof_tables *t)
{
	struct slice type;
	size_t len;

	if (!t->types.cnt)
		return pprof_damaged(t, PPROF_NO_VALUES);
	t->value = t->types.cnt - 1;
	for (size_t i = 0; i < t->types.cnt; i++) {
		if (!pprof_string(t, t->types.at[i], &type))
			return pprof_damaged(t, PPROF_BAD_STRING);
		if (t->default_type && t->types.at[i] == t->default_type)
			t->value = i;
	}
	for (size_t i = t->types.cnt; i-- > 0;) {
		pprof_string(t, t->types.at[i], &type);
		if (slice_is(type, "samples"))
			t->value = i;
	}
	pprof_string(t, t->types.at[t->value], &type);
	len = type.len < sizeof(t->result->value_type) ? type.len
						       : sizeof(t->result->value_type) - 1;
	memcpy(t->result->value_type, type.data, len);
	t->result->value_type[len] = '\0';
	return 0;
}

/* ---- second pass: locations become frames */

static int push_frame(struct pprof_tables *t, struct slice name, enum frame_kind kind)
{
	uint32_t frame;
	int err;

	/* A name is annotated where nothing else says what it is. */
	if (kind == FRAME_USER)
		kind = frame_split_annotation((const char *)name.data, &name.len);
	err = profile_frame(t->p, (const char *)name.data, name.len, kind, &frame);
	return err ? err : push_index(&t->frames, frame);
}

/* An address without a name gets its file's in brackets. */
static int push_module(struct pprof_tables *t, const struct pprof_item *mapping)
{
	enum frame_kind kind = mapping ? mapping->first : FRAME_USER;
	char text[256] = "[unknown]";
	struct slice file = { 0 }, name = { (uint8_t *)text, 0 };
	const uint8_t *slash;

	if (mapping && (kind == FRAME_USER || kind == FRAME_KERNEL))
		pprof_string(t, mapping->cnt, &file);
	slash = file.len ? memrchr(file.data, '/', file.len) : NULL;
	if (slash) {
		file.len -= slash + 1 - file.data;
		file.data = slash + 1;
	}
	if (kind == FRAME_KERNEL)
		snprintf(text, sizeof(text), "[kernel]");
	else if (file.len && file.data[0] == '[')
		snprintf(text, sizeof(text), "%.*s", (int)(file.len & 0xff),
			 (const char *)file.data);
	else if (file.len)
		snprintf(text, sizeof(text), "[%.*s]", (int)(file.len < 250 ? file.len : 250),
			 (const char *)file.data);
	name.len = strlen(text);
	return push_frame(t, name, kind == FRAME_KERNEL ? kind : FRAME_USER);
}

/* Functions of one name in several files are several. */
static int push_interpreted(struct pprof_tables *t, const struct pprof_item *f, struct slice name)
{
	struct slice rest = { t->all.data + f->cnt, t->all.len - f->cnt }, file, whole;
	struct wire_field field;
	Pprof__Function *function;
	char *text;
	int err;

	wire_next(&rest, &field); /* it succeeded when the function was noted */
	function = pprof__function__unpack(NULL, field.bytes.len, field.bytes.data);
	if (!function)
		return -ENOMEM;
	pprof_string(t, function->file, &file);
	text = malloc(name.len + file.len + FRAME_PLACE_SIZE);
	err = text ? 0 : -ENOMEM;
	if (!err) {
		whole.data = (const uint8_t *)text;
		whole.len = frame_write_interpreted(text, (const char *)name.data, name.len,
						    (const char *)file.data, file.len,
						    (uint32_t)function->first_line);
		err = push_frame(t, whole, FRAME_INTERPRETED);
	}
	pprof__function__free_unpacked(function, NULL);
	free(text);
	return err;
}

static int push_lines(struct pprof_tables *t, const Pprof__Location *l,
		      const struct pprof_item *mapping)
{
	enum frame_kind kind = mapping ? mapping->first : FRAME_USER;
	int err = 0;

	for (size_t i = l->n_lines; i-- > 0 && !err;) {
		const struct pprof_item *f = pprof_find(&t->functions, l->lines[i]->function);
		struct slice name;

		if (!f)
			return pprof_damaged(t, PPROF_BAD_FUNCTION);
		pprof_string(t, f->first, &name);
		if (i + 1 < l->n_lines)
			err = push_frame(t, name, FRAME_INLINED);
		else if (kind == FRAME_INTERPRETED)
			err = push_interpreted(t, f, name);
		else
			err = push_frame(t, name, kind);
	}
	return err;
}

static int note_location(struct pprof_tables *t, const struct wire_field *field, size_t off,
			 void *ctx)
{
	const struct pprof_item *mapping = NULL;
	struct pprof_item item = { 0, t->frames.cnt, 0 };
	Pprof__Location *l;
	int err = 0;

	if (field->number != 4 || field->type != WIRE_BYTES)
		return 0;
	l = pprof__location__unpack(NULL, field->bytes.len, field->bytes.data);
	if (!l)
		return pprof_damaged(t, PPROF_NO_MESSAGE);
	if (l->mapping) {
		mapping = pprof_find(&t->mappings, l->mapping);
		err = mapping ? 0 : pprof_damaged(t, PPROF_BAD_MAPPING);
	}
	if (!err)
		err = l->n_lines ? push_lines(t, l, mapping) : push_module(t, mapping);
	item.id = l->id;
	item.cnt = t->frames.cnt - item.first;
	pprof__location__free_unpacked(l, NULL);
	return err ? err : push_item(&t->locations, item);
}

int pprof_tables_read(struct pprof_tables *t)
{
	int err = pprof_each_field(t, note_field, NULL);

	if (!err)
		err = check_mappings(t);
	if (!err)
		err = check_functions(t);
	if (!err)
		err = choose_value(t);
	if (!err)
		err = pprof_each_field(t, note_location, NULL);
	return err ? err : sort_table(t, &t->locations);
}

void pprof_tables_fini(struct pprof_tables *t)
{
	free(t->strings.at);
	free(t->frames.at);
	free(t->types.at);
	free(t->mappings.items);
	free(t->functions.items);
	free(t->locations.items);
}
