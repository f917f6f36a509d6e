// SPDX-License-Identifier: BSD-2-Clause
/* options_picture.c - how a picture is to look, see options_parse.h. */
#include "profiler/commands/options_parse.h"
#include "flamegraph/palette.h"

#include <errno.h>
#include <iconv.h>
#include <string.h>

#define MIN_WIDTH  100 /* pixels, as svg_write() has them */
#define MAX_WIDTH  100000
#define MIN_HEIGHT 4
#define MAX_HEIGHT 1000
#define MAX_FACTOR 1e15

/* Whole pixels are drawn; a fraction is no error. */
static unsigned int parse_pixels(struct argp_state *state, const char *what, const char *arg,
				 unsigned int min, unsigned int max)
{
	double value = parse_positive(state, what, arg, max);

	if (value < min)
		argp_error(state, "%s: '%s' is below the least that can be drawn, %u", what, arg,
			   min);
	return (unsigned int)value;
}

/* Pixels, or a share of the whole: "0.5%". */
static void parse_minwidth(struct argp_state *state, struct picture_options *picture, char *arg)
{
	size_t len = strlen(arg);

	picture->minwidth_is_percent = len && arg[len - 1] == '%';
	if (picture->minwidth_is_percent)
		arg[len - 1] = '\0';
	picture->minwidth = parse_positive(state, "--minwidth", arg,
					   picture->minwidth_is_percent ? 100 : MAX_WIDTH);
}

static const char *check_palette(struct argp_state *state, const char *name)
{
	if (!palette_find(name))
		argp_error(state, "--colors: unknown palette '%s' (see --help)", name);
	return name;
}

static const char *check_background(struct argp_state *state, const char *name)
{
	struct palette_back back;

	if (!palette_find_back(name, &back))
		argp_error(state, "--bgcolors: '%s' is not yellow, blue, green, grey or #rrggbb",
			   name);
	return name;
}

static const char *check_encoding(struct argp_state *state, const char *name)
{
	iconv_t converter = iconv_open("UTF-8", name);

	if (converter == (iconv_t)-1)
		argp_error(state, "--encoding: unknown encoding '%s' (see iconv -l)", name);
	else
		iconv_close(converter);
	return name;
}

static error_t parse_text(int key, char *arg, struct picture_options *picture)
{
	switch (key) {
	case KEY_TITLE:
		picture->title = arg;
		return 0;
	case KEY_SUBTITLE:
		picture->subtitle = arg;
		return 0;
	case KEY_COUNTNAME:
		picture->countname = arg;
		return 0;
	case KEY_NAMETYPE:
		picture->nametype = arg;
		return 0;
	case KEY_FONTTYPE:
		picture->fonttype = arg;
		return 0;
	case KEY_NOTES:
		picture->notes = arg;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static error_t parse_value(int key, char *arg, struct argp_state *state,
			   struct picture_options *picture)
{
	switch (key) {
	case KEY_WIDTH:
		picture->width = parse_pixels(state, "--width", arg, MIN_WIDTH, MAX_WIDTH);
		return 0;
	case KEY_HEIGHT:
		picture->height = parse_pixels(state, "--height", arg, MIN_HEIGHT, MAX_HEIGHT);
		return 0;
	case KEY_MINWIDTH:
		parse_minwidth(state, picture, arg);
		return 0;
	case KEY_FONTSIZE:
		picture->fontsize = parse_pixels(state, "--fontsize", arg, 1, MAX_HEIGHT);
		return 0;
	case KEY_FACTOR:
		picture->factor = parse_positive(state, "--factor", arg, MAX_FACTOR);
		return 0;
	case KEY_TOTAL:
		picture->total = parse_positive(state, "--total", arg, MAX_FACTOR);
		return 0;
	case KEY_COLORS:
		picture->colors = check_palette(state, arg);
		return 0;
	case KEY_BGCOLORS:
		picture->bgcolors = check_background(state, arg);
		return 0;
	case KEY_ENCODING:
		picture->encoding = check_encoding(state, arg);
		return 0;
	default:
		return parse_text(key, arg, picture);
	}
}

error_t parse_picture(int key, char *arg, struct argp_state *state, struct picture_options *picture)
{
	switch (key) {
	case KEY_HASH:
		return 0;
	case KEY_REVERSE:
		picture->reverse = true;
		return 0;
	case KEY_INVERTED:
		picture->inverted = true;
		return 0;
	case KEY_FLAMECHART:
		picture->flamechart = true;
		return 0;
	case KEY_NEGATE:
		picture->negate = true;
		return 0;
	default:
		return parse_value(key, arg, state, picture);
	}
}
