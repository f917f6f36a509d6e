// SPDX-License-Identifier: BSD-2-Clause
/* lockup.c - see lockup.h. */
#include "profiler/source/lockup.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <zlib.h>

#include "profiler/source/kernel_text.h"

#define VERSION(major, minor, patch) ((major) << 16 | (minor) << 8 | (patch))
#define CALL_LEN		     5 /* e8 or e9 and 32 bits */
#define CALLED_MAX		     2

/* By code */

static int32_t offset_of(const uint8_t *call)
{
	int32_t off;

	memcpy(&off, call + 1, sizeof(off));
	return off;
}

/*
 * The first of NAMES that the function at AT calls, or ends with a jump to; -ENOENT: none.  Bytes
 * that only look like a call lead to where no such function is.
 */
static int find_call(struct kernel_text *text, const struct kernel_look *at,
		     const char *const names[CALLED_MAX], struct kernel_look *called)
{
	struct kernel_look here;

	for (size_t i = 0; i + CALL_LEN <= sizeof(at->code); i++) {
		uint64_t ip = at->ip + i + CALL_LEN + (uint64_t)offset_of(&at->code[i]);

		if ((at->code[i] & 0xfe) != 0xe8 || text->look(text, ip, called))
			continue;
		for (int nr = 0; nr < CALLED_MAX && names[nr]; nr++) {
			if (strcmp(called->name, names[nr]))
				continue;
			/* Behind the function is the next one. */
			if (text->look(text, at->ip + i, &here) || strcmp(here.name, at->name))
				return -ENOENT;
			return nr;
		}
	}
	return -ENOENT;
}

/* Does the usercopy check at AT, or the part of it that is a function, look for vmalloc areas? */
static enum lockup check_takes_lock(struct kernel_text *text, const struct kernel_look *at)
{
	static const char *const names[CALLED_MAX] = { "find_vmap_area", "check_heap_object" };
	struct kernel_look part, called;
	int found = find_call(text, at, names, &part);

	if (found == 1)
		found = find_call(text, &part, names, &called);
	return found ? LOCKUP_NONE : LOCKUP_USERCOPY;
}

enum lockup lockup_by_code(struct kernel_text *text)
{
	static const char *const steps[][CALLED_MAX] = { { "bpf_probe_read_user" },
							 { "copy_from_user_nofault" } };
	static const char *const checks[CALLED_MAX] = { "nmi_uaccess_okay", "__check_object_size" };
	struct kernel_look at, next;

	if (text->look(text, 0, &at))
		return LOCKUP_UNKNOWN;
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		if (find_call(text, &at, steps[i], &next) < 0)
			return LOCKUP_UNKNOWN;
		at = next;
	}
	/* With the fix the first is asked before the second; without hardening there is no second. */
	return find_call(text, &at, checks, &next) == 1 ? check_takes_lock(text, &next)
							: LOCKUP_NONE;
}

/* By version */

static unsigned int read_version(const char *text)
{
	unsigned int major, minor, patch = 0;

	if (!text || sscanf(text, "%u.%u.%u", &major, &minor, &patch) < 2)
		return 0;
	return VERSION(major, minor, patch > 255 ? 255 : patch);
}

enum lockup lockup_by_version(const struct utsname *uts, bool hardened)
{
	static const struct {
		unsigned int from, to; /* without TO */
	} affected[] = {
		{ VERSION(5, 19, 0), VERSION(6, 1, 36) },
		{ VERSION(6, 2, 0), VERSION(6, 3, 10) },
	};
	unsigned int version = read_version(uts->release);
	/* Debian's releases are 6.1.0-9; the version says "Debian 6.1.27-1". */
	const char *debian = strstr(uts->version, "Debian ");

	if (debian && read_version(debian + strlen("Debian ")))
		version = read_version(debian + strlen("Debian "));
	for (size_t i = 0; i < sizeof(affected) / sizeof(affected[0]) && hardened; i++) {
		if (version >= affected[i].from && version < affected[i].to)
			return LOCKUP_USERCOPY;
	}
	return LOCKUP_NONE;
}

/* Of the running kernel */

/* A line of the file at PATH, compressed or not, begins with WORD, or if ANYWHERE has it. */
static bool has_line(const char *path, const char *word, bool anywhere, bool *read)
{
	gzFile f = gzopen(path, "re");
	bool found = false;
	char line[4096];

	*read = f != NULL;
	while (f && !found && gzgets(f, line, sizeof(line)))
		found = anywhere ? strstr(line, word) != NULL : !strncmp(line, word, strlen(word));
	if (f)
		gzclose(f);
	return found;
}

static bool is_hardened(const struct utsname *uts)
{
	static const char option[] = "CONFIG_HARDENED_USERCOPY=y";
	bool read, hardened = has_line("/proc/config.gz", option, false, &read);
	char path[sizeof(uts->release) + 16];

	if (read)
		return hardened;
	snprintf(path, sizeof(path), "/boot/config-%s", uts->release);
	hardened = has_line(path, option, false, &read);
	return hardened || !read; /* distributions set it */
}

enum lockup lockup_find(bool *by_code)
{
	struct kernel_text *text = NULL;
	enum lockup found = LOCKUP_UNKNOWN;
	struct utsname uts;
	bool read;

	*by_code = false;
	if (uname(&uts) || read_version(uts.release) >= VERSION(6, 4, 0))
		return LOCKUP_NONE;
	if (!kernel_text_open(&text)) {
		found = lockup_by_code(text);
		kernel_text_close(text);
	}
	*by_code = found != LOCKUP_UNKNOWN;
	if (found == LOCKUP_UNKNOWN)
		found = lockup_by_version(&uts, is_hardened(&uts));
	if (found == LOCKUP_USERCOPY &&
	    has_line("/proc/cmdline", "hardened_usercopy=off", true, &read))
		found = LOCKUP_NONE;
	return found;
}
