/* SPDX-License-Identifier: BSD-2-Clause */
/* utf8.h - is it UTF-8?  For formats that must not hold anything else. */
#ifndef FLAMEGRAPH_UTF8_H
#define FLAMEGRAPH_UTF8_H

#include <stddef.h>

#define UTF8_REPLACEMENT "\xef\xbf\xbd" /* U+FFFD, for a byte that starts no character */

/* Bytes of the character at S, of LEN bytes, at least 1; 0: S[0] starts none. */
size_t utf8_char_len(const char *s, size_t len);

/* Bytes at the start of S that are UTF-8. */
size_t utf8_valid_len(const char *s, size_t len);

#endif /* FLAMEGRAPH_UTF8_H */
