/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * perf_sample.h - the records of perf_source.c, taken apart.
 *
 * Source:    perf_event_open(2), linux/perf_event.h.
 * Units:     times are CLOCK_MONOTONIC, ids in our pid namespace.
 * Ownership: everything points into the record.
 * Errors:    0, or -EBADMSG if the record is not what was asked for.
 */
#ifndef PROFILER_SOURCE_PERF_SAMPLE_H
#define PROFILER_SOURCE_PERF_SAMPLE_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bpf/unwind_state.h"
#include "profiler/source/source.h"

/* What every sample begins with, and every other record ends with (sample_id_all). */
#define PERF_SAMPLE_ALWAYS (PERF_SAMPLE_IP | PERF_SAMPLE_TID | PERF_SAMPLE_TIME)

/* perf_event_attr.sample_regs_user for all of struct unwind_state. */
#define PERF_SAMPLE_USER_REGS 0xff01ffULL

/* What samples have beside that. */
struct perf_layout {
	bool callchain;
	bool stack; /* a copy of the stack, and the registers */
};

enum perf_regs { PERF_REGS_NONE, PERF_REGS_32, PERF_REGS_64 };

struct perf_sample {
	uint64_t ip;
	uint32_t tgid, tid; /* -1: the task has ended */
	uint64_t time_ns;
	const uint64_t *kernel, *user; /* innermost first */
	size_t kernel_cnt, user_cnt;   /* user_cnt is at most SAMPLE_USER_MAX */
	bool user_is_cut;	       /* the chain had more user frames, further out */
	enum perf_regs regs;	       /* what the user code is: of 64 bits, of 32, or none */
	struct unwind_state state;
	const uint8_t *stack; /* from state.sp upwards */
	size_t stack_size;
	bool stack_is_cut; /* there was more of it */
};

int perf_sample_decode(const void *record, size_t size, const struct perf_layout *layout,
		       struct perf_sample *out);

/* Take the thread and its name, of COMM_LEN bytes without a NUL at most, from a PERF_RECORD_COMM. */
bool perf_record_comm(const void *record, size_t size, uint32_t *tid, char name[COMM_LEN]);

/* Take the thread and the one that made it from a PERF_RECORD_FORK. */
bool perf_record_fork(const void *record, size_t size, uint32_t *tid, uint32_t *parent);

/* How many records a PERF_RECORD_LOST says were lost. */
uint64_t perf_record_lost(const void *record, size_t size);

/* The time of any record: samples have it near their beginning, others at their end. */
int perf_record_time(const void *record, size_t size, uint64_t *time_ns);

#endif /* PROFILER_SOURCE_PERF_SAMPLE_H */
