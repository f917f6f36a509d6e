/* SPDX-License-Identifier: BSD-2-Clause */
/* libinner.h - the one function that libinner.so exports. */
#ifndef TESTS_WORKLOADS_LIBINNER_H
#define TESTS_WORKLOADS_LIBINNER_H

#include <stdint.h>

uint64_t lib_outer(uint64_t x, long rounds);

#endif /* TESTS_WORKLOADS_LIBINNER_H */
