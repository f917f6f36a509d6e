// SPDX-License-Identifier: BSD-2-Clause
/*
 * svg.c - a flame graph as one SVG file: complete as a still picture, and made
 * to answer clicks by viewer/svg*.js, which read all it needs from the picture.
 */
#include "flamegraph/formats.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "flamegraph/assets.h"
#include "flamegraph/layout.h"
#include "flamegraph/out.h"
#include "flamegraph/palette.h"
#include "flamegraph/profile.h"
#include "flamegraph/xml.h"

#define SIDE	     10 /* pixels left and right of the frames */
#define TITLE_Y	     26 /* base line of the title */
#define TITLE_SIZE   17
#define SUBTITLE_Y   46
#define FRAMES_Y     40 /* top of the frames if there is no subtitle */
#define FRAMES_LOW_Y 58 /* top of the frames below a subtitle */
#define DETAILS_DY   20 /* from the frames to the base line of the details */
#define LEGEND_DY    40
#define FOOT	     52	  /* pixels below the frames */
#define TEXT_DX	     3	  /* from a frame's edge to its text */
#define COLUMN	     0.61 /* font sizes per column; 0.60 in most monospaced fonts */
#define BASELINE     0.33 /* font sizes from a line's middle to its base line */
#define MIN_COLUMNS  3	  /* narrower frames get no text */

struct canvas {
	const struct profile *p;
	const struct picture_opts *opts;
	const struct layout *layout;
	struct out out;
	const struct palette *palette;
	struct palette_extras extras;
	struct palette_back back;
	bool has_back;			 /* `back` is used instead of the one in viewer/svg.css */
	double total;			 /* weight of the whole width */
	double scale;			 /* pixels per weight */
	double column;			 /* pixels per character */
	unsigned int frames_y;		 /* pixels */
	unsigned int bottom;		 /* pixels: end of the frames */
	bool has_rule[PALETTE_RULE_MAX]; /* rules of the palette that are used */
};

static const struct frame root_frame = { "all", 3, FRAME_USER };

static bool is_drawable(const struct picture_opts *o)
{
	return o->width >= PICTURE_WIDTH_MIN && o->width <= PICTURE_WIDTH_MAX &&
	       o->frame_height >= PICTURE_HEIGHT_MIN && o->frame_height <= PICTURE_HEIGHT_MAX &&
	       o->font_size >= PICTURE_FONT_MIN && o->font_size <= PICTURE_FONT_MAX &&
	       o->min_width >= 0 && isfinite(o->min_width) && o->factor > 0 &&
	       isfinite(o->factor) && o->total >= 0 && isfinite(o->total);
}

static void put_text(struct canvas *c, const char *s)
{
	if (s)
		xml_write(&c->out, s, strlen(s));
}

/* Write an attribute; NAME is written as it is: ` x="`. */
static void put_attr(struct canvas *c, const char *name, double value)
{
	out_str(&c->out, name);
	out_hundredths(&c->out, llround(value * 100));
	out_bytes(&c->out, "\"", 1);
}

/* Write 1234567.5 as 1,234,567.5. */
static void put_count(struct canvas *c, double weight)
{
	char text[OUT_WEIGHT_SIZE];
	size_t len = out_format_weight(text, weight), whole = strcspn(text, ".");

	for (size_t i = 0; i < len; i++) {
		if (i && i < whole && (whole - i) % 3 == 0)
			out_bytes(&c->out, ",", 1);
		out_bytes(&c->out, text + i, 1);
	}
}

static const struct frame *frame_of(const struct canvas *c, const struct layout_rect *rect)
{
	if (rect->node == PROFILE_ROOT)
		return &root_frame;
	return profile_frame_at(c->p, profile_nodes(c->p)[rect->node].frame);
}

/* The class depends on the function, or on how it changed. */
static void pick_class(struct canvas *c, const struct layout_rect *rect, const struct frame *frame,
		       char class[2])
{
	const struct profile_changes *changes = c->opts->changes;

	if (!changes)
		c->has_rule[palette_class(c->palette, frame, class)] = true;
	else if (changes->colors[rect->node])
		palette_change_class(changes->colors[rect->node], c->opts->negate, class);
	else
		class[0] = 'n';
}

