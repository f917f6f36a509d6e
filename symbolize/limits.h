/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * limits.h - what a name, a file and a report may cost: sizes, counts, ratios and work.
 *
 * Whoever runs a program chooses what its file says, and wick may read it as root.  So nothing
 * that a file states is believed beyond these numbers.  Each is far above what compilers,
 * linkers and packagers write; the comment says what was found.  What exceeds one is damaged
 * or hostile, and is left out with a reason.
 */
#ifndef SYMBOLIZE_LIMITS_H
#define SYMBOLIZE_LIMITS_H

/* ---- names ---- */

/* Bytes of a mangled name that is tried; of 1.9 million in LLVM's libraries 3 are longer. */
#define LIMIT_MANGLED 4096

/*
 * Bytes that a name may become.  Substitutions let it double with each ten bytes, so that it
 * is written up to here and no further.
 */
#define LIMIT_DEMANGLED (64u << 10)

/*
 * Parts of a C++ name, where each is counted as often as it is referred to.  libiberty looks
 * through all of them for each expansion of a pack, and writes nothing meanwhile.
 */
#define LIMIT_NAME_PARTS (64u << 10)

#endif /* SYMBOLIZE_LIMITS_H */
