/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * python_image.h - the memory of a process that was read once, as text: what was read then can be
 * read again, and nothing else.
 *
 *	process VERSION ROOT BIAS	of its struct interpreter_file
 *	at ADDRESS SIZE			a read, and behind it its words that are not 0:
 *	OFFSET VALUE
 *
 * All numbers are hexadecimal.  Include after <cmocka.h>.
 */
#ifndef TESTS_UNIT_PYTHON_IMAGE_H
#define TESTS_UNIT_PYTHON_IMAGE_H

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "profiler/interpreters/plug.h"

#define IMAGE_PIECES_MAX 256

struct image_piece {
	uint64_t address;
	size_t size;
	uint8_t *bytes;
};

struct image {
	struct interpreter_file file;
	uint64_t bias;
	struct image_piece pieces[IMAGE_PIECES_MAX];
	size_t cnt;
	size_t reads, fails_at; /* the read of that number, from 1, fails; 0: none */
};

static inline void image_load(const char *path, struct image *image)
{
	struct image_piece *piece = NULL;
	FILE *f = fopen(path, "r");
	char line[256];

	*image = (struct image){ .file.kind = INTERPRETER_PYTHON };
	assert_non_null(f);
	while (fgets(line, sizeof(line), f)) {
		uint64_t a, b;

		if (sscanf(line, "process %x %lx %lx", &image->file.version, &image->file.root,
			   &image->bias) == 3)
			continue;
		if (sscanf(line, "at %lx %lx", &a, &b) == 2) {
			assert_true(image->cnt < IMAGE_PIECES_MAX);
			piece = &image->pieces[image->cnt++];
			*piece = (struct image_piece){ a, b, calloc(1, b + 8) };
			continue;
		}
		assert_int_equal(sscanf(line, "%lx %lx", &a, &b), 2);
		assert_true(piece && a < piece->size);
		memcpy(piece->bytes + a, &b, sizeof(b));
	}
	fclose(f);
}

static inline void image_free(struct image *image)
{
	for (size_t i = 0; i < image->cnt; i++)
		free(image->pieces[i].bytes);
}

static inline int image_read(void *ctx, uint64_t address, void *to, size_t size)
{
	struct image *image = ctx;

	if (++image->reads == image->fails_at)
		return -EIO;
	for (size_t i = 0; i < image->cnt; i++) {
		const struct image_piece *piece = &image->pieces[i];

		if (address >= piece->address && address - piece->address <= piece->size &&
		    size <= piece->size - (address - piece->address)) {
			memcpy(to, piece->bytes + (address - piece->address), size);
			return 0;
		}
	}
	return -EIO;
}

/* Its memory, with the bounds of any. */
static inline struct process_memory image_memory(struct image *image)
{
	struct process_memory memory = process_memory_of(-1);

	memory.read = image_read;
	memory.ctx = image;
	image->reads = 0;
	return memory;
}

/* A reader that writes down what another one reads, once. */
struct image_recorder {
	struct process_memory *from;
	FILE *to;
	uint64_t seen[IMAGE_PIECES_MAX];
	size_t cnt;
};

static inline int image_record(void *ctx, uint64_t address, void *to, size_t size)
{
	struct image_recorder *recorder = ctx;
	int err = process_memory_read(recorder->from, address, to, size);

	if (err)
		return err;
	for (size_t i = 0; i < recorder->cnt; i++) {
		if (recorder->seen[i] == address)
			return 0;
	}
	assert_true(recorder->cnt < IMAGE_PIECES_MAX);
	recorder->seen[recorder->cnt++] = address;
	fprintf(recorder->to, "at %lx %zx\n", address, size);
	for (size_t at = 0; at < size; at += 8) {
		uint64_t value = 0;

		memcpy(&value, (char *)to + at, size - at < 8 ? size - at : 8);
		if (value)
			fprintf(recorder->to, "%zx %lx\n", at, value);
	}
	return 0;
}

#endif /* TESTS_UNIT_PYTHON_IMAGE_H */
