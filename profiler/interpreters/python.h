/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * python.h - CPython: 3.7 to 3.15, with and without the GIL.
 *
 * Each function is that of struct interpreter_plug in plug.h, whose contract it keeps.
 *
 * Source:    Include/ of each version; from 3.13 on what the process says of itself
 *            (_Py_DebugOffsets).
 * Units:     those of plug.h.
 * Ownership: the caller's.
 * Errors:    those of plug.h.
 * Threads:   no shared state.
 */
#ifndef PROFILER_INTERPRETERS_PYTHON_H
#define PROFILER_INTERPRETERS_PYTHON_H

#include "profiler/interpreters/plug.h"

/* 2.7 and 3.6, and what is later than we know, are -ENOTSUP. */
int python_describe(struct elf_image *image, struct interpreter_file *out);

/* -EAGAIN until a thread executes Python code; else -ENOTSUP or -EBADMSG. */
int python_attach(struct process_memory *memory, const struct interpreter_file *file, uint64_t bias,
		  struct interpreter *out);

void python_read_stack(struct process_memory *memory, const struct interpreter *info,
		       uint64_t fsbase, struct interpreter_stack *out);

size_t python_read_code(struct process_memory *memory, const struct interpreter *info,
			uint64_t code, struct sample_code *out, size_t lines_max);

void python_read_text(const struct sample_code *code, struct code_text *out);

uint32_t python_line(uint32_t version, const uint8_t *lines, size_t size, uint32_t first_line,
		     uint32_t at);

#endif /* PROFILER_INTERPRETERS_PYTHON_H */
