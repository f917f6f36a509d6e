// SPDX-License-Identifier: BSD-2-Clause
/*
 * pprof_read.c - reads a pprof file into a profile.
 *
 * The file is unpacked as a whole, up to a limit, and then gone through three
 * times: for names, for locations and for samples, which may stand before what
 * they refer to.
 */
#include "flamegraph/formats.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "flamegraph/pprof/gunzip.h"
#include "flamegraph/pprof/pprof.pb-c.h"
#include "flamegraph/pprof/pprof_tables.h"
#include "flamegraph/profile.h"
#include "flamegraph/pprof/wire.h"

struct pprof_reader {
	struct pprof_tables t;
	size_t path_cap;
	uint32_t *path; /* frames of the sample, the outermost first */
	uint32_t nodes[PROFILE_MAX_DEPTH];
};

static int reserve_path(struct pprof_reader *r, size_t cnt)
{
	uint32_t *bigger;

	if (cnt <= r->path_cap)
		return 0;
	bigger = reallocarray(r->path, 2 * cnt, sizeof(*bigger));
	if (!bigger)
		return -ENOMEM;
	r->path = bigger;
	r->path_cap = 2 * cnt;
	return 0;
}

/* Put the task's name into the path, as the root of the stack. */
static int push_comm(struct pprof_reader *r, const Pprof__Sample *s, size_t *cnt)
{
	struct slice text;
	int err = 0;

	for (size_t i = 0; i < s->n_labels && !*cnt && !err; i++) {
		const Pprof__Label *label = s->labels[i];

		if (!pprof_string(&r->t, label->key, &text) || !slice_is(text, "comm"))
			continue;
		if (!label->str || !pprof_string(&r->t, label->str, &text))
			continue;
		err = reserve_path(r, 1);
		if (!err)
			err = profile_frame(r->t.p, (const char *)text.data, text.len, FRAME_USER,
					    &r->path[(*cnt)++]);
	}
	return err;
}

/* Put all frames of S into the path, the outermost first. */
static int make_path(struct pprof_reader *r, const Pprof__Sample *s, size_t *cnt)
{
	int err = push_comm(r, s, cnt);

	for (size_t i = s->n_locations; i-- > 0 && !err && *cnt <= PROFILE_MAX_DEPTH;) {
		const struct pprof_item *l = pprof_find(&r->t.locations, s->locations[i]);

		if (!l)
			return pprof_damaged(&r->t, PPROF_BAD_LOCATION);
		err = reserve_path(r, *cnt + l->cnt);
		if (err)
			return err;
		memcpy(r->path + *cnt, r->t.frames.at + l->first, l->cnt * sizeof(*r->path));
		*cnt += l->cnt;
	}
	return err;
}

static int add_sample(struct pprof_reader *r, const Pprof__Sample *s)
{
	size_t cnt = 0;
	int err;

	if (r->t.value >= s->n_values || s->values[r->t.value] < 0) {
		r->t.result->bad_cnt++;
		r->t.result->fault = PPROF_BAD_VALUE;
		return 0;
	}
	err = make_path(r, s, &cnt);
	if (err == -EBADMSG) {
		r->t.result->bad_cnt++;
		return 0;
	}
	if (!err && cnt > PROFILE_MAX_DEPTH) {
		r->t.result->cut_cnt++;
		cnt = PROFILE_MAX_DEPTH;
	}
	r->t.result->sample_cnt++;
	if (err || !cnt || !s->values[r->t.value])
		return err;
	err = profile_walk(r->t.p, PROFILE_ROOT, r->path, cnt, r->nodes);
	if (!err)
		profile_add(r->t.p, r->nodes[cnt - 1], (double)s->values[r->t.value]);
	return err;
}

static int use_sample(struct pprof_tables *t, const struct wire_field *field, size_t off,
		      void *reader)
{
	Pprof__Sample *s;
	int err;

	if (field->number != 2 || field->type != WIRE_BYTES)
		return 0;
	s = pprof__sample__unpack(NULL, field->bytes.len, field->bytes.data);
	if (!s)
		return pprof_damaged(t, PPROF_NO_MESSAGE);
	err = add_sample(reader, s);
	pprof__sample__free_unpacked(s, NULL);
	return err;
}

static int unpack(struct pprof_reader *r, FILE *f, uint8_t **data)
{
	int err = gunzip(f, PPROF_MAX_SIZE, data, &r->t.all.len);

	r->t.all.data = *data;
	switch (err) {
	case -EPROTO:
		return pprof_damaged(&r->t, PPROF_NO_GZIP);
	case -ENODATA:
		return pprof_damaged(&r->t, PPROF_CUT);
	case -EFBIG:
		return pprof_damaged(&r->t, PPROF_TOO_LARGE);
	default:
		return err;
	}
}

int pprof_read(struct profile *p, FILE *f, struct pprof_result *result)
{
	struct pprof_reader *r = calloc(1, sizeof(*r));
	uint8_t *data = NULL;
	int err;

	*result = (struct pprof_result){ 0 };
	if (!r)
		return -ENOMEM;
	r->t.p = p;
	r->t.result = result;
	err = unpack(r, f, &data);
	if (!err)
		err = pprof_tables_read(&r->t);
	if (!err)
		err = pprof_each_field(&r->t, use_sample, r);
	free(data);
	pprof_tables_fini(&r->t);
	free(r->path);
	free(r);
	return err;
}

bool pprof_detect(FILE *f)
{
	int first = getc(f), second;

	if (first == EOF)
		return false;
	second = getc(f);
	if (second != EOF)
		ungetc(second, f);
	ungetc(first, f);
	return first == 0x1f && second == 0x8b;
}

const char *pprof_fault_text(enum pprof_fault fault)
{
	static const char *const texts[PPROF_FAULT_CNT] = {
		[PPROF_GOOD] = "is a profile",
		[PPROF_NO_GZIP] = "is damaged: its gzip data do not unpack",
		[PPROF_CUT] = "is cut off: its gzip data end too early",
		[PPROF_TOO_LARGE] = "is larger than 512 MiB when unpacked",
		[PPROF_NO_MESSAGE] =
			"does not hold a pprof profile (a protobuf message), or a damaged one",
		[PPROF_NO_VALUES] = "does not hold a pprof profile: it names no sample type",
		[PPROF_BAD_STRING] = "is damaged: it refers to a string that it does not have",
		[PPROF_BAD_FUNCTION] = "is damaged: it refers to a function that it does not have",
		[PPROF_BAD_LOCATION] = "is damaged: it refers to a location that it does not have",
		[PPROF_BAD_MAPPING] = "is damaged: it refers to a mapping that it does not have",
		[PPROF_BAD_ID] = "is damaged: an id is 0 or there twice",
		[PPROF_BAD_VALUE] = "has a negative value, or none",
	};

	return (unsigned int)fault < PPROF_FAULT_CNT && texts[fault] ? texts[fault] : "is damaged";
}
