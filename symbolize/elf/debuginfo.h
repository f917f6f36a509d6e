/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * debuginfo.h - the separate file that holds the symbols of a stripped one.
 *
 * In this order, DIR being where the stripped file lies and ROOT usually
 * /usr/lib/debug:
 *   ROOT/.build-id/xx/yyy.debug
 *   DIR/LINK, DIR/.debug/LINK, ROOT/DIR/LINK   with LINK from .gnu_debuglink
 * and last what the caller can fetch by build-id from elsewhere.
 * A file counts when its build-id is the same, or, if one of the two has none,
 * when its CRC is the one that .gnu_debuglink states.
 *
 * Source:    gdb manual, "Separate Debug Files".
 * Ownership: *fd and *out are the caller's; close the image first.
 * Errors:    -ENODATA there is none; -ENOMEM.
 */
#ifndef SYMBOLIZE_ELF_DEBUGINFO_H
#define SYMBOLIZE_ELF_DEBUGINFO_H

#include "symbolize/elf/image.h"
#include "symbolize/elf/opener.h"

struct debuginfo_opts {
	const char *root;
	const struct opener *opener; /* for all files that other files name; NULL: our own */
	/*
	 * Set *FD to what is elsewhere for the build-id of FILE, and return 0, or -errno.  NULL:
	 * nothing is fetched.
	 */
	int (*fetch)(void *ctx, int file, int *fd);
	void *fetch_ctx;
};

/* Find the debug file.  PATH is the stripped one as its process saw it; NULL if it has none. */
int debuginfo_open(const struct elf_image *stripped, const char *path,
		   const struct debuginfo_opts *opts, int *fd, struct elf_image **out);

#endif /* SYMBOLIZE_ELF_DEBUGINFO_H */
