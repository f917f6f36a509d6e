// SPDX-License-Identifier: BSD-2-Clause
/*
 * speedscope.c - a profile as JSON for speedscope: one list of frames, and each
 * stack as indices into it, the outermost first.
 *
 * Source: speedscope's file-format-schema.json, type "sampled".
 */
#include "flamegraph/formats.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "flamegraph/out.h"
#include "flamegraph/profile.h"
#include "flamegraph/utf8.h"
#include "flamegraph/walk.h"

#define SCHEMA "https://www.speedscope.app/file-format-schema.json"

struct speedscope_writer {
	struct out out;
	double *weights; /* weight of each stack, in their order */
	size_t weight_cnt, weight_cap;
};

/* Write what stands in the quotes of a string (RFC 8259, 7); what is not UTF-8 is U+FFFD. */
static void put_text(struct out *out, const char *s, size_t len)
{
	static const char digits[] = "0123456789abcdef";

	while (len) {
		unsigned char first = *s;
		size_t cnt = utf8_char_len(s, len);

		if (first == '"' || first == '\\') {
			char escaped[] = { '\\', (char)first };

			out_bytes(out, escaped, sizeof(escaped));
		} else if (first < ' ' || first == 0x7f) {
			char escaped[] = {
				'\\', 'u', '0', '0', digits[first >> 4], digits[first & 15]
			};

			out_bytes(out, escaped, sizeof(escaped));
		} else {
			out_bytes(out, cnt ? s : UTF8_REPLACEMENT,
				  cnt ? cnt : strlen(UTF8_REPLACEMENT));
		}
		cnt += !cnt;
		s += cnt;
		len -= cnt;
	}
}

static void put_weight(struct out *out, double weight)
{
	char text[OUT_WEIGHT_SIZE];

	out_bytes(out, text, out_format_weight(text, weight));
}

static void put_place(struct out *out, const struct speedscope_place *place)
{
	if (!place->file)
		return;
	out_str(out, ",\"file\":\"");
	put_text(out, place->file, strlen(place->file));
	out_str(out, "\"");
	if (!place->line)
		return;
	out_str(out, ",\"line\":");
	put_weight(out, place->line);
}

static void put_frames(struct out *out, const struct profile *p, const struct speedscope_opts *opts)
{
	out_str(out, "\"shared\":{\"frames\":[");
	for (uint32_t i = 0; i < profile_frame_cnt(p); i++) {
		const struct frame *frame = profile_frame_at(p, i);

		out_str(out, i ? ",\n{\"name\":\"" : "\n{\"name\":\"");
		put_text(out, frame->name, frame->name_len);
		if (!opts->no_annotations)
			out_str(out, frame_annotation(frame->kind));
		out_str(out, "\"");
		if (i < opts->place_cnt)
			put_place(out, &opts->places[i]);
		out_str(out, "}");
	}
	out_str(out, "]},\n");
}

static int keep_weight(struct speedscope_writer *w, double weight)
{
	if (w->weight_cnt == w->weight_cap) {
		size_t cap = w->weight_cap ? 2 * w->weight_cap : 1024;
		double *bigger = reallocarray(w->weights, cap, sizeof(*bigger));

		if (!bigger)
			return -ENOMEM;
		w->weights = bigger;
		w->weight_cap = cap;
	}
	w->weights[w->weight_cnt++] = weight;
	return 0;
}

static int put_stack(void *ctx, const struct walk_stack *stack)
{
	struct speedscope_writer *w = ctx;

	out_str(&w->out, w->weight_cnt ? ",\n[" : "\n[");
	for (size_t i = 0; i < stack->depth; i++) {
		if (i)
			out_bytes(&w->out, ",", 1);
		put_weight(&w->out, stack->frames[i]);
	}
	out_bytes(&w->out, "]", 1);
	return keep_weight(w, stack->weight);
}

static int put_profile(struct speedscope_writer *w, const struct profile *p, const char *name)
{
	int err;

	out_str(&w->out, "\"profiles\":[{\"type\":\"sampled\",\"name\":\"");
	put_text(&w->out, name, strlen(name));
	out_str(&w->out, "\",\"unit\":\"none\",\"startValue\":0,\"endValue\":");
	put_weight(&w->out, profile_weight(p));
	out_str(&w->out, ",\n\"samples\":[");
	err = walk_stacks(p, put_stack, w);
	out_str(&w->out, "],\n\"weights\":[");
	for (size_t i = 0; i < w->weight_cnt; i++) {
		if (i)
			out_bytes(&w->out, ",", 1);
		put_weight(&w->out, w->weights[i]);
	}
	out_str(&w->out, "]}]}\n");
	return err;
}

int speedscope_write(const struct profile *p, const struct speedscope_opts *opts, FILE *f)
{
	static const struct speedscope_opts defaults = { 0 };
	struct speedscope_writer *w = calloc(1, sizeof(*w));
	const char *name;
	int err, out_err;

	if (!w)
		return -ENOMEM;
	if (!opts)
		opts = &defaults;
	name = opts->name ? opts->name : "wick";
	out_init(&w->out, f);
	out_str(&w->out, "{\"$schema\":\"" SCHEMA "\",\n\"name\":\"");
	put_text(&w->out, name, strlen(name));
	if (opts->exporter) {
		out_str(&w->out, "\",\"exporter\":\"");
		put_text(&w->out, opts->exporter, strlen(opts->exporter));
	}
	out_str(&w->out, "\",\n");
	put_frames(&w->out, p, opts);
	err = put_profile(w, p, name);
	out_err = out_finish(&w->out);
	free(w->weights);
	free(w);
	return err ? err : out_err;
}
