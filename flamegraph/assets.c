// SPDX-License-Identifier: BSD-2-Clause
/*
 * assets.c - the files of viewer/ as symbols of this object.
 *
 * The assembler reads them, and the compiler does not know it.  So the Makefile says that
 * the object depends on them, and compiles it without LTO, which would put copies of one
 * __asm__ into several objects and would not find its symbols.
 */
#include "flamegraph/assets.h"

#include "flamegraph/out.h"

#define EMBED(name, file)                                                                          \
	__asm__(".section .rodata\n"                                                               \
		"bytes_of_" #name ":\n.incbin \"flamegraph/viewer/" file "\"\n"                    \
		"end_of_" #name ":\n.previous\n");                                                 \
	extern const char bytes_of_##name[] __attribute__((visibility("hidden")));                 \
	extern const char end_of_##name[] __attribute__((visibility("hidden")));
ASSET_FILES(EMBED)

#define BYTES(name, file) [ASSET_##name] = { bytes_of_##name, end_of_##name },
static const struct {
	const char *bytes, *end;
} assets[ASSET_CNT] = { ASSET_FILES(BYTES) };

void asset_write(struct out *o, enum asset asset)
{
	out_bytes(o, assets[asset].bytes, assets[asset].end - assets[asset].bytes);
}
