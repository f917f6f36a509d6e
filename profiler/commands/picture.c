// SPDX-License-Identifier: BSD-2-Clause
/* picture.c - see picture.h. */
#include "profiler/commands/picture.h"

#include <errno.h>
#include <iconv.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define BLOCK_SIZE 65536

static const char *title_of(const struct picture_options *picture)
{
	if (picture->title)
		return picture->title;
	if (picture->flamechart)
		return "Flame Chart";
	return picture->inverted ? "Icicle Graph" : "Flame Graph";
}

struct svg_opts picture_svg(const struct picture_options *picture)
{
	struct svg_opts svg;

	svg_opts_init(&svg);
	svg.title = title_of(picture);
	svg.subtitle = picture->subtitle;
	svg.colors = picture->colors;
	svg.background = picture->bgcolors;
	svg.notes = picture->notes;
	svg.total = picture->total;
	svg.inverted = picture->inverted;
	svg.negate = picture->negate;
	if (picture->width)
		svg.width = picture->width;
	if (picture->height)
		svg.frame_height = picture->height;
	if (picture->fonttype)
		svg.font_type = picture->fonttype;
	if (picture->fontsize > 0)
		svg.font_size = picture->fontsize;
	if (picture->countname)
		svg.count_name = picture->countname;
	if (picture->nametype)
		svg.name_type = picture->nametype;
	if (picture->factor > 0)
		svg.factor = picture->factor;
	if (picture->minwidth > 0) {
		svg.min_width = picture->minwidth;
		svg.min_is_percent = picture->minwidth_is_percent;
	}
	return svg;
}

struct html_opts picture_html(const struct picture_options *picture)
{
	struct html_opts html;

	html_opts_init(&html);
	html.title = title_of(picture);
	html.subtitle = picture->subtitle;
	html.colors = picture->colors;
	html.background = picture->bgcolors;
	html.notes = picture->notes;
	html.total = picture->total;
	html.inverted = picture->inverted;
	html.negate = picture->negate;
	if (picture->countname)
		html.count_name = picture->countname;
	if (picture->factor > 0)
		html.factor = picture->factor;
	if (picture->minwidth_is_percent)
		html.min_percent = picture->minwidth;
	return html;
}

struct block {
	char bytes[BLOCK_SIZE];
	char *at;
	size_t left;
};

/* As much of BLOCK as makes whole characters; IS_END: what is left is not going to be whole. */
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

/* Not tmpfile(): what is read was written by others, and no file is made then (confine.h). */
static FILE *memory_file(void)
{
	int fd = memfd_create("wick", MFD_CLOEXEC);
	FILE *f = fd < 0 ? NULL : fdopen(fd, "w+");

	if (!f && fd >= 0)
		close(fd);
	return f;
}

int picture_recode(FILE *in, const char *encoding, FILE **out)
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
