// SPDX-License-Identifier: BSD-2-Clause
/* options_picture.c - how a picture is to look, see options_parse.h. */
#include "profiler/commands/options_parse.h"
#include "flamegraph/palette.h"

#include <string.h>

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
static void parse_minwidth(struct argp_state *state, struct picture_opts *picture, char *arg)
{
	size_t len = strlen(arg);

	picture->min_is_percent = len && arg[len - 1] == '%';
	if (picture->min_is_percent)
		arg[len - 1] = '\0';
	picture->min_width = parse_positive(state, "--minwidth", arg,
					    picture->min_is_percent ? 100 : PICTURE_WIDTH_MAX);
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

static error_t parse_text(int key, char *arg, struct picture_opts *picture)
{
	switch (key) {
	case KEY_TITLE:
		picture->title = arg;
		return 0;
	case KEY_SUBTITLE:
		picture->subtitle = arg;
		return 0;
	case KEY_COUNTNAME:
		picture->count_name = arg;
		return 0;
	case KEY_NAMETYPE:
		picture->name_type = arg;
		return 0;
	case KEY_FONTTYPE:
		picture->font_type = arg;
		return 0;
	case KEY_NOTES:
		picture->notes = arg;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static error_t parse_value(int key, char *arg, struct argp_state *state,
			   struct picture_opts *picture)
{
	switch (key) {
	case KEY_WIDTH:
		picture->width =
			parse_pixels(state, "--width", arg, PICTURE_WIDTH_MIN, PICTURE_WIDTH_MAX);
		return 0;
	case KEY_HEIGHT:
		picture->frame_height = parse_pixels(state, "--height", arg, PICTURE_HEIGHT_MIN,
						     PICTURE_HEIGHT_MAX);
		return 0;
	case KEY_MINWIDTH:
		parse_minwidth(state, picture, arg);
		return 0;
	case KEY_FONTSIZE:
		picture->font_size =
			parse_pixels(state, "--fontsize", arg, PICTURE_FONT_MIN, PICTURE_FONT_MAX);
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
		picture->background = check_background(state, arg);
		return 0;
	default:
		return parse_text(key, arg, picture);
	}
}

error_t parse_picture(int key, char *arg, struct argp_state *state, struct picture_opts *picture)
{
	switch (key) {
	case KEY_HASH:
		return 0;
	case KEY_INVERTED:
		picture->inverted = true;
		return 0;
	case KEY_NEGATE:
		picture->negate = true;
		return 0;
	default:
		return parse_value(key, arg, state, picture);
	}
}
