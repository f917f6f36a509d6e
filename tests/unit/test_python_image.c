// SPDX-License-Identifier: BSD-2-Clause
/*
 * Recorded processes of CPython: each is attached to as it was then; with any byte wrong, or any
 * read failing, something else may be found, within bounds.
 *
 * RECORD=FILE PYTHON=INTERPRETER records one, which runs SCRIPT.
 */
#include "profiler/interpreters/python.h"
#include "tests/unit/row.h"

#include <errno.h>
#include <stdlib.h>

#include "tests/unit/golden.h"
#include "tests/unit/python_child.h"
#include "tests/unit/python_image.h"

static const struct {
	const char *path;
	uint32_t version;
	int slot;
	uint32_t flags;
	uint16_t shift; /* of the state of a str */
} images[] = {
	{ "tests/golden/python.3.7.memory", 0x307, 792, PYTHON_EACH_RUN, 2 },
	{ "tests/golden/python.3.9.memory", 0x309, 792, PYTHON_EACH_RUN, 2 },
	{ "tests/golden/python.3.11.memory", 0x30b, 792, PYTHON_CFRAME | PYTHON_CFRAME_MARK, 2 },
	{ "tests/golden/python.3.12.memory", 0x30c, 792, PYTHON_CFRAME | PYTHON_SHIM_MARK, 2 },
	{ "tests/golden/python.3.13t.memory", 0x30d, 808, PYTHON_SHIM_MARK, 2 },
	{ "tests/golden/python.3.14.memory", 0x30e, 808, PYTHON_SHIM_MARK | PYTHON_TAGGED, 2 },
	/* A thread that computes: its state is at -40 too, while it has the GIL. */
	{ "tests/golden/python.3.15.busy.memory", 0x30f, -8, PYTHON_SHIM_MARK | PYTHON_TAGGED, 2 },
	{ "tests/golden/python.3.15.memory", 0x30f, -40, PYTHON_SHIM_MARK | PYTHON_TAGGED, 2 },
};

#define IMAGE_CNT ARRAY_SIZE(images)

/* A thread beside the main one, both of which wait. */
static const char script[] = "import sys, threading\n"
			     "end = threading.Lock()\n"
			     "end.acquire()\n"
			     "threading.Thread(target=end.acquire).start()\n"
			     "print('python')\n"
			     "sys.stdin.read()\n"
			     "import os; os._exit(0)\n";

static void a_process_is_recorded(void **state)
{
	const char *path = getenv("RECORD"), *other = getenv("SCRIPT");
	struct image_recorder recorder;
	struct process_memory live, recording = { .read = image_record, .ctx = &recorder };
	struct interpreter_file file;
	struct interpreter info;
	struct python python;
	uint64_t bias;
	int fd;

	if (!path)
		skip();
	assert_true(python_start(other ? other : script, &python));
	usleep(100000); /* until both wait */
	assert_int_equal(python_find_file(&python, &file, &bias), 0);
	fd = python_open_memory(&python);
	live = process_memory_of(fd);
	recorder = (struct image_recorder){ .from = &live, .to = fopen(path, "w") };
	recording.bytes_left = live.bytes_left;
	recording.reads_left = live.reads_left;
	fprintf(recorder.to, "process %x %lx %lx\n", file.version, file.root, bias);
	assert_int_equal(python_attach(&recording, &file, bias, &info), 0);
	fclose(recorder.to);
	close(fd);
	python_end(&python);
}

static int attach(struct image *image, struct interpreter *out)
{
	struct process_memory memory = image_memory(image);

	return python_attach(&memory, &image->file, image->bias, out);
}

static void recorded_processes_are_attached_to(void **state)
{
	for (size_t i = 0; i < IMAGE_CNT; i++) {
		const char *row = images[i].path;
		struct image image;
		struct interpreter got;

		image_load(images[i].path, &image);
		ROW_EQUAL(row, attach(&image, &got), 0);
		ROW_EQUAL(row, got.kind, INTERPRETER_PYTHON);
		ROW_EQUAL(row, got.version, images[i].version);
		ROW_EQUAL(row, got.slot, images[i].slot);
		ROW_EQUAL(row, got.flags, images[i].flags);
		ROW_EQUAL(row, got.off[PYTHON_TEXT_SHIFT], images[i].shift);
		ROW_EQUAL(row, got.root[0], image.file.root + image.bias);
		image_free(&image);
	}
}

static uint64_t word(struct image *image, uint64_t address)
{
	uint64_t value = 0;

	assert_int_equal(image_read(image, address, &value, sizeof(value)), 0);
	return value;
}

static void set_byte(struct image *image, uint64_t address, uint8_t value)
{
	for (size_t i = 0; i < image->cnt; i++) {
		struct image_piece *piece = &image->pieces[i];

		if (address >= piece->address && address - piece->address < piece->size)
			piece->bytes[address - piece->address] = value;
	}
}