/* Frames that name no function are neutral; a stack that is cut off has a class of its own. */
static void put_class(struct canvas *c, const struct layout_rect *rect, const struct frame *frame)
{
	char class[3] = "n";

	if (rect->node == PROFILE_ROOT)
		class[0] = 'n';
	else if (!strcmp(frame->name, "[incomplete]"))
		class[0] = 'x';
	else if (c->opts->changes || frame->name[0] != '[' ||
		 frame->name[frame->name_len - 1] != ']')
		pick_class(c, rect, frame, class);
	out_str(&c->out, class);
}

/* Write all of S, or its start and an ellipsis, in COLUMNS columns, at least 1. */
static void put_fitted(struct canvas *c, const char *s, size_t s_len, size_t columns)
{
	size_t len = xml_fit(s, s_len, columns);

	if (len == s_len) {
		xml_write(&c->out, s, len);
		return;
	}
	xml_write(&c->out, s, xml_fit(s, len, columns - 1));
	out_str(&c->out, "\xe2\x80\xa6");
}

/* Write as much of the name as fits into WIDTH pixels. */
static void put_frame_text(struct canvas *c, const struct frame *frame, double x, double y,
			   double width)
{
	double columns = (width - 2 * TEXT_DX) / c->column;

	if (columns < MIN_COLUMNS)
		return;
	put_attr(c, "<text x=\"", x + TEXT_DX);
	put_attr(c, " y=\"", y + c->opts->frame_height / 2.0 + c->opts->font_size * BASELINE);
	out_str(&c->out, ">");
	put_fitted(c, frame->name, frame->name_len, columns);
	out_str(&c->out, "</text>");
}

/* Write "; +1.5%", which is the share of the whole. */
static void put_change(struct canvas *c, const struct layout_rect *rect)
{
	long long hundredths;

	if (!c->opts->changes)
		return;
	hundredths = llround(c->opts->changes->weights[rect->node] / c->total * 10000);
	out_str(&c->out, hundredths > 0 ? "; +" : "; ");
	out_hundredths(&c->out, hundredths);
	out_str(&c->out, "%");
}

static void put_frame(struct canvas *c, const struct layout_rect *rect)
{
	const struct frame *frame = frame_of(c, rect);
	unsigned int row = c->opts->inverted ? rect->depth : c->layout->depth_cnt - 1 - rect->depth;
	double y = c->frames_y + row * c->opts->frame_height;
	/* Both edges are rounded and not the width, so that neighbours meet. */
	double x = round((SIDE + rect->x * c->scale) * 100) / 100;
	double end = round((SIDE + (rect->x + rect->width) * c->scale) * 100) / 100;

	out_str(&c->out, "<g><title>");
	xml_write(&c->out, frame->name, frame->name_len);
	out_str(&c->out, " (");
	put_count(c, rect->width * c->opts->factor);
	out_str(&c->out, " ");
	put_text(c, c->opts->count_name);
	out_str(&c->out, ", ");
	out_hundredths(&c->out, llround(rect->width / c->total * 10000));
	out_str(&c->out, "%");
	put_change(c, rect);
	out_str(&c->out, ")</title><rect class=\"");
	put_class(c, rect, frame);
	put_attr(c, "\" x=\"", x);
	put_attr(c, " y=\"", y);
	put_attr(c, " width=\"", end - x);
	put_attr(c, " height=\"", c->opts->frame_height - 1);
	out_str(&c->out, "/>");
	put_frame_text(c, frame, x, y, end - x);
	out_str(&c->out, "</g>\n");
}

static void put_frames(struct canvas *c)
{
	out_str(&c->out, "<g id=\"frames\" data-name=\"");
	put_text(c, c->opts->name_type);
	/* Scripts made for flamegraph.pl give "Function:", as its default is. */
	if (!*c->opts->name_type || c->opts->name_type[strlen(c->opts->name_type) - 1] != ':')
		out_str(&c->out, ":");
	put_attr(c, "\" data-column=\"", c->column);
	out_str(&c->out, ">\n");
	for (size_t i = 0; i < c->layout->rect_cnt; i++)
		put_frame(c, &c->layout->rects[i]);
	out_str(&c->out, "</g>\n");
}

