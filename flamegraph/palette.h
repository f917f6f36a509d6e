/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * palette.h - what colour a frame has, by its kind and name, in light and dark.
 *
 * A colour is a class of two characters: a family and a shade, such as "u3".
 */
#ifndef FLAMEGRAPH_PALETTE_H
#define FLAMEGRAPH_PALETTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct frame;
struct out;
struct palette;

#define PALETTE_RULE_MAX   6
#define PALETTE_SHADE_CNT  8
#define PALETTE_CHANGE_MAX 7 /* strongest colour of a change, in both directions */

/* How the colours are written. */
enum palette_form {
	PALETTE_CLASSES,   /* .u3{fill:#fdc998} */
	PALETTE_VARIABLES, /* --u3:#fdc998; */
};

/* NAME as after --colors; NULL: wick's own.  NULL if there is no such palette. */
const struct palette *palette_find(const char *name);

/* The I-th of their names, the first is wick's own; NULL behind the last. */
const char *palette_name(size_t i);

/* The class of FRAME, and the rule that gave it: 0 .. PALETTE_RULE_MAX - 1. */
size_t palette_class(const struct palette *palette, const struct frame *frame, char class[2]);

/* For the legend: the word for a rule, NULL: none; and the letter of its family. */
const char *palette_label(const struct palette *palette, size_t rule, char *family);

/* CHANGE: -PALETTE_CHANGE_MAX .. PALETTE_CHANGE_MAX, not 0; NEGATE swaps the hues. */
void palette_change_class(int change, bool negate, char class[2]);

/* All shades that palette_class() gives, and with CHANGES those of changes. */
void palette_write(struct out *o, const struct palette *palette, bool changes, bool dark,
		   enum palette_form form);

/* A background by name, or as #rrggbb, which does not depend on light or dark. */
struct palette_back {
	uint32_t light, dark; /* 0xrrggbb */
	bool is_flat;	      /* both are the same */
};

/* The I-th of the names; NULL behind the last. */
const char *palette_back_name(size_t i);

bool palette_find_back(const char *name, struct palette_back *back);
bool palette_is_dark(uint32_t rgb); /* light text is read better on it */

void palette_write_rgb(struct out *o, uint32_t rgb); /* #rrggbb */

#endif /* FLAMEGRAPH_PALETTE_H */
