/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* kernel_text.h - the size that bpf/kernel_text.bpf.c and profiler/source/kernel_text.c share. */
#ifndef BPF_KERNEL_TEXT_H
#define BPF_KERNEL_TEXT_H

#define KERNEL_TEXT_SIZE 768 /* the functions that are looked at have less */

#endif /* BPF_KERNEL_TEXT_H */