/* Write a line, SIZE pixels high and cut to the image; nothing for NULL or "". */
static void put_line(struct canvas *c, const char *id, double y, double size, const char *text)
{
	double columns = (c->opts->width - 2.0 * SIDE) / (size * COLUMN);

	if (!text || !*text)
		return;
	out_str(&c->out, "<text id=\"");
	out_str(&c->out, id);
	put_attr(c, "\" text-anchor=\"middle\" x=\"", c->opts->width / 2.0);
	put_attr(c, " y=\"", y);
	put_attr(c, " font-size=\"", size);
	out_str(&c->out, ">");
	put_fitted(c, text, strlen(text), columns < 1 ? 1 : columns);
	out_str(&c->out, "</text>\n");
}

static void put_rule(struct canvas *c, const char *selector, uint32_t rgb)
{
	out_str(&c->out, selector);
	palette_write_rgb(&c->out, rgb);
	out_str(&c->out, "}\n");
}

/* Write the colors of one scheme that are not in the style sheets. */
static void put_colors(struct canvas *c, bool dark)
{
	uint32_t back = dark ? c->back.dark : c->back.light;

	if (c->has_back) {
		put_rule(c, "svg{background:", back);
		put_rule(c, "#back{fill:", back);
		put_rule(c, "#frames rect{stroke:", back);
	}
	palette_write(&c->out, c->palette, &c->extras, dark, PALETTE_CLASSES);
}

/* Colors are light, or dark where the viewer prefers it; a flat background decides for all. */
static void put_style(struct canvas *c)
{
	bool is_fixed = c->has_back && c->back.is_flat;
	bool has_dark = !is_fixed || palette_is_dark(c->back.dark);

	out_str(&c->out, "<style>\n");
	asset_write(&c->out, ASSET_SVG_CSS);
	if (!is_fixed || !has_dark)
		put_colors(c, false);
	if (has_dark) {
		if (!is_fixed)
			out_str(&c->out, "@media (prefers-color-scheme:dark){\n");
		asset_write(&c->out, ASSET_SVG_DARK_CSS);
		put_colors(c, true);
		if (!is_fixed)
			out_str(&c->out, "}\n");
	}
	out_str(&c->out, "</style>\n");
}

static void put_head(struct canvas *c)
{
	unsigned int height = c->bottom + FOOT;

	out_str(&c->out, "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"no\"?>\n"
			 "<svg xmlns=\"http://www.w3.org/2000/svg\"");
	put_attr(c, " width=\"", c->opts->width);
	put_attr(c, " height=\"", height);
	out_str(&c->out, " viewBox=\"0 0 ");
	out_hundredths(&c->out, c->opts->width * 100LL);
	put_attr(c, " ", height);
	out_str(&c->out, " font-family=\"");
	put_text(c, c->opts->font_type);
	put_attr(c, "\" font-size=\"", c->opts->font_size);
	out_str(&c->out, ">\n<title>");
	put_text(c, c->opts->title);
	out_str(&c->out, "</title>\n");
	if (c->opts->notes) {
		out_str(&c->out, "<metadata>");
		put_text(c, c->opts->notes);
		out_str(&c->out, "</metadata>\n");
	}
	put_style(c);
	out_str(&c->out, "<rect id=\"back\" width=\"100%\" height=\"100%\"/>\n");
	put_line(c, "title", TITLE_Y, TITLE_SIZE, c->opts->title);
	put_line(c, "subtitle", SUBTITLE_Y, c->opts->font_size, c->opts->subtitle);
}

/* Has an earlier rule that is used the same word? */
static bool is_repeated(const struct canvas *c, size_t rule, const char *label)
{
	for (size_t i = 0; i < rule; i++) {
		char family;
		const char *other = c->has_rule[i] ? palette_label(c->palette, i, &family) : NULL;

		if (other && !strcmp(other, label))
			return true;
	}
	return false;
}

