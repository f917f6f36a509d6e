/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * answer_print.h - an answer of the symbolizer as text on stdout.
 *
 * Human:     one line; addr2line: as `addr2line -f -i -C` of binutils prints it,
 *            a line for each function and one for where it is; JSON: one object
 *            on one line.  Innermost first in all of them.
 */
#ifndef PROFILER_COMMANDS_ANSWER_PRINT_H
#define PROFILER_COMMANDS_ANSWER_PRINT_H

#include "profiler/commands/options.h"
#include "symbolize/symbolizer.h"

void answer_print(enum symbolize_format format, uint64_t address, const struct sym_answer *answer);

#endif /* PROFILER_COMMANDS_ANSWER_PRINT_H */
