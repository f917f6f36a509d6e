// SPDX-License-Identifier: BSD-2-Clause
/*
 * svg.c - a flame graph as one SVG file: complete as a still picture, and made
 * to answer clicks by viewer.js, which reads all it needs from the picture.
 */
#include "flamegraph/formats.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "flamegraph/layout.h"
#include "flamegraph/out.h"
#include "flamegraph/profile.h"
#include "flamegraph/xml.h"

#define SIDE 10			/* pixels left and right of the frames */
#define TITLE_Y 26		/* its base line */
#define TITLE_SIZE 17
#define SUBTITLE_Y 46
#define FRAMES_Y 40		/* top of the frames without, and */
#define FRAMES_LOW_Y 58		/* with a subtitle above them */
#define DETAILS_DY 20		/* base lines of the two lines below the frames */
#define LEGEND_DY 40
#define FOOT 52			/* pixels below the frames */
#define TEXT_DX 3		/* from a frame's edge to its text */
#define COLUMN 0.61		/* font sizes per column; 0.60 in most monospaced fonts */
#define BASELINE 0.33		/* font sizes from a line's middle to its base line */
#define MIN_COLUMNS 3		/* less is not worth a text */
#define SHADE_CNT 8		/* per kind, in viewer.css */

#define EMBED(symbol, file)                                                              \
	__asm__(".section .rodata\n" #symbol ":\n.incbin \"" file "\"\n" #symbol "_end:\n" \
		".byte 0\n.previous\n");                                                 \
	extern const char symbol[], symbol##_end[] __attribute__((visibility("hidden")))

EMBED(viewer_js, "flamegraph/viewer.js");
EMBED(viewer_css, "flamegraph/viewer.css");

struct canvas {
	const struct profile *p;
	const struct svg_opts *opts;
	const struct layout *layout;
	struct out out;
	double total;		/* weight of the profile */
	double scale;		/* pixels per weight */
	double column;		/* pixels per character */
	unsigned int frames_y;	/* pixels */
	unsigned int bottom;	/* pixels: end of the frames */
	bool has_kind[FRAME_KIND_CNT]; /* drawn, so in the legend */
};

static const struct {
	char class;
	const char *name;
} kinds[FRAME_KIND_CNT] = {
	[FRAME_USER] = { 'u', "user" },
	[FRAME_KERNEL] = { 'k', "kernel" },
	[FRAME_INLINED] = { 'i', "inlined" },
	[FRAME_JIT] = { 'j', "JIT" },
};

/* Grown, shrunk: seven strengths each, as even in lightness as two hues allow. */
static const char change_css[] =
	".g1{fill:#f8ddd3} .g2{fill:#fad0c0} .g3{fill:#fbc1ab} .g4{fill:#fbb195} .g5{fill:#f99f7e}"
	" .g6{fill:#f58c67} .g7{fill:#ef784f}\n"
	".s1{fill:#d8e3f3} .s2{fill:#c8daf2} .s3{fill:#b6d0f1} .s4{fill:#a3c6f0} .s5{fill:#8ebbee}"
	" .s6{fill:#78afeb} .s7{fill:#60a3e7}\n";

static const struct frame root_frame = { "all", 3, FRAME_USER };

void svg_opts_init(struct svg_opts *opts)
{
	*opts = (struct svg_opts){
		.title = "Flame Graph",
		.width = 1200,
		.frame_height = 16,
		.min_width = 0.1,
		.font_type = "monospace",
		.font_size = 12,
		.count_name = "samples",
		.name_type = "Function",
	};
}

static bool is_drawable(const struct svg_opts *o)
{
	return o->width >= 100 && o->width <= 100000 &&
	       o->frame_height >= 4 && o->frame_height <= 1000 &&
	       o->font_size >= 1 && o->font_size <= 1000 &&
	       o->min_width >= 0 && isfinite(o->min_width);
}

static void put_text(struct canvas *c, const char *s)
{
	if (s)
		xml_write(&c->out, s, strlen(s));
}

/* NAME is written as it is: ` x="`. */
static void put_attr(struct canvas *c, const char *name, double value)
{
	out_str(&c->out, name);
	out_hundredths(&c->out, llround(value * 100));
	out_bytes(&c->out, "\"", 1);
}

/* 1234567.5 as 1,234,567.5 */
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

/* FNV-1a, so that a function has the same shade in every graph. */
static unsigned int shade(const char *name, size_t len)
{
	uint32_t hash = 2166136261U;

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ (unsigned char)name[i]) * 16777619U;
	return (hash ^ hash >> 16) % SHADE_CNT;
}

