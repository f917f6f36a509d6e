// SPDX-License-Identifier: BSD-2-Clause
/*
 * palette.c - families of eight shades, and rules that choose one.
 *
 * The shades are computed in OKLCH: a family is a range of hue at even
 * lightness, so that no frame shouts and black (in dark: white) text is read on all.
 */
#include "flamegraph/palette.h"

#include <stdio.h>
#include <string.h>

#include "flamegraph/frame.h"
#include "flamegraph/out.h"

enum palette_family {
	FAMILY_AMBER,
	FAMILY_VIOLET,
	FAMILY_CYAN,
	FAMILY_LIME,
	FAMILY_AZURE,
	FAMILY_RED,
	FAMILY_ORANGE,
	FAMILY_YELLOW,
	FAMILY_GREEN,
	FAMILY_AQUA,
	FAMILY_BLUE,
	FAMILY_PURPLE,
	FAMILY_FLAME,
	FAMILY_GROWN,
	FAMILY_SHRUNK,
	FAMILY_CNT,
};

static const struct {
	char letter;
	uint32_t light[PALETTE_SHADE_CNT], dark[PALETTE_SHADE_CNT]; /* 0xrrggbb */
} families[FAMILY_CNT] = {
	[FAMILY_AMBER] = { 'u',
			   { 0xfca074, 0xfebc95, 0xfead6d, 0xfdc998, 0xfdba69, 0xecb35a, 0xf9c86a,
			     0xe7c15e },
			   { 0x804223, 0x935630, 0x854c20, 0x976030, 0x89571f, 0x7b4d0b, 0x8c6121,
			     0x7e580f } },
	[FAMILY_VIOLET] = { 'k',
			    { 0xb1b4f3, 0xc8c6fe, 0xc1b8f8, 0xd7ccfe, 0xd1bdfc, 0xcab0ee, 0xe1c1ff,
			      0xd9b5f0 },
			    { 0x4f507c, 0x64618f, 0x5c5582, 0x716694, 0x695a87, 0x614f7a, 0x76608b,
			      0x6e547e } },
	[FAMILY_CYAN] = { 'i',
			  { 0x74ccce, 0x86dee5, 0x7cd2de, 0x90e4f5, 0x86d7ee, 0x7ecbe6, 0x93dcfc,
			    0x8cd0f3 },
			  { 0x196163, 0x2f7378, 0x236770, 0x397986, 0x2f6d7d, 0x266174, 0x3c738a,
			    0x346780 } },
	[FAMILY_LIME] = { 'j',
			  { 0xa6c87a, 0xb3dc90, 0xa2d28a, 0xafe6a0, 0x9edc9a, 0x8ed294, 0x9be5ab,
			    0x8adba5 },
			  { 0x475e25, 0x54723a, 0x466733, 0x537b48, 0x447041, 0x34663a, 0x427950,
			    0x326e49 } },
	/* Darker than the rest, because its hue lies between two that are taken. */
	[FAMILY_AZURE] = { 'z',
			   { 0x489ce0, 0x60aef5, 0x58a0e9, 0x6fb2fe, 0x6aa7f4, 0x6399e7, 0x79abfc,
			     0x719def },
			   { 0x014a7e, 0x085a9a, 0x035191, 0x2362a5, 0x1b5598, 0x13498c, 0x2d5ca3,
			     0x255096 } },
	[FAMILY_RED] = { 'r',
			 { 0xff9ea6, 0xffbfb8, 0xfeb19e, 0xffc8c8, 0xff998b, 0xffb9a3, 0xfea8a5,
			   0xffc2b5 },
			 { 0x832f3b, 0x9a4541, 0x8c3c28, 0xa44d52, 0x83312a, 0x99482f, 0x8d393a,
			   0xa44f40 } },
	[FAMILY_ORANGE] = { 'o',
			    { 0xfda670, 0xfec392, 0xfcb868, 0xfecbaa, 0xf1a75e, 0xffbe6b, 0xfeae6f,
			      0xfec68d },
			    { 0x7b3c09, 0x8e5318, 0x7b4c03, 0x9a5929, 0x744201, 0x875806, 0x82460b,
			      0x945e1c } },
	[FAMILY_YELLOW] = { 'y',
			    { 0xdfb956, 0xe9d16b, 0xd3cc66, 0xf6d471, 0xccba53, 0xd4d26c, 0xddc15b,
			      0xe3d66f },
			    { 0x644c00, 0x72631c, 0x605a11, 0x7f6926, 0x5c5000, 0x686722, 0x69560a,
			      0x766e28 } },
	[FAMILY_GREEN] = { 'g',
			   { 0xa9cb7d, 0xade39c, 0x94db9f, 0xbde79a, 0x90cb89, 0x94e1a9, 0xa4d38a,
			     0xa4e6a6 },
			   { 0x405a13, 0x457036, 0x296737, 0x567837, 0x2c5d26, 0x2f7346, 0x3f6426,
			     0x437b46 } },
	[FAMILY_AQUA] = { 'a',
			  { 0x7dd0c0, 0x8ce3de, 0x81d8df, 0x95eadd, 0x72caca, 0x86dce7, 0x7ed5cc,
			    0x8ce4e7 },
			  { 0x115d51, 0x26706d, 0x156469, 0x337970, 0x055c5c, 0x256f77, 0x18655f,
			    0x2f787b } },
	[FAMILY_BLUE] = { 'b',
			  { 0x89c6ee, 0xaed6fe, 0xa8c9fe, 0xb3ddfe, 0x92bdef, 0xb3ccfe, 0x94c9f7,
			    0xb7d5ff },
			  { 0x155679, 0x3a6792, 0x3c5887, 0x3a7299, 0x2b527d, 0x4a6294, 0x2a5c84,
			    0x4b6d9d } },
	[FAMILY_PURPLE] = { 'p',
			    { 0xc6b1f0, 0xe5c0fc, 0xe5b4e9, 0xe2ccff, 0xd0a8e0, 0xedb8ea, 0xd3b3f0,
			      0xedc0f8 },
			    { 0x58437a, 0x745388, 0x704674, 0x775e96, 0x633f71, 0x7f507d, 0x66497f,
			      0x835a8c } },
	[FAMILY_FLAME] = { 'f',
			   { 0xfea195, 0xfec0ad, 0xffb38c, 0xffcca6, 0xf1a74f, 0xfcc05c, 0xe7bd4f,
			     0xead362 },
			   { 0x81332c, 0x974a32, 0x884117, 0x9a5920, 0x714401, 0x835a01, 0x6e5400,
			     0x7d6b00 } },
	[FAMILY_GROWN] = { 'd',
			   { 0xf1d7d2, 0xf5cac3, 0xf8bdb4, 0xfbb0a5, 0xfda297, 0xfe9489, 0xff857b,
			     0xff756e },
			   { 0x4c3734, 0x5a3a35, 0x693c36, 0x783e37, 0x874039, 0x95413a, 0xa5413c,
			     0xb4413e } },
	[FAMILY_SHRUNK] = { 's',
			    { 0xcde1f0, 0xbcdaf2, 0xacd3f4, 0x9dcbf5, 0x8ec3f7, 0x80bbf9, 0x73b2fb,
			      0x66a8fc },
			    { 0x2f3f4b, 0x2e475a, 0x2d4e68, 0x2d5577, 0x2d5b86, 0x2d6296, 0x2f68a6,
			      0x326eb7 } },
};

