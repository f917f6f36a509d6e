/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * python_offsets.h - where the fields of CPython's structs are.
 *
 * Source:    before 3.13 a table by version; then the process, which has them in front of its
 *            _PyRuntime.
 * Units:     bytes.
 * Errors:    0 or a negative errno: -ENOTSUP: of a version that is not known; -EBADMSG: what the
 *            process says is implausible; or what reading says.
 * Threads:   no shared state.
 */
#ifndef PROFILER_INTERPRETERS_PYTHON_OFFSETS_H
#define PROFILER_INTERPRETERS_PYTHON_OFFSETS_H

#include <linux/types.h>
#include <stdbool.h>
#include <stdint.h>

#include "bpf/interpreter.h"
#include "profiler/interpreters/process_memory.h"

/* _PyRuntime begins with this from 3.13 on, and with the version behind it. */
#define PYTHON_COOKIE "xdebugpy"

#define PYTHON_VERSION_FIRST 0x0307
#define PYTHON_VERSION_LAST  0x030f

/* Is there anything to know of VERSION? */
bool python_offsets_known(uint32_t version);

/* Do processes of VERSION say where fields are? */
bool python_offsets_are_told(uint32_t version);

/* Set the offsets and flags of OUT, whose version and root[0] are set. */
int python_offsets_read(struct process_memory *memory, struct interpreter *out);

#endif /* PROFILER_INTERPRETERS_PYTHON_OFFSETS_H */
