// SPDX-License-Identifier: BSD-2-Clause
/*
 * html.c - a page of one file: the profile as data, and a viewer that draws it.
 *
 * The page's own Content-Security-Policy allows the one script and the one style
 * sheet in it, named by their hashes, and nothing else: no network, no other code.
 */
#include "flamegraph/formats.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "flamegraph/assets.h"
#include "flamegraph/html_data.h"
#include "flamegraph/out.h"
#include "flamegraph/palette.h"
#include "flamegraph/profile.h"
#include "flamegraph/sha256.h"
#include "flamegraph/xml.h"

struct html_part {
	char *bytes;
	size_t len;
};

struct page {
	const struct profile *p;
	const struct picture_opts *opts;
	const struct palette *palette;
	struct palette_extras extras;
	struct palette_back back;
	bool has_back;
	struct html_data data;
	struct html_part script, style;
	bool has_rule[PALETTE_RULE_MAX]; /* rules of the palette that are used */
	struct out out;
};

static bool is_usable(const struct picture_opts *o)
{
	return o->factor > 0 && isfinite(o->factor) && o->total >= 0 && isfinite(o->total) &&
	       o->min_width >= 0 && isfinite(o->min_width);
}

/* ---- script and style, whose hashes the policy has */

static int begin_text(struct html_part *text, struct out *o)
{
	FILE *f = open_memstream(&text->bytes, &text->len);

	if (!f)
		return -ENOMEM;
	out_init(o, f);
	return 0;
}

static int end_text(struct out *o)
{
	int err = out_finish(o);

	return fclose(o->f) && !err ? -ENOMEM : err;
}

static int make_script(struct page *page)
{
	/* Each stands behind those that it imports from. */
	static const enum asset modules[] = {
		ASSET_AMOUNTS_JS,   ASSET_DOM_JS,	 ASSET_FIT_JS,	       ASSET_PROFILE_JS,
		ASSET_TREE_JS,	    ASSET_HALF_JS,	 ASSET_COLORS_JS,      ASSET_CHART_JS,
		ASSET_FACTS_JS,	    ASSET_LEGEND_JS,	 ASSET_CHART_INPUT_JS, ASSET_DETAILS_JS,
		ASSET_ROOTS_JS,	    ASSET_EXPRESSION_JS, ASSET_SEARCH_JS,      ASSET_TABLE_JS,
		ASSET_SHORTCUTS_JS, ASSET_URL_STATE_JS,	 ASSET_PAGE_STATE_JS,  ASSET_PAGE_JS,
	};
	struct out o;
	int err = begin_text(&page->script, &o);

	if (err)
		return err;
	asset_write_script(&o, modules, sizeof(modules) / sizeof(*modules));
	return end_text(&o);
}

static void put_variables(struct page *page, struct out *o, bool dark)
{
	if (page->has_back) {
		out_str(o, "--back:");
		palette_write_rgb(o, dark ? page->back.dark : page->back.light);
		out_str(o, ";\n");
	}
	palette_write(o, page->palette, &page->extras, dark, PALETTE_VARIABLES);
}

static int make_style(struct page *page)
{
	struct out o;
	int err = begin_text(&page->style, &o);

	if (err)
		return err;
	out_str(&o, "\n");
	asset_write(&o, ASSET_PAGE_CSS);
	out_str(&o, ":root{");
	put_variables(page, &o, false);
	out_str(&o, "}\n@media (prefers-color-scheme:dark){:root{");
	put_variables(page, &o, true);
	out_str(&o, "}}\n");
	return end_text(&o);
}

static void put_hash(struct page *page, const struct html_part *text)
{
	uint8_t digest[SHA256_SIZE];

	sha256(text->bytes, text->len, digest);
	out_str(&page->out, " 'sha256-");
	base64_write(&page->out, digest, sizeof(digest));
	out_str(&page->out, "'");
}

/* ---- the data */

static void put_string(struct page *page, const char *name, const char *text)
{
	out_str(&page->out, name);
	out_str(&page->out, "\"");
	if (text)
		xml_write_json(&page->out, text, strlen(text));
	out_str(&page->out, "\"");
}

static void put_number(struct page *page, const char *name, double value)
{
	char text[OUT_WEIGHT_SIZE];
	size_t len = out_format_weight(text, fabs(value));

	out_str(&page->out, name);
	if (value < 0)
		out_str(&page->out, "-");
	out_bytes(&page->out, text, len);
}

static void put_names(struct page *page)
{
	out_str(&page->out, ",\n\"names\":[");
	for (uint32_t i = 0; i < page->data.frame_cnt; i++) {
		const struct frame *frame = profile_frame_at(page->p, page->data.frames[i]);

		out_str(&page->out, i ? ",\n\"" : "\n\"");
		xml_write_json(&page->out, frame->name, frame->name_len);
		out_str(&page->out, "\"");
	}
	out_str(&page->out, "]");
}

