/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * plugs.h - the table of interpreters.
 *
 * Source:    plug.h.
 * Ownership: the table is constant.
 * Errors:    0 or a negative errno.
 * Threads:   no shared state.
 */
#ifndef PROFILER_INTERPRETERS_PLUGS_H
#define PROFILER_INTERPRETERS_PLUGS_H

#include "profiler/interpreters/plug.h"

/* NULL: there is no such plug. */
const struct interpreter_plug *interpreter_plug(uint32_t kind);

/* Ask each plug whether IMAGE is its.  As describe(). */
int interpreter_describe(struct elf_image *image, struct interpreter_file *out);

#endif /* PROFILER_INTERPRETERS_PLUGS_H */
