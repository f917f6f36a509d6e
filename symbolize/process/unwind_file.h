/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * unwind_file.h - by which file the code of a mapping is unwound, and where in it.
 *
 * Ownership: fds and images are borrowed, and live as long as the symbolizer.
 * Errors:    0 or a negative errno.
 * Threads:   that of the symbolizer.
 */
#ifndef SYMBOLIZE_PROCESS_UNWIND_FILE_H
#define SYMBOLIZE_PROCESS_UNWIND_FILE_H

#include <stddef.h>
#include <stdint.h>

struct process;

struct process_unwind_file {
	uint64_t start, end; /* ips: the mapping */
	uint64_t bias;	     /* ip - vaddr, modulo 2^64 */
	uint64_t base;	     /* vaddr of the file's lowest executable segment */
	uint32_t owner;	     /* whose the process is, as of owner.h */
	uint32_t key;	     /* the same for each mapping of the file, and for no other file's */
	int fd;		     /* -1: image is the file */
	const void *image;   /* our own vDSO, which is every process's */
	size_t image_size;
};

/* How many executable mappings P has. */
size_t process_mapping_cnt(const struct process *p);

/*
 * What the I-th mapping of P, ascending, is unwound by.  -ENODATA if its code is in no file that
 * can be read: then only start and end are set.
 */
int process_unwind_file(const struct process *p, size_t i, struct process_unwind_file *out);

#endif /* SYMBOLIZE_PROCESS_UNWIND_FILE_H */