#define ANY_KIND FRAME_KIND_CNT

/* The first rule that fits a frame is its rule. */
struct palette_rule {
	const char *label;    /* word in the legend; NULL if it is not there */
	enum frame_kind kind; /* kind of the frames, or ANY_KIND */
	const char *mark;     /* text that the name contains; NULL if any name fits */
	enum palette_family family;
};

struct palette {
	const char *name;
	struct palette_rule rules[PALETTE_RULE_MAX]; /* the last in use fits every frame */
};

#define ONE_FAMILY(family)                                                                         \
	{                                                                                          \
		{                                                                                  \
			NULL, ANY_KIND, NULL, family                                               \
		}                                                                                  \
	}

static const struct palette palettes[] = {
	{ "wick",
	  { { "user", FRAME_USER, NULL, FAMILY_AMBER },
	    { "kernel", FRAME_KERNEL, NULL, FAMILY_VIOLET },
	    { "inlined", FRAME_INLINED, NULL, FAMILY_CYAN },
	    { "interpreted", FRAME_INTERPRETED, NULL, FAMILY_AZURE },
	    { "JIT", ANY_KIND, NULL, FAMILY_LIME } } },
	{ "hot", ONE_FAMILY(FAMILY_FLAME) },
	{ "mem", ONE_FAMILY(FAMILY_GREEN) },
	{ "io", ONE_FAMILY(FAMILY_BLUE) },
	{ "wakeup", ONE_FAMILY(FAMILY_AQUA) },
	{ "chain",
	  { { "waker", ANY_KIND, "_[w]", FAMILY_AQUA },
	    { "waiting", ANY_KIND, NULL, FAMILY_BLUE } } },
	{ "java",
	  { { "kernel", FRAME_KERNEL, NULL, FAMILY_ORANGE },
	    { "inlined", FRAME_INLINED, NULL, FAMILY_AQUA },
	    { "Java", FRAME_JIT, NULL, FAMILY_GREEN },
	    { "Java", FRAME_INTERPRETED, NULL, FAMILY_GREEN },
	    { "C++", ANY_KIND, "::", FAMILY_YELLOW },
	    { "Java", ANY_KIND, "/", FAMILY_GREEN },
	    { "native", ANY_KIND, NULL, FAMILY_RED } } },
	{ "js",
	  { { "kernel", FRAME_KERNEL, NULL, FAMILY_ORANGE },
	    { "JavaScript", FRAME_JIT, NULL, FAMILY_GREEN },
	    { "JavaScript", FRAME_INTERPRETED, NULL, FAMILY_GREEN },
	    { "C++", ANY_KIND, "::", FAMILY_YELLOW },
	    { "JavaScript", ANY_KIND, ".js", FAMILY_GREEN },
	    { "builtin", ANY_KIND, "Builtin", FAMILY_AQUA },
	    { "native", ANY_KIND, NULL, FAMILY_RED } } },
	{ "perl",
	  { { "kernel", FRAME_KERNEL, NULL, FAMILY_ORANGE },
	    { "Perl", FRAME_INTERPRETED, NULL, FAMILY_GREEN },
	    { "C++", ANY_KIND, "::", FAMILY_YELLOW },
	    { "Perl", ANY_KIND, "Perl_", FAMILY_GREEN },
	    { "Perl", ANY_KIND, ".pl", FAMILY_GREEN },
	    { "native", ANY_KIND, NULL, FAMILY_RED } } },
	{ "red", ONE_FAMILY(FAMILY_RED) },
	{ "green", ONE_FAMILY(FAMILY_GREEN) },
	{ "blue", ONE_FAMILY(FAMILY_BLUE) },
	{ "aqua", ONE_FAMILY(FAMILY_AQUA) },
	{ "yellow", ONE_FAMILY(FAMILY_YELLOW) },
	{ "purple", ONE_FAMILY(FAMILY_PURPLE) },
	{ "orange", ONE_FAMILY(FAMILY_ORANGE) },
};

