/* SPDX-License-Identifier: BSD-2-Clause */
/* recode.h - input in another encoding than UTF-8. */
#ifndef PROFILER_COMMANDS_RECODE_H
#define PROFILER_COMMANDS_RECODE_H

#include <stdio.h>

/*
 * All of IN as UTF-8, in a stream that the caller closes; IN stays open.  Bytes
 * that do not belong to ENCODING become U+FFFD.  -ENOTSUP: no such encoding.
 */
int recode_to_utf8(FILE *in, const char *encoding, FILE **out);

#endif /* PROFILER_COMMANDS_RECODE_H */
