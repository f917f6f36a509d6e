/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * picture.h - the options of a picture as the renderer wants them, and input in
 * another encoding than UTF-8.
 *
 * Ownership: nothing is kept; what is returned refers to the options.
 */
#ifndef PROFILER_COMMANDS_PICTURE_H
#define PROFILER_COMMANDS_PICTURE_H

#include "flamegraph/formats.h"
#include "profiler/commands/options.h"

#include <stdio.h>

struct svg_opts picture_svg(const struct picture_options *picture);
struct html_opts picture_html(const struct picture_options *picture);

/*
 * All of IN as UTF-8, in a stream that the caller closes; IN stays open.  Bytes
 * that do not belong to ENCODING become U+FFFD.  -ENOTSUP: no such encoding.
 */
int picture_recode(FILE *in, const char *encoding, FILE **out);

#endif /* PROFILER_COMMANDS_PICTURE_H */
