// SPDX-License-Identifier: BSD-2-Clause
/* alt.c - see dwarf/alt.h. */
#include "symbolize/dwarf/alt.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "symbolize/limits.h"

struct link {
	char *text; /* the section: a path, a NUL, and the id */
	const uint8_t *id;
	size_t id_len;
};

static int read_link(const struct elf_image *img, struct link *out)
{
	const Elf64_Shdr *shdr = elf_image_find_section(img, ".gnu_debugaltlink", SHT_PROGBITS);
	size_t len;
	void *text;
	int err;

	if (!shdr || shdr->sh_size > LIMIT_LINK)
		return -ENODATA;
	err = elf_image_load_section(img, shdr, &text);
	if (err)
		return err;
	out->text = text;
	len = strlen(out->text) + 1;
	if (len >= shdr->sh_size || shdr->sh_size - len > ELF_BUILD_ID_MAX) {
		free(text);
		return -ENODATA;
	}
	out->id = (const uint8_t *)out->text + len;
	out->id_len = shdr->sh_size - len;
	return 0;
}

static bool has_id(const struct elf_image *img, const struct link *link)
{
	uint8_t id[ELF_BUILD_ID_MAX];
	size_t len = elf_image_build_id(img, id);

	return len && len == link->id_len && !memcmp(id, link->id, len);
}

static int try_path(struct dwarf *dw, const char *path, const struct link *link,
		    struct dwarf_budget *budget)
{
	struct elf_image *img = NULL;
	int fd, err;

	if (opener_open(dw->opener, path, &fd))
		return -ENODATA;
	err = elf_image_open(fd, &img);
	if (!err && !has_id(img, link))
		err = -ENODATA;
	if (!err)
		err = dwarf_file_open(img, budget, &dw->alt.dw);
	if (!err) {
		dw->alt.img = img;
		dw->alt.fd = fd;
		return 0;
	}
	elf_image_close(img);
	close(fd);
	return err;
}

/* Make the path of the link, which counts from the folder of the file behind FD. */
static int path_of_link(const struct dwarf *dw, const struct link *link, int fd,
			char path[PATH_MAX])
{
	char file[PATH_MAX];
	const char *slash;
	int len;

	if (*link->text == '/') {
		len = snprintf(path, PATH_MAX, "%s", link->text);
		return len < PATH_MAX ? 0 : -ENODATA;
	}
	if (opener_path_of(dw->opener, fd, file))
		return -ENODATA;
	slash = strrchr(file, '/');
	if (!slash)
		return -ENODATA;
	len = snprintf(path, PATH_MAX, "%.*s/%s", (int)(slash - file), file, link->text);
	return len < PATH_MAX ? 0 : -ENODATA;
}

static int path_of_id(const struct link *link, const char *root, char path[PATH_MAX])
{
	char hex[2 * ELF_BUILD_ID_MAX + 1];
	int len;

	if (link->id_len < 2)
		return -ENODATA;
	for (size_t i = 0; i < link->id_len; i++)
		snprintf(hex + 2 * i, 3, "%02x", link->id[i]);
	len = snprintf(path, PATH_MAX, "%s/.build-id/%.2s/%s.debug", root, hex, hex + 2);
	return len < PATH_MAX ? 0 : -ENODATA;
}

int dwarf_alt_open(struct dwarf *dw, int fd, const char *root, struct dwarf_budget *budget)
{
	char path[PATH_MAX];
	struct link link;
	int err = read_link(dw->img, &link);

	if (err)
		return err == -ENOMEM ? err : 0;
	err = path_of_link(dw, &link, fd, path);
	if (!err)
		err = try_path(dw, path, &link, budget);
	if (err && err != -ENOMEM && err != -ENOSPC) {
		err = path_of_id(&link, root, path);
		if (!err)
			err = try_path(dw, path, &link, budget);
	}
	free(link.text);
	return err == -ENOMEM || err == -ENOSPC ? err : 0;
}
