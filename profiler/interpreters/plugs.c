// SPDX-License-Identifier: BSD-2-Clause
/* plugs.c - the table of interpreters; see plugs.h. */
#include "profiler/interpreters/plugs.h"

#include <errno.h>
#include <stddef.h>

#include "profiler/interpreters/python.h"
#include "profiler/interpreters/python_offsets.h"

static const struct interpreter_plug plugs[INTERPRETER_KIND_CNT] = {
	[INTERPRETER_PYTHON] = {
		.name = "python",
		.switcher = "_greenlet.",
		.first_version = PYTHON_VERSION_FIRST,
		.last_version = PYTHON_VERSION_LAST,
		.describe = python_describe,
		.attach = python_attach,
		.tells_offsets = python_offsets_are_told,
		.read_stack = python_read_stack,
		.read_code = python_read_code,
		.read_text = python_read_text,
		.line = python_line,
	},
};

const struct interpreter_plug *interpreter_plug(uint32_t kind)
{
	return kind < INTERPRETER_KIND_CNT && plugs[kind].name ? &plugs[kind] : NULL;
}

int interpreter_describe(struct elf_image *image, struct interpreter_file *out)
{
	int err = -ENOENT;

	for (uint32_t kind = INTERPRETER_NONE + 1; kind < INTERPRETER_KIND_CNT; kind++) {
		err = plugs[kind].describe(image, out);
		if (err != -ENOENT)
			break;
	}
	return err;
}