/* Write two characters a frame for its color and shade, and one for its kind. */
static void put_classes(struct page *page)
{
	static const char letters[FRAME_KIND_CNT] = { 'u', 'k', 'i', 'j', 'p' };

	out_str(&page->out, ",\n\"classes\":\"");
	for (uint32_t i = 0; i < page->data.frame_cnt; i++) {
		const struct frame *frame = profile_frame_at(page->p, page->data.frames[i]);
		char class[] = "n0"; /* its NUL is not written */

		if (!strcmp(frame->name, "[incomplete]"))
			class[0] = 'x';
		else if (frame->name[0] != '[' || frame->name[frame->name_len - 1] != ']')
			page->has_rule[palette_class(page->palette, frame, class)] = true;
		out_bytes(&page->out, class, 2);
	}
	out_str(&page->out, "\",\n\"kinds\":\"");
	for (uint32_t i = 0; i < page->data.frame_cnt; i++)
		out_bytes(&page->out,
			  &letters[profile_frame_at(page->p, page->data.frames[i])->kind], 1);
	out_str(&page->out, "\"");
}

/* A word may come twice; the page shows it once. */
static void put_legend(struct page *page)
{
	const char *separator = "";

	out_str(&page->out, ",\n\"legend\":[");
	for (size_t i = 0; i < PALETTE_RULE_MAX; i++) {
		char family[2] = "";
		const char *label = palette_label(page->palette, i, family);

		if (!label || !page->has_rule[i])
			continue;
		out_str(&page->out, separator);
		put_string(page, "[", family);
		put_string(page, ",", label);
		out_str(&page->out, "]");
		separator = ",";
	}
	out_str(&page->out, "]");
}

static void put_data(struct page *page)
{
	const struct picture_opts *opts = page->opts;

	out_str(&page->out, "<script type=\"application/json\" id=\"data\">\n{");
	put_string(page, "\"title\":", opts->title);
	put_string(page, ",\n\"subtitle\":", opts->subtitle);
	put_string(page, ",\n\"count_name\":", opts->count_name);
	put_string(page, ",\n\"notes\":", opts->notes);
	put_number(page, ",\n\"factor\":", opts->factor);
	put_number(page, ",\n\"total\":", opts->total);
	put_number(page, ",\n\"decimals\":", page->data.decimals);
	put_number(page, ",\n\"inverted\":", opts->inverted);
	put_number(page, ",\n\"has_changes\":", opts->changes != NULL);
	put_number(page, ",\n\"change\":", page->data.change);
	put_number(page, ",\n\"negate\":", opts->negate);
	put_number(page, ",\n\"node_cnt\":", page->data.node_cnt);
	put_names(page);
	put_classes(page);
	put_legend(page);
	out_str(&page->out, ",\n\"nodes\":\"");
	base64_write(&page->out, page->data.nodes, page->data.nodes_len);
	out_str(&page->out, "\"}\n</script>\n");
}

/* ---- the page */

static void put_head(struct page *page)
{
	out_str(&page->out,
		"<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
		"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
		"base-uri 'none'; form-action 'none'; script-src");
	put_hash(page, &page->script);
	out_str(&page->out, "; style-src");
	put_hash(page, &page->style);
	out_str(&page->out, "\">\n<meta name=\"viewport\" content=\"width=device-width\">\n"
			    "<meta name=\"color-scheme\" content=\"light dark\">\n<title>");
	xml_write(&page->out, page->opts->title, strlen(page->opts->title));
	out_str(&page->out, "</title>\n<style>");
	out_bytes(&page->out, page->style.bytes, page->style.len);
	out_str(&page->out, "</style>\n</head>\n");
}

static int put_page(struct page *page, FILE *f)
{
	out_init(&page->out, f);
	put_head(page);
	asset_write(&page->out, ASSET_PAGE_HTML);
	put_data(page);
	out_str(&page->out, "<script>");
	out_bytes(&page->out, page->script.bytes, page->script.len);
	out_str(&page->out, "</script>\n</body>\n</html>\n");
	return out_finish(&page->out);
}

int html_write(const struct profile *p, const struct picture_opts *opts, FILE *f)
{
	struct page page = { .p = p };
	struct picture_opts defaults;
	double min_weight = 0;
	int err;

	picture_opts_init(&defaults);
	page.opts = opts ? opts : &defaults;
	page.palette = palette_find(page.opts->colors);
	page.extras.changes = page.opts->changes;
	page.extras.interpreted = profile_has_kind(p, FRAME_INTERPRETED);
	page.has_back = page.opts->background;
	if (!is_usable(page.opts) || !page.palette ||
	    (page.has_back && !palette_find_back(page.opts->background, &page.back)))
		return -EINVAL;
	if (page.opts->min_is_percent)
		min_weight = page.opts->min_width / 100 * profile_weight(p);
	err = html_data_init(&page.data, p, min_weight, page.opts->changes);
	if (!err)
		err = make_script(&page);
	if (!err)
		err = make_style(&page);
	if (!err)
		err = put_page(&page, f);
	html_data_fini(&page.data);
	free(page.script.bytes);
	free(page.style.bytes);
	return err;
}
