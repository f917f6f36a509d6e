/* SPDX-License-Identifier: BSD-2-Clause */
/* utf8.h - is it UTF-8?  For formats that must not hold anything else. */
#ifndef FLAMEGRAPH_UTF8_H
#define FLAMEGRAPH_UTF8_H

#include <stddef.h>

#define UTF8_REPLACEMENT "\xef\xbf\xbd" /* U+FFFD, for a byte that starts no character */

/* Return the length of the character at S, which has LEN bytes, or 0 if S[0] starts none. */
size_t utf8_char_len(const char *s, size_t len);

/* Return how many bytes at the start of S are UTF-8. */
size_t utf8_valid_len(const char *s, size_t len);

#endif /* FLAMEGRAPH_UTF8_H */
