// SPDX-License-Identifier: BSD-2-Clause
/* perf_merge.c - see perf_merge.h. */
#include "profiler/source/perf_merge.h"

#include <errno.h>
#include <stdlib.h>

#include "profiler/source/perf_sample.h"

/* Where we are in a ring. */
struct perf_cursor {
	uint64_t at, head;
	const struct perf_event_header *record; /* the one at `at`; NULL: none is left */
	uint64_t time_ns;			/* of record */
	void *bounce;				/* a copy of a record that wraps around the end */
};

int perf_merge_init(struct perf_merge *m, size_t ring_cnt)
{
	*m = (struct perf_merge){ .ring_cnt = ring_cnt, .out = ring_cnt };
	m->cursors = calloc(ring_cnt, sizeof(*m->cursors));
	if (!m->cursors)
		return -ENOMEM;
	for (size_t i = 0; i < ring_cnt; i++) {
		m->cursors[i].bounce = malloc(PERF_RECORD_MAX);
		if (!m->cursors[i].bounce)
			return -ENOMEM;
	}
	return 0;
}

void perf_merge_fini(struct perf_merge *m)
{
	for (size_t i = 0; m->cursors && i < m->ring_cnt; i++)
		free(m->cursors[i].bounce);
	free(m->cursors);
	*m = (struct perf_merge){ 0 };
}

/* Set the cursor's record.  What is no record says nothing of where the next one begins. */
static void look(struct perf_merge *m, size_t i)
{
	struct perf_ring *ring = &m->rings->rings[i];
	struct perf_cursor *c = &m->cursors[i];
	struct perf_event_header header;

	c->record = NULL;
	if (c->at == c->head)
		return;
	if (!perf_ring_header(ring, c->at, c->head, &header)) {
		c->record = perf_ring_record(ring, c->at, header.size, c->bounce);
		if (!perf_record_time(c->record, header.size, &c->time_ns))
			return;
	}
	c->record = NULL;
	c->at = c->head;
	perf_ring_release(ring, c->at);
	m->bad++;
}

/* The record that was handed out is done with: go on behind it. */
static void step(struct perf_merge *m)
{
	struct perf_cursor *c;

	if (m->out == m->ring_cnt)
		return;
	c = &m->cursors[m->out];
	c->at += c->record->size;
	perf_ring_release(&m->rings->rings[m->out], c->at);
	look(m, m->out);
	m->out = m->ring_cnt;
}

void perf_merge_begin(struct perf_merge *m, struct perf_rings *rings)
{
	step(m);
	m->rings = rings;
	for (size_t i = 0; i < m->ring_cnt; i++) {
		m->cursors[i].at = perf_ring_tail(&rings->rings[i]);
		m->cursors[i].head = perf_ring_head(&rings->rings[i]);
		look(m, i);
	}
}

const struct perf_event_header *perf_merge_next(struct perf_merge *m, size_t *ring)
{
	const struct perf_cursor *first = NULL;

	step(m);
	for (size_t i = 0; i < m->ring_cnt; i++) {
		const struct perf_cursor *c = &m->cursors[i];

		if (c->record && (!first || c->time_ns < first->time_ns)) {
			first = c;
			m->out = i;
		}
	}
	*ring = m->out;
	return first ? first->record : NULL;
}