static const struct {
	const char *name;
	struct palette_back back;
} backs[] = {
	{ "yellow", { 0xfbf5df, 0x262318, false } },
	{ "blue", { 0xeaf1fb, 0x181d27, false } },
	{ "green", { 0xebf6ea, 0x19211a, false } },
	{ "grey", { 0xefefef, 0x242424, false } },
};

#define CNT(array) (sizeof(array) / sizeof(*(array)))

const struct palette *palette_find(const char *name)
{
	for (size_t i = 0; i < CNT(palettes); i++)
		if (!name || !strcmp(palettes[i].name, name))
			return &palettes[i];
	return NULL;
}

const char *palette_name(size_t i)
{
	return i < CNT(palettes) ? palettes[i].name : NULL;
}

static bool is_last(const struct palette_rule *rule)
{
	return rule->kind == ANY_KIND && !rule->mark;
}

static bool fits(const struct palette_rule *rule, const struct frame *frame)
{
	return (rule->kind == ANY_KIND || rule->kind == frame->kind) &&
	       (!rule->mark ||
		memmem(frame->name, frame->name_len, rule->mark, strlen(rule->mark)));
}

/* Choose a shade by the FNV-1a of the name: a function has the same one in every graph. */
static unsigned int shade(const char *name, size_t len)
{
	uint32_t hash = 2166136261U;

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ (unsigned char)name[i]) * 16777619U;
	return (hash ^ hash >> 16) % PALETTE_SHADE_CNT;
}

