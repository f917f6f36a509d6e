/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * distro.h - where this distribution has its debug symbols: the package of a file, the command that
 * installs them, the debuginfod server.
 *
 * Source:    os-release(5); the file lists of dpkg(1), which are read for a tenth of a second and
 *            not run.  Of rpm's data base the user's own shell asks: the command says so.
 * Ownership: none; texts are the caller's or constants.
 * Errors:    none: of what is not known there is less to say.
 * Threads:   one.
 */
#ifndef PROFILER_REPORT_DISTRO_H
#define PROFILER_REPORT_DISTRO_H

#include <stdbool.h>
#include <stddef.h>

struct distro {
	const char *root;		    /* where its files are; "" but for tests */
	const struct distro_family *family; /* NULL: one that is not known */
	bool asks_server;		    /* DEBUGINFOD_URLS is set: it has no such file */
};

/* The distribution below ROOT, which is borrowed. */
void distro_read(const char *root, struct distro *out);

/* The debuginfod server of DISTRO; of one that is not known, the one of all. */
const char *distro_server(const struct distro *distro);

/* What packages of debug symbols are called there, with ", or " behind it; "": there are none. */
const char *distro_packages(const struct distro *distro);

/* What to do for debug symbols of the file PATH, without an indent or an end of line. */
void distro_hint(const struct distro *distro, const char *path, char *text, size_t size);

#endif /* PROFILER_REPORT_DISTRO_H */
