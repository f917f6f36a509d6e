/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * maps.h - the text of /proc/PID/maps.
 *
 * Parsing is separate from reading the file, so that it can be tested and
 * fuzzed without a process.
 *
 * Source:    proc_pid_maps(5); fs/proc/task_mmu.c, show_map_vma().
 * Units:     `start` and `end` are ips, `off` an offset in the mapped file.
 * Ownership: a path points into the parsed text.
 */
#ifndef SYMBOLIZE_PROCESS_MAPS_H
#define SYMBOLIZE_PROCESS_MAPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mapping {
	uint64_t start, end; /* ips, [start, end) */
	uint64_t off;	     /* where in the file `start` is, bytes */
	uint64_t dev;	     /* as in stat(): makedev(major, minor) */
	uint64_t inode;	     /* 0 if there is no file */
	uint64_t generation; /* of the inode; 0 if it is not known: /proc/PID/maps has none */
	const char *path;    /* "[vdso]", "/usr/bin/cat", ... without a NUL behind it */
	size_t path_len;     /* without the " (deleted)" mark; 0 if anonymous */
	bool exec;
	bool deleted;
};

/* Parse one line, without or with its newline.  0, or -EINVAL.  See maps_file.h for all. */
int maps_parse_line(const char *line, size_t len, struct mapping *out);

/* Take PATH, as the kernel writes it, for M's: its " (deleted)" mark is noted and left out. */
void mapping_set_path(struct mapping *m, const char *path, size_t len);

/* The file offset that IP, an address in [start, end), was mapped from. */
static inline uint64_t mapping_ip_to_off(const struct mapping *m, uint64_t ip)
{
	return ip - m->start + m->off;
}

#endif /* SYMBOLIZE_PROCESS_MAPS_H */
