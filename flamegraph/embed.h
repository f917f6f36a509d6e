/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * embed.h - a file's bytes as SYMBOL to SYMBOL_end, with a NUL behind them.
 *
 * Source: files that lie in flamegraph/, when compiled; the Makefile says of which
 * object.  Visible in that object alone.  Threads: constants.
 */
#ifndef FLAMEGRAPH_EMBED_H
#define FLAMEGRAPH_EMBED_H

#define EMBED(symbol, file)                                                                        \
	__asm__(".section .rodata\n" #symbol ":\n.incbin \"" file "\"\n" #symbol "_end:\n"         \
		".byte 0\n.previous\n");                                                           \
	extern const char symbol[], symbol##_end[] __attribute__((visibility("hidden")))

#endif /* FLAMEGRAPH_EMBED_H */
