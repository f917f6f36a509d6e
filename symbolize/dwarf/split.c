// SPDX-License-Identifier: BSD-2-Clause
/* split.c - see dwarf/split.h. */
#include "symbolize/dwarf/split.h"

#include <dwarf.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "symbolize/dwarf/package.h"

static const char *string_at(const struct dwarf_context *ctx, enum dwarf_slot slot)
{
	const struct dwarf_value *value = dwarf_die_value(&ctx->die, slot);

	return value ? dwarf_context_string(ctx, value) : NULL;
}

/* The number that both halves have: in version 4 the DIE says it, in version 5 the header. */
static uint64_t dwo_id(const struct dwarf_context *ctx)
{
	const struct dwarf_value *value = dwarf_die_value(&ctx->die, DWARF_DWO_ID);

	return value ? value->number : ctx->unit.dwo_id;
}

static int open_path(struct dwarf_split *split, const struct dwarf_context *skeleton,
		     const char *path)
{
	struct dwarf_budget *budget = skeleton->dw->sections[DWARF_INFO].budget;
	int err;

	if (opener_open(skeleton->dw->opener, path, &split->fd))
		return -ENODATA;
	split->is_open = true;
	err = elf_image_open(split->fd, &split->img);
	if (!err)
		err = dwarf_file_open(split->img, budget, &split->dw);
	if (!err)
		dwarf_budget_grant(budget, dwarf_file_walked_size(split->dw));
	return err;
}

static int find_unit(struct dwarf_split *split, struct dwarf_reader *reader,
		     const struct dwarf_context *skeleton)
{
	struct dwarf_unit unit;
	int err;

	for (size_t i = 0; !(err = dwarf_file_unit(split->dw, i, &unit)); i++) {
		if (unit.type != DW_UT_compile && unit.type != DW_UT_split_compile)
			continue;
		err = dwarf_context_open(reader, split->dw, &unit, skeleton, &split->context);
		if (!err && dwo_id(&split->context) == dwo_id(skeleton))
			return 0;
		if (err == -ENOMEM)
			break;
	}
	return err == -ENOMEM ? err : -ENODATA;
}

static int open_packaged(struct dwarf_split *split, struct dwarf_reader *reader,
			 const struct dwarf_context *skeleton)
{
	struct dwarf *package = skeleton->dw->package.dw;
	struct dwarf_unit unit;
	int err = package ? dwarf_package_find(package, dwo_id(skeleton), &unit) : -ENODATA;

	if (!err)
		err = dwarf_context_open(reader, package, &unit, skeleton, &split->context);
	if (!err && dwo_id(&split->context) != dwo_id(skeleton))
		err = -ENODATA;
	return err;
}

static int open_file(struct dwarf_split *split, struct dwarf_reader *reader,
		     const struct dwarf_context *skeleton)
{
	const char *name = string_at(skeleton, DWARF_DWO_NAME);
	const char *dir = string_at(skeleton, DWARF_COMP_DIR);
	char path[PATH_MAX];
	int len, err;

	if (!name)
		return -ENODATA;
	len = *name == '/' || !dir ? snprintf(path, sizeof(path), "%s", name)
				   : snprintf(path, sizeof(path), "%s/%s", dir, name);
	if (len < 0 || (size_t)len >= sizeof(path))
		return -ENODATA;
	err = open_path(split, skeleton, path);
	if (!err)
		err = find_unit(split, reader, skeleton);
	return err;
}

int dwarf_split_open(struct dwarf_split *split, struct dwarf_reader *reader,
		     const struct dwarf_context *skeleton)
{
	int err = open_packaged(split, reader, skeleton);

	return err == -ENODATA ? open_file(split, reader, skeleton) : err;
}

void dwarf_split_close(struct dwarf_split *split)
{
	if (!split->is_open)
		return;
	dwarf_file_close(split->dw);
	elf_image_close(split->img);
	close(split->fd);
	*split = (struct dwarf_split){ 0 };
}
