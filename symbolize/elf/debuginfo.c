// SPDX-License-Identifier: BSD-2-Clause
/* debuginfo.c - see debuginfo.h. */
#include "symbolize/elf/debuginfo.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What a debug file must match. */
struct wanted {
	uint8_t id[ELF_BUILD_ID_MAX];
	size_t id_len;
	char *link; /* what .gnu_debuglink says; NULL if there is none */
	uint32_t crc;
};

static bool matches(const struct elf_image *img, const struct wanted *wanted)
{
	uint8_t id[ELF_BUILD_ID_MAX];
	size_t len = elf_image_build_id(img, id);
	uint32_t crc;

	if (len && wanted->id_len)
		return len == wanted->id_len && !memcmp(id, wanted->id, len);
	return wanted->link && !elf_image_crc(img, &crc) && crc == wanted->crc;
}

/* Open the image of FD; *FD is closed, and -1, if that is not the file that is WANTED. */
static int try_file(const struct wanted *wanted, int *fd, struct elf_image **out)
{
	struct elf_image *img = NULL;
	int err = elf_image_open(*fd, &img);

	if (!err && !matches(img, wanted))
		err = -ENODATA;
	if (!err) {
		*out = img;
		return 0;
	}
	elf_image_close(img);
	close(*fd);
	*fd = -1;
	return err == -ENOMEM ? err : -ENODATA;
}

static int try_path(const struct debuginfo_opts *opts, const char *path,
		    const struct wanted *wanted, int *fd, struct elf_image **out)
{
	return opener_open(opts->opener, path, fd) ? -ENODATA : try_file(wanted, fd, out);
}

static int try_build_id(const struct debuginfo_opts *opts, const struct wanted *wanted, int *fd,
			struct elf_image **out)
{
	char hex[2 * ELF_BUILD_ID_MAX + 1], path[PATH_MAX];
	int len;

	if (wanted->id_len < 2)
		return -ENODATA;
	for (size_t i = 0; i < wanted->id_len; i++)
		snprintf(hex + 2 * i, 3, "%02x", wanted->id[i]);
	len = snprintf(path, sizeof(path), "%s/.build-id/%.2s/%s.debug", opts->root, hex, hex + 2);
	if (len < 0 || (size_t)len >= sizeof(path))
		return -ENODATA;
	return try_path(opts, path, wanted, fd, out);
}

static int try_link(const struct debuginfo_opts *opts, const struct wanted *wanted,
		    const char *stripped_path, int *fd, struct elf_image **out)
{
	/* What stands before and behind the folder of the stripped file. */
	const struct {
		const char *before, *behind;
	} places[] = { { "", "" }, { "", "/.debug" }, { opts->root, "" } };
	const char *slash = strrchr(stripped_path, '/');
	int dir_len = slash ? (int)(slash - stripped_path) : 1;
	const char *dir = slash ? stripped_path : ".";
	char path[PATH_MAX];
	int len, err = -ENODATA;

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]) && err == -ENODATA; i++) {
		len = snprintf(path, sizeof(path), "%s%.*s%s/%s", places[i].before, dir_len, dir,
			       places[i].behind, wanted->link);
		if (len > 0 && (size_t)len < sizeof(path))
			err = try_path(opts, path, wanted, fd, out);
	}
	return err;
}

/* Have the caller fetch the file, which is believed by its build-id alone. */
static int try_elsewhere(const struct elf_image *stripped, const struct wanted *wanted,
			 const struct debuginfo_opts *opts, int *fd, struct elf_image **out)
{
	struct wanted by_id = *wanted;

	if (!opts->fetch || wanted->id_len < 2)
		return -ENODATA;
	if (opts->fetch(opts->fetch_ctx, elf_image_fd(stripped), fd)) {
		*fd = -1;
		return -ENODATA;
	}
	by_id.link = NULL;
	return try_file(&by_id, fd, out);
}

int debuginfo_open(const struct elf_image *stripped, const char *path,
		   const struct debuginfo_opts *opts, int *fd, struct elf_image **out)
{
	struct wanted wanted = { 0 };
	int err;

	*fd = -1;
	*out = NULL;
	wanted.id_len = elf_image_build_id(stripped, wanted.id);
	err = elf_image_debuglink(stripped, &wanted.link, &wanted.crc);
	if (err == -ENOMEM)
		return err;
	err = try_build_id(opts, &wanted, fd, out);
	if (err == -ENODATA && wanted.link && path)
		err = try_link(opts, &wanted, path, fd, out);
	if (err == -ENODATA)
		err = try_elsewhere(stripped, &wanted, opts, fd, out);
	free(wanted.link);
	return err;
}
