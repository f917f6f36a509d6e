/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * shadow.h - where a Python program under test says what its threads execute: at a fixed address a
 * table of pointers by thread id, each to a stack of code objects.
 *
 * Written by shadow.c in the thread itself, read by python.bpf.c in a tick that interrupts it.
 */
#ifndef TRUTH_SHADOW_H
#define TRUTH_SHADOW_H

#define SHADOW_TABLE 0x7e0000000000ULL /* below where the kernel maps anything by itself */
#define SHADOW_SLOTS 4096	       /* by the last bits of a thread's id */
#define SHADOW_CODES 1022

struct shadow {
	unsigned long long tid;	  /* whose it is: ids may agree in their last bits */
	unsigned long long depth; /* frames; codes[] is theirs, the outermost one's first */
	unsigned long long codes[SHADOW_CODES];
};

#endif /* TRUTH_SHADOW_H */
