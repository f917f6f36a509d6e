/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * unwind.h - walk a copy of a stack by the same tables and the same step as the
 * BPF program walks a live one.
 *
 * Units:     ips as bpf/sample.h has them, SAMPLE_IP_EXACT included.
 * Threads:   one.
 */
#ifndef PROFILER_RECORDING_UNWIND_H
#define PROFILER_RECORDING_UNWIND_H

#include "profiler/source/source.h"
#include "profiler/tables/spaces.h"
#include "profiler/tables/tables.h"

/*
 * Walk COPY by the mappings of its process when it was made, ascending.  IPS has room for
 * SAMPLE_USER_MAX; the result says why the walk ended.
 */
enum unwind_result unwind_copy(struct tables *tables, const struct space_mapping *mappings,
			       size_t mapping_cnt, const struct raw_copy *copy, uint64_t *ips,
			       uint64_t *ends, size_t *cnt);

#endif /* PROFILER_RECORDING_UNWIND_H */