/* Write a square of the color and the word, for each rule that is used. */
static void put_legend(struct canvas *c)
{
	double x = SIDE, y = c->bottom + LEGEND_DY;

	for (size_t i = 0; i < PALETTE_RULE_MAX; i++) {
		char family;
		const char *label = c->has_rule[i] ? palette_label(c->palette, i, &family) : NULL;

		if (!label || is_repeated(c, i, label))
			continue;
		out_str(&c->out, "<rect class=\"");
		out_bytes(&c->out, &family, 1);
		put_attr(c, "3\" x=\"", x);
		put_attr(c, " y=\"", y - 10);
		out_str(&c->out, " width=\"11\" height=\"11\"/><text class=\"legend");
		put_attr(c, "\" x=\"", x + 16);
		put_attr(c, " y=\"", y);
		out_str(&c->out, ">");
		out_str(&c->out, label);
		out_str(&c->out, "</text>\n");
		x += 16 + (strlen(label) + 2) * c->column;
	}
}

static void put_script(struct canvas *c)
{
	/* Each stands behind those that it imports from. */
	static const enum asset modules[] = {
		ASSET_FIT_JS,	    ASSET_EXPRESSION_JS, ASSET_SHORTCUTS_JS,  ASSET_URL_STATE_JS,
		ASSET_SVG_DOM_JS,   ASSET_SVG_FRAME_JS,	 ASSET_SVG_FRAMES_JS, ASSET_SVG_CONTROLS_JS,
		ASSET_SVG_INPUT_JS, ASSET_SVG_JS,
	};

	out_str(&c->out, "<script><![CDATA[");
	asset_write_script(&c->out, modules, sizeof(modules) / sizeof(*modules));
	out_str(&c->out, "]]></script>\n");
}

static void put_foot(struct canvas *c)
{
	put_attr(c, "<text id=\"details\" x=\"", SIDE);
	put_attr(c, " y=\"", c->bottom + DETAILS_DY);
	out_str(&c->out, "/>\n<text id=\"matched\" text-anchor=\"end\"");
	put_attr(c, " x=\"", (double)c->opts->width - SIDE);
	put_attr(c, " y=\"", c->bottom + LEGEND_DY);
	out_str(&c->out, "/>\n");
	put_legend(c);
	if (!c->opts->no_script)
		put_script(c);
	out_str(&c->out, "</svg>\n");
}

static int draw(struct canvas *c, FILE *f)
{
	unsigned int row_cnt = c->layout->depth_cnt ? c->layout->depth_cnt : 1;

	c->frames_y = c->opts->subtitle ? FRAMES_LOW_Y : FRAMES_Y;
	c->bottom = c->frames_y + row_cnt * c->opts->frame_height;
	c->column = c->opts->font_size * COLUMN;
	out_init(&c->out, f);
	put_head(c);
	if (c->layout->rect_cnt)
		put_frames(c);
	else
		put_line(c, "empty", c->bottom, c->opts->font_size, "no samples");
	put_foot(c);
	return out_finish(&c->out);
}

static double min_weight(const struct canvas *c)
{
	if (c->opts->min_is_percent)
		return c->opts->min_width / 100 * c->total;
	return c->opts->min_width * c->total / (c->opts->width - 2.0 * SIDE);
}

int svg_write(const struct profile *p, const struct picture_opts *opts, FILE *f)
{
	struct canvas c = { .p = p };
	struct picture_opts defaults;
	struct layout *layout;
	int err;

	picture_opts_init(&defaults);
	c.opts = opts ? opts : &defaults;
	c.palette = palette_find(c.opts->colors);
	c.extras.changes = c.opts->changes;
	c.extras.interpreted = profile_has_kind(p, FRAME_INTERPRETED);
	c.has_back = c.opts->background;
	if (!is_drawable(c.opts) || !c.palette ||
	    (c.has_back && !palette_find_back(c.opts->background, &c.back)))
		return -EINVAL;
	c.total = fmax(profile_weight(p), c.opts->total);
	err = layout_new(p, min_weight(&c), &layout);
	if (err)
		return err;
	if (layout->rect_cnt)
		layout->rects[0].width = c.total;
	c.layout = layout;
	c.scale = c.total > 0 ? (c.opts->width - 2.0 * SIDE) / c.total : 0;
	err = draw(&c, f);
	layout_free(layout);
	return err;
}
