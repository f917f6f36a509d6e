// SPDX-License-Identifier: BSD-2-Clause
/*
 * fuzz_python.c - any bytes are the memory of a CPython, a record of its code and a table of its
 * lines: each ends within its bounds.
 *
 * The first byte is the minor version, the rest is the memory, again and again through all
 * addresses, so that every pointer leads somewhere; _PyRuntime is at its beginning.
 */
#include "profiler/interpreters/python.h"
#include "tests/fuzz/check.h"

#include <errno.h>
#include <string.h>

#define READS_MAX 20000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct bytes {
	const uint8_t *data;
	size_t size, reads;
};

static int read_bytes(void *ctx, uint64_t address, void *to, size_t size)
{
	struct bytes *bytes = ctx;

	bytes->reads++;
	for (size_t i = 0; i < size; i++)
		((uint8_t *)to)[i] = bytes->data[(address + i) % bytes->size];
	return 0;
}

static void attach(struct bytes *bytes, uint32_t version)
{
	const struct interpreter_file file = { .kind = INTERPRETER_PYTHON,
					       .version = version,
					       .root = 8 };
	struct process_memory memory = process_memory_of(-1);
	struct interpreter info;
	int err;

	memory.read = read_bytes;
	memory.ctx = bytes;
	err = python_attach(&memory, &file, (uint64_t)-8, &info);
	check(bytes->reads < READS_MAX);
	check(!err || err == -EAGAIN || err == -ENOTSUP || err == -EBADMSG);
	if (err)
		return;
	check(info.slot % 8 == 0 && info.slot >= -512 && info.slot < 2304);
	check(info.off[PYTHON_FRAME_SIZE] <= PYTHON_FRAME_MAX);
	for (int i = PYTHON_CODE_LINE; i <= PYTHON_CODE_LINES; i++)
		check(info.off[i] >= info.off[PYTHON_CODE_BLOCK] &&
		      info.off[i] + 8 <= info.off[PYTHON_CODE_BLOCK] + PYTHON_CODE_SIZE);
}

static void decode(const uint8_t *data, size_t size, uint32_t version)
{
	struct sample_code code = { 0 };
	struct code_text text;

	memcpy(&code, data, size < sizeof(code) ? size : sizeof(code));
	python_read_text(&code, &text);
	check(strlen(text.name) < sizeof(text.name) && strlen(text.file) < sizeof(text.file));
	for (uint32_t at = 0; at < 64; at += 7)
		python_line(version, data, size, code.first_line, at);
	check(python_line(version, data, size, code.first_line, UINT32_MAX) == code.first_line);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes bytes = { data + 1, size - 1, 0 };
	uint32_t version;

	if (size < 2)
		return 0;
	version = 0x0300 | data[0];
	attach(&bytes, version);
	decode(bytes.data, bytes.size, version);
	return 0;
}
