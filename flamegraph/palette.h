/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * palette.h - what color a frame has, by its kind and name, in light and dark.
 *
 * A color is a class of two characters: a family and a shade, such as "u3".
 */
#ifndef FLAMEGRAPH_PALETTE_H
#define FLAMEGRAPH_PALETTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct frame;
struct out;
struct palette;

#define PALETTE_RULE_MAX   7
#define PALETTE_SHADE_CNT  8
#define PALETTE_CHANGE_MAX 7 /* strongest color of a change, in both directions */

/* How the colors are written. */
enum palette_form {
	PALETTE_CLASSES,   /* .u3{fill:#fdc998} */
	PALETTE_VARIABLES, /* --u3:#fdc998; */
};

/* Find the palette that --colors calls NAME; NULL is wick's own.  NULL if there is none. */
const struct palette *palette_find(const char *name);

/* Return the name of the I-th palette, of which the first is wick's own; NULL behind the last. */
const char *palette_name(size_t i);

/* Set the class of FRAME; returns the rule that gave it: 0 .. PALETTE_RULE_MAX - 1. */
size_t palette_class(const struct palette *palette, const struct frame *frame, char class[2]);

/* Return the word of the legend for a rule, or NULL if it has none, and set its family. */
const char *palette_label(const struct palette *palette, size_t rule, char *family);

/*
 * Set the class of CHANGE, which is -PALETTE_CHANGE_MAX .. PALETTE_CHANGE_MAX but not 0.
 * NEGATE swaps the hues of grown and shrunk.
 */
void palette_change_class(int change, bool negate, char class[2]);

/* Which shades a picture has only if it needs them. */
struct palette_extras {
	bool changes;	  /* those of palette_change_class() */
	bool interpreted; /* those that no frames but FRAME_INTERPRETED have */
};

/* Write all shades that palette_class() gives, and those of EXTRAS. */
void palette_write(struct out *o, const struct palette *palette,
		   const struct palette_extras *extras, bool dark, enum palette_form form);

/* A background: one that has a name, or #rrggbb, which is the same in light and dark. */
struct palette_back {
	uint32_t light, dark; /* 0xrrggbb */
	bool is_flat;	      /* both are the same */
};

/* Return the I-th name of a background; NULL behind the last. */
const char *palette_back_name(size_t i);

bool palette_find_back(const char *name, struct palette_back *back);
/* Is light text read better on RGB than dark text? */
bool palette_is_dark(uint32_t rgb);

/* Write RGB as #rrggbb. */
void palette_write_rgb(struct out *o, uint32_t rgb);

#endif /* FLAMEGRAPH_PALETTE_H */