/* Of the first thread, which is the only one whose frames were read: they are shims, or it has no id. */
static void a_thread_without_code_or_id_is_waited_for(void **state)
{
	for (size_t i = 0; i < IMAGE_CNT; i++) {
		const char *row = images[i].path;
		struct interpreter info, got;
		struct image image;
		uint64_t thread, frame;

		image_load(images[i].path, &image);
		assert_int_equal(attach(&image, &info), 0);
		thread = word(&image, info.root[0] + info.off[PYTHON_RUNTIME_INTERPRETERS]);
		thread = word(&image, thread + info.off[PYTHON_INTERPRETER_THREADS]);
		frame = word(&image, thread + info.off[PYTHON_THREAD_FRAME]);
		if (info.flags & PYTHON_CFRAME)
			frame = word(&image, frame + info.off[PYTHON_CFRAME_FRAME]);
		if (info.flags & PYTHON_SHIM_MARK) {
			set_byte(&image, frame + info.off[PYTHON_FRAME_MARK], PYTHON_OWNER_SHIM);
			ROW_EQUAL(row, attach(&image, &got), -EAGAIN);
			set_byte(&image, frame + info.off[PYTHON_FRAME_MARK], 0);
			ROW_EQUAL(row, attach(&image, &got), 0);
		}
		for (uint64_t at = 0; at < 8; at++)
			set_byte(&image, thread + info.off[PYTHON_THREAD_ID] + at, 0);
		ROW_EQUAL(row, attach(&image, &got), -EAGAIN);
		image_free(&image);
	}
}

/* What attach() says of damaged memory: not yet, not known, or what the kernel program can read. */
static void check_attach(const char *row, struct image *image)
{
	struct interpreter got;
	int err = attach(image, &got);

	ROW_TRUE(row, image->reads < 20000);
	if (err) {
		ROW_TRUE(row, err == -EAGAIN || err == -ENOTSUP || err == -EBADMSG);
		return;
	}
	ROW_TRUE(row, got.off[PYTHON_FRAME_SIZE] <= PYTHON_FRAME_MAX);
	ROW_TRUE(row, got.slot % 8 == 0 && got.slot >= -512 && got.slot < 2304);
	for (int i = PYTHON_CODE_LINE; i <= PYTHON_CODE_LINES; i++)
		ROW_TRUE(row,
			 got.off[i] >= got.off[PYTHON_CODE_BLOCK] &&
				 got.off[i] + 8 <= got.off[PYTHON_CODE_BLOCK] + PYTHON_CODE_SIZE);
}

static void any_byte_may_be_wrong(void **state)
{
	for (size_t i = 0; i < IMAGE_CNT; i++) {
		struct image image;

		image_load(images[i].path, &image);
		for (size_t piece = 0; piece < image.cnt; piece++) {
			for (size_t at = 0; at < image.pieces[piece].size; at++) {
				image.pieces[piece].bytes[at] ^= 0xff;
				check_attach(images[i].path, &image);
				image.pieces[piece].bytes[at] ^= 0xff;
			}
		}
		image_free(&image);
	}
}

static void any_read_may_fail(void **state)
{
	for (size_t i = 0; i < IMAGE_CNT; i++) {
		struct image image;
		struct interpreter got;
		size_t reads;

		image_load(images[i].path, &image);
		attach(&image, &got);
		reads = image.reads;
		assert_true(reads > 5);
		for (image.fails_at = 1; image.fails_at <= reads; image.fails_at++)
			check_attach(images[i].path, &image);
		image_free(&image);
	}
}

/* All words of the process point to the process: lists without an end. */
static int read_circle(void *ctx, uint64_t address, void *to, size_t size)
{
	uint64_t value = 0x1000;

	(*(size_t *)ctx)++;
	for (size_t at = 0; at < size; at += 8)
		memcpy((char *)to + at, &value, size - at < 8 ? size - at : 8);
	return 0;
}

static void lists_without_an_end_are_left(void **state)
{
	for (uint32_t version = 0x307; version < 0x310; version++) {
		const struct interpreter_file file = { INTERPRETER_PYTHON, version, 0x1000, 0, 0 };
		struct process_memory memory = process_memory_of(-1);
		struct interpreter got;
		size_t reads = 0;

		memory.read = read_circle;
		memory.ctx = &reads;
		assert_int_equal(python_attach(&memory, &file, 0, &got),
				 version < 0x30d ? -ENOTSUP : -EBADMSG);
		assert_true(reads < 20000);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_process_is_recorded),
		cmocka_unit_test(recorded_processes_are_attached_to),
		cmocka_unit_test(a_thread_without_code_or_id_is_waited_for),
		cmocka_unit_test(any_byte_may_be_wrong),
		cmocka_unit_test(any_read_may_fail),
		cmocka_unit_test(lists_without_an_end_are_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