/* Frames that name no function are neutral; a stack that is cut off has a class of its own. */
static void put_class(struct canvas *c, const struct layout_rect *rect, const struct frame *frame)
{
	char class[] = { kinds[frame->kind].class, '0' };
	int change = c->opts->changes ? c->opts->changes->colours[rect->node] : 0;

	if (rect->node == PROFILE_ROOT || (c->opts->changes && !change)) {
		out_str(&c->out, "n");
	} else if (change) {
		class[0] = change > 0 ? 'g' : 's';
		class[1] += abs(change);
		out_bytes(&c->out, class, 2);
	} else if (frame->name[0] == '[' && frame->name[frame->name_len - 1] == ']') {
		out_str(&c->out, strcmp(frame->name, "[incomplete]") ? "n" : "x");
	} else {
		c->has_kind[frame->kind] = true;
		class[1] += shade(frame->name, frame->name_len);
		out_bytes(&c->out, class, 2);
	}
}

/* All of S, or its start and an ellipsis: COLUMNS, at least 1, in all. */
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

/* As much of the name as fits into WIDTH pixels. */
static void put_frame_text(struct canvas *c, const struct frame *frame, double x, double y,
			   double width)
{
	double room = (width - 2 * TEXT_DX) / c->column;

	if (room < MIN_COLUMNS)
		return;
	put_attr(c, "<text x=\"", x + TEXT_DX);
	put_attr(c, " y=\"", y + c->opts->frame_height / 2.0 + c->opts->font_size * BASELINE);
	out_str(&c->out, ">");
	put_fitted(c, frame->name, frame->name_len, room);
	out_str(&c->out, "</text>");
}

/* "; +1.5%", of the whole. */
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
	/* Both edges are rounded, not the width: neighbours then meet. */
	double x = round((SIDE + rect->x * c->scale) * 100) / 100;
	double end = round((SIDE + (rect->x + rect->width) * c->scale) * 100) / 100;

	out_str(&c->out, "<g><title>");
	xml_write(&c->out, frame->name, frame->name_len);
	out_str(&c->out, " (");
	put_count(c, rect->width);
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
	put_attr(c, "\" data-column=\"", c->column);
	out_str(&c->out, ">\n");
	for (size_t i = 0; i < c->layout->rect_cnt; i++)
		put_frame(c, &c->layout->rects[i]);
	out_str(&c->out, "</g>\n");
}

/* A line of its own, SIZE pixels high, cut to the image; none for NULL or "". */
static void put_line(struct canvas *c, const char *id, double y, double size, const char *text)
{
	double room = (c->opts->width - 2.0 * SIDE) / (size * COLUMN);

	if (!text || !*text)
		return;
	out_str(&c->out, "<text id=\"");
	out_str(&c->out, id);
	put_attr(c, "\" text-anchor=\"middle\" x=\"", c->opts->width / 2.0);
	put_attr(c, " y=\"", y);
	put_attr(c, " font-size=\"", size);
	out_str(&c->out, ">");
	put_fitted(c, text, strlen(text), room < 1 ? 1 : room);
	out_str(&c->out, "</text>\n");
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
	out_str(&c->out, "<style>\n");
	out_bytes(&c->out, viewer_css, viewer_css_end - viewer_css);
	if (c->opts->changes)
		out_str(&c->out, change_css);
	out_str(&c->out, "</style>\n<rect id=\"back\" width=\"100%\" height=\"100%\"/>\n");
	put_line(c, "title", TITLE_Y, TITLE_SIZE, c->opts->title);
	put_line(c, "subtitle", SUBTITLE_Y, c->opts->font_size, c->opts->subtitle);
}

/* A square of the colour and the word, for each kind that was drawn. */
static void put_legend(struct canvas *c)
{
	double x = SIDE, y = c->bottom + LEGEND_DY;

	for (int i = 0; i < FRAME_KIND_CNT; i++) {
		if (!c->has_kind[i])
			continue;
		out_str(&c->out, "<rect class=\"");
		out_bytes(&c->out, &kinds[i].class, 1);
		put_attr(c, "3\" x=\"", x);
		put_attr(c, " y=\"", y - 10);
		out_str(&c->out, " width=\"11\" height=\"11\"/><text class=\"legend");
		put_attr(c, "\" x=\"", x + 16);
		put_attr(c, " y=\"", y);
		out_str(&c->out, ">");
		out_str(&c->out, kinds[i].name);
		out_str(&c->out, "</text>\n");
		x += 16 + (strlen(kinds[i].name) + 2) * c->column;
	}
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
	if (!c->opts->no_script) {
		out_str(&c->out, "<script><![CDATA[\n");
		out_bytes(&c->out, viewer_js, viewer_js_end - viewer_js);
		out_str(&c->out, "]]></script>\n");
	}
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

int svg_write(const struct profile *p, const struct svg_opts *opts, FILE *f)
{
	struct canvas c = { .p = p, .total = profile_weight(p) };
	struct svg_opts defaults;
	struct layout *layout;
	double width;
	int err;

	svg_opts_init(&defaults);
	if (!opts)
		opts = &defaults;
	if (!is_drawable(opts))
		return -EINVAL;
	c.opts = opts;
	width = (double)opts->width - 2 * SIDE;
	err = layout_new(p, opts->min_width * c.total / width, &layout);
	if (err)
		return err;
	c.layout = layout;
	c.scale = c.total > 0 ? width / c.total : 0;
	err = draw(&c, f);
	layout_free(layout);
	return err;
}
