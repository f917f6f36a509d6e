/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* ksym.h - the size that bpf/ksym.bpf.c and profiler/source/ksym.c share. */
#ifndef BPF_KSYM_H
#define BPF_KSYM_H

/* KSYM_NAME_LEN is 512, " [module]" at most 60 more; Linux 6.1. */
#define KSYM_NAME_SIZE 640

#endif /* BPF_KSYM_H */
