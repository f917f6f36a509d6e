/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fake_source.h - a source of samples that hands over what a test wrote down.
 *
 * It stands in for the kernel: everything behind struct sample_source runs as it does in a
 * recording, without root and with the same result each time.  It checks that it is used in
 * the order that source.h demands.
 *
 * Ownership: steps, and what they point to, are the test's.
 * Include after <cmocka.h>.
 */
#ifndef TESTS_UNIT_FAKE_SOURCE_H
#define TESTS_UNIT_FAKE_SOURCE_H

#include "profiler/source/source.h"

#include <string.h>

/* One call of the sink: of the three one is set. */
struct fake_step {
	const struct raw_sample *sample;
	const struct raw_copy *copy;
	uint32_t process;
};

enum fake_life { FAKE_OPEN, FAKE_STARTED, FAKE_STOPPED, FAKE_CLOSED };

struct fake_source {
	struct sample_source base;
	const struct fake_step *steps;
	size_t step_cnt, next;
	size_t at_once; /* steps that a drain hands over; 0: all */
	enum fake_life life;
	/* What the test sets of it, ticks and stored are counted from the steps and the losses. */
	struct source_stats stats;
	const struct kernel_tables *tables; /* NULL: none */
	unsigned int divisor;		    /* the last that was asked for; 0: none was */
	bool is_early;			    /* divide_rate() does nothing */
	int divide_err;			    /* what divide_rate() answers */
	/* For recorded.h: read inlined functions and lines; the test itself may have no DWARF. */
	bool with_dwarf;
};

static inline struct fake_source *fake_of(const struct sample_source *src)
{
	return (struct fake_source *)src; /* its first member */
}

static inline int fake_start(struct sample_source *src)
{
	assert_int_equal(fake_of(src)->life, FAKE_OPEN);
	fake_of(src)->life = FAKE_STARTED;
	return 0;
}

static inline int fake_fd(const struct sample_source *src)
{
	return -1;
}

static inline int fake_interval_ms(const struct sample_source *src)
{
	return 1;
}

static inline int fake_hand_over(const struct fake_step *step, const struct source_sink *sink)
{
	if (step->sample)
		return sink->sample(sink->ctx, step->sample);
	if (step->copy)
		return sink->copy(sink->ctx, step->copy);
	return sink->process(sink->ctx, step->process);
}

static inline int fake_drain(struct sample_source *src, const struct source_sink *sink, bool all)
{
	struct fake_source *fake = fake_of(src);
	int err = 0;

	assert_in_range(fake->life, FAKE_STARTED, FAKE_STOPPED);
	for (size_t i = 0; fake->next < fake->step_cnt && !err; i++) {
		if (fake->at_once && i == fake->at_once && fake->life == FAKE_STARTED)
			break;
		err = fake_hand_over(&fake->steps[fake->next++], sink);
	}
	return err;
}

static inline int fake_divide_rate(struct sample_source *src, unsigned int divisor,
				   unsigned int *now)
{
	*now = fake_of(src)->divisor ? fake_of(src)->divisor : 1;
	if (fake_of(src)->is_early)
		return 0;
	if (!fake_of(src)->divide_err)
		*now = fake_of(src)->divisor = divisor;
	return fake_of(src)->divide_err;
}

static inline void fake_stop(struct sample_source *src)
{
	assert_int_equal(fake_of(src)->life, FAKE_STARTED);
	fake_of(src)->life = FAKE_STOPPED;
}

static inline const struct kernel_tables *fake_tables(const struct sample_source *src)
{
	return fake_of(src)->tables;
}

static inline void fake_read_stats(struct sample_source *src, struct source_stats *out)
{
	const struct fake_source *fake = fake_of(src);

	*out = fake->stats;
	for (size_t i = 0; i < fake->step_cnt; i++) {
		if (fake->steps[i].sample)
			out->stored += fake->steps[i].sample->count;
		out->stored += fake->steps[i].copy != NULL;
	}
	out->ticks = out->stored + out->idle + out->filtered;
	for (size_t i = 0; i < out->lost_cnt; i++)
		out->ticks += out->lost[i].cnt;
}

static inline void fake_close(struct sample_source *src)
{
	fake_of(src)->life = FAKE_CLOSED;
}

static inline struct fake_source fake_source(const struct fake_step *steps, size_t cnt)
{
	static const struct source_ops ops = {
		.start = fake_start,
		.fd = fake_fd,
		.interval_ms = fake_interval_ms,
		.drain = fake_drain,
		.divide_rate = fake_divide_rate,
		.stop = fake_stop,
		.tables = fake_tables,
		.read_stats = fake_read_stats,
		.close = fake_close,
	};

	return (struct fake_source){
		.base.ops = &ops, .steps = steps, .step_cnt = cnt, .stats.tier = SOURCE_BPF
	};
}

#endif /* TESTS_UNIT_FAKE_SOURCE_H */