size_t palette_class(const struct palette *palette, const struct frame *frame, char class[2])
{
	size_t i = 0;

	while (!is_last(&palette->rules[i]) && !fits(&palette->rules[i], frame))
		i++;
	class[0] = families[palette->rules[i].family].letter;
	class[1] = '0' + shade(frame->name, frame->name_len);
	return i;
}

const char *palette_label(const struct palette *palette, size_t rule, char *family)
{
	*family = families[palette->rules[rule].family].letter;
	return palette->rules[rule].label;
}

void palette_change_class(int change, bool negate, char class[2])
{
	bool is_grown = (change > 0) != negate;
	int size = change < 0 ? -change : change;

	class[0] = families[is_grown ? FAMILY_GROWN : FAMILY_SHRUNK].letter;
	class[1] = '0' + (size > PALETTE_CHANGE_MAX ? PALETTE_CHANGE_MAX : size);
}

void palette_write_rgb(struct out *o, uint32_t rgb)
{
	char text[8];

	snprintf(text, sizeof(text), "#%06x", (unsigned int)(rgb & 0xffffff));
	out_str(o, text);
}

static void write_family(struct out *o, enum palette_family family, bool dark,
			 enum palette_form form)
{
	const uint32_t *shades = dark ? families[family].dark : families[family].light;
	bool is_class = form == PALETTE_CLASSES;

	for (size_t i = 0; i < PALETTE_SHADE_CNT; i++) {
		char name[] = { families[family].letter, '0' + i, '\0' };

		out_str(o, is_class ? "." : "--");
		out_str(o, name);
		out_str(o, is_class ? "{fill:" : ":");
		palette_write_rgb(o, shades[i]);
		out_str(o, is_class ? "}" : ";");
	}
	out_str(o, "\n");
}

void palette_write(struct out *o, const struct palette *palette,
		   const struct palette_extras *extras, bool dark, enum palette_form form)
{
	bool is_used[FAMILY_CNT] = {
		[FAMILY_GROWN] = extras->changes, [FAMILY_SHRUNK] = extras->changes
	};
	const struct palette_rule *rule = palette->rules;

	for (; !is_last(rule); rule++)
		is_used[rule->family] |= rule->kind != FRAME_INTERPRETED || extras->interpreted;
	is_used[rule->family] = true;
	for (int i = 0; i < FAMILY_CNT; i++)
		if (is_used[i])
			write_family(o, i, dark, form);
}

const char *palette_back_name(size_t i)
{
	return i < CNT(backs) ? backs[i].name : NULL;
}

bool palette_find_back(const char *name, struct palette_back *back)
{
	char hex[] = "0123456789abcdefABCDEF", rest;
	unsigned int rgb;

	for (size_t i = 0; i < CNT(backs); i++)
		if (!strcmp(backs[i].name, name)) {
			*back = backs[i].back;
			return true;
		}
	if (name[0] != '#' || strlen(name) != 7 || strspn(name + 1, hex) != 6 ||
	    sscanf(name + 1, "%6x%c", &rgb, &rest) != 1)
		return false;
	*back = (struct palette_back){ rgb, rgb, true };
	return true;
}

/* The luma has the weights of ITU-R BT.709, on gamma-encoded values: near enough to choose by. */
bool palette_is_dark(uint32_t rgb)
{
	return (rgb >> 16 & 255) * 0.2126 + (rgb >> 8 & 255) * 0.7152 + (rgb & 255) * 0.0722 < 128;
}
