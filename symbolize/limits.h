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

/* Bytes of a mangled name that is tried.  The longest of 1.6 million had 1,222. */
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

/*
 * Conversion operators in a C++ name, which has one or two.  libiberty tries twice what stands in
 * each of them, also of those in others.
 */
#define LIMIT_CONVERSIONS 16

/*
 * Bytes of a name in a table of symbols, in DWARF or in a perf map.  Without an end all names of
 * a table could be one, and would be looked through for each.
 */
#define LIMIT_NAME (64u << 10)

/*
 * References of a C++ name to parts of it, each of which may double what is looked through, for a
 * name whose parts cannot be counted.
 */
#define LIMIT_DOUBLINGS 16

/* ---- ELF files ----  The largest are of 3,319 linked files of a Debian 12 with its debug files. */

/*
 * Bytes of a section that is read as a whole, or once from end to end.  26 MB: .rela.dyn of
 * Chromium; the DWARF of a browser, compressed by zstd, has ten times as many.
 */
#define LIMIT_SECTION (512ull << 20)

/*
 * Bytes of a symbol table's names, and of these bytes that are read, in blocks: 20 MB in rustc, of
 * which one question needs one block.  And how many times all of them may be looked at: each
 * belongs to one symbol as a rule.
 */
#define LIMIT_STRINGS	    (1ull << 30)
#define LIMIT_STRINGS_READ  (256ull << 20)
#define LIMIT_STRINGS_TIMES 4

/*
 * The headers of an open file stay in memory, also in the process that samples, and segments are
 * looked through for each mapping: these are 200 KiB.  74 sections, 15 segments.
 */
#define LIMIT_SECTIONS	    1024
#define LIMIT_SEGMENTS	    256
#define LIMIT_SECTION_NAMES (128u << 10) /* bytes; 1,187 */

/* Bytes of all notes.  55,576: the probes of a JVM. */
#define LIMIT_NOTES (1u << 20)

/* Bytes of .gnu_debuglink and .gnu_debugaltlink: a path, and a checksum or an id.  94. */
#define LIMIT_LINK (8u << 10)

/*
 * How many times larger a section may become when it is inflated: 83, .debug_abbrev of a small
 * library.  A file that claims more is a bomb.
 */
#define LIMIT_RATIO 256

/*
 * Bytes of MiniDebugInfo when it is inflated, and of what inflating it takes.  20 MiB: Firefox'
 * libxul; xz -9 takes 65 MiB, but packagers use -6.
 */
#define LIMIT_MINIDEBUG (64u << 20)
#define LIMIT_XZ_MEMORY (64u << 20)

/* Entries of the dynamic segment.  89. */
#define LIMIT_DYNAMIC 1024

/* Symbols of one bucket of .gnu.hash, of which a linker puts two to four there on average. */
#define LIMIT_HASH_CHAIN 1024

/*
 * Bytes of a debug file without a build-id that are read for its checksum, and how many times
 * more it may claim to have than its file system keeps for it: btrfs and ZFS compress to a sixth.
 */
#define LIMIT_CRC	 (4ull << 30)
#define LIMIT_SPARSENESS 32

/* Slots of the GOT that stubs can jump through, and stubs of a section; Chromium has some thousand. */
#define LIMIT_STUBS (1u << 20)

/* ---- text ---- */

/* Bytes of all perf maps of a process; a JVM with a million methods writes as much. */
#define LIMIT_PERF_MAP (64u << 20)

/* ---- call frame information ----  A file beyond these has no table.  Of the same files: */

#define LIMIT_CFI  (64u << 20)	     /* bytes of a section.  8 MB: LLVM's library */
#define LIMIT_CIES ((size_t)1 << 16) /* linkers merge equal ones, and leave a handful */
#define LIMIT_FDES ((size_t)1 << 20) /* functions.  161,000 */
#define LIMIT_ROWS ((size_t)4 << 20) /* of a table.  1.2 million */
#define LIMIT_TEXT (128u << 20)	     /* bytes of code that are searched for a trampoline */

/* Rules that nest, by remember_state; compilers use 2. */
#define LIMIT_CFI_STATES 32

/*
 * Bytes of code in rows that keep their CFA in RBX, of one and of all: 700 and 2,751 in the
 * dynamic linker of glibc, 24 in TSan's library.  And rows of a function that is called there,
 * which saves RBX when it begins.
 */
#define LIMIT_ROW_CODE	    4096
#define LIMIT_RESOLVER_CODE (64u << 10)
#define LIMIT_RESOLVER_ROWS 64

/* ---- DWARF ----  --symbolize-mem bounds the bytes that are held. */

/*
 * Steps (dwarf/meter.h) that the DWARF of a file may cost, whatever it says; for each byte of its
 * .debug_info and .debug_line; and in all, 6 s of a CPU.  100,000 addresses all over a file took 0.3
 * to 1.5 a byte in 14 programs by gcc, clang, Go and rustc.
 */
#define LIMIT_WORK	  ((int64_t)1 << 24)
#define LIMIT_WORK_A_BYTE 8
#define LIMIT_WORK_MOST	  ((int64_t)1 << 31)

/*
 * Counts.  What was found is in libc, docker, libstd, libasan and wick, of 60,000 addresses all
 * over each; a browser has some hundred times as much, but no deeper trees.
 */
#define LIMIT_UNITS	 (1u << 20) /* of a file.  2,063 */
#define LIMIT_RANGES	 (2u << 20) /* of all units of a file.  2,083; a browser has a million */
#define LIMIT_ABBREVS	 (1u << 16) /* of a table.  366 */
#define LIMIT_ATTRS	 256	    /* of one of them.  14 */
#define LIMIT_ALL_ATTRS	 (1u << 18) /* of a table.  2,263 */
#define LIMIT_TABLES	 (8u << 20) /* bytes of the tables that a thread keeps.  86,088 for one */
#define LIMIT_DEPTH	 512	    /* of nested DIEs.  27 */
#define LIMIT_INLINES	 128	    /* of calls that are inlined into each other.  22 */
#define LIMIT_SITES	 (1u << 20) /* functions and calls of a unit that hold addresses.  16,725 */
#define LIMIT_FILES	 (1u << 18) /* of a line table, and folders.  704 and 192 */
#define LIMIT_FORMATS	 32	    /* fields that describe a file; DWARF 5 knows five */
#define LIMIT_REFERENCES 16	    /* from a call to its name; compilers need 3 */
#define LIMIT_OVERLAP	 1000 /* ranges of units that are looked at for one address; 1 is usual */

/* Bytes of a section; 32-bit DWARF cannot point further. */
#define LIMIT_DWARF_SECTION (4ull << 30)

/* Bytes of sections of types that are passed over in search of code. */
#define LIMIT_TYPES (256u << 20)

/*
 * Kinds of sections in a package, of which DWARF 5 has eight; and slots of its index that are
 * looked at: sound ones are two thirds full at most.
 */
#define LIMIT_COLUMNS 16
#define LIMIT_PROBES  10000

#endif /* SYMBOLIZE_LIMITS_H */
