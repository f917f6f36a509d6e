// SPDX-License-Identifier: BSD-2-Clause
/* recode.c - see recode.h. */
#include "profiler/commands/recode.h"

#include <errno.h>
#include <iconv.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define BLOCK_SIZE 65536

struct block {
	char bytes[BLOCK_SIZE];
	char *at;
	size_t left;
};

/* Convert the whole characters of BLOCK; at the end the rest will not become whole. */
static int convert(iconv_t converter, struct block *block, bool is_end, FILE *out)
{
	static const char replacement[] = "\xef\xbf\xbd";
	char text[4 * BLOCK_SIZE], *to = text;
	size_t room = sizeof(text);

	while (block->left) {
		if (iconv(converter, &block->at, &block->left, &to, &room) != (size_t)-1)
			break;
		if (errno == EINVAL && !is_end)
			break;
		if (errno != EILSEQ && errno != EINVAL)
			return -errno;
		if (room < sizeof(replacement))
			return -E2BIG;
		memcpy(to, replacement, sizeof(replacement) - 1);
		to += sizeof(replacement) - 1;
		room -= sizeof(replacement) - 1;
		block->at++;
		block->left--;
	}
	return fwrite(text, 1, to - text, out) == (size_t)(to - text) ? 0 : -EIO;
}

static int convert_all(iconv_t converter, FILE *in, FILE *out)
{
	struct block block = { .left = 0 };
	size_t got;
	int err;

	do {
		memmove(block.bytes, block.at ? block.at : block.bytes, block.left);
		got = fread(block.bytes + block.left, 1, BLOCK_SIZE - block.left, in);
		if (ferror(in))
			return errno ? -errno : -EIO;
		block.at = block.bytes;
		block.left += got;
		err = convert(converter, &block, !got, out);
	} while (got && !err);
	return err;
}

/* tmpfile() would make a file, which is not allowed once confine() was called. */
static FILE *memory_file(void)
{
	int fd = memfd_create("wick", MFD_CLOEXEC);
	FILE *f = fd < 0 ? NULL : fdopen(fd, "w+");

	if (!f && fd >= 0)
		close(fd);
	return f;
}

int recode_to_utf8(FILE *in, const char *encoding, FILE **out)
{
	iconv_t converter = iconv_open("UTF-8", encoding);
	FILE *f;
	int err;

	*out = NULL;
	if (converter == (iconv_t)-1)
		return -ENOTSUP;
	f = memory_file();
	err = f ? convert_all(converter, in, f) : -errno;
	iconv_close(converter);
	if (!err && fflush(f))
		err = -errno;
	if (err) {
		if (f)
			fclose(f);
		return err;
	}
	rewind(f);
	*out = f;
	return 0;
}
