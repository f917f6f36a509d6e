/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * assets.h - the files of viewer/, as they are written into pictures.
 *
 * Source:  the files' bytes when the program was compiled.
 * Threads: they are constants.
 */
#ifndef FLAMEGRAPH_ASSETS_H
#define FLAMEGRAPH_ASSETS_H

#include <stddef.h>

struct out;

/* clang-format off */
#define ASSET_FILES(FILE)				\
	FILE(FIT_JS, "fit.js")				\
	FILE(EXPRESSION_JS, "expression.js")		\
	FILE(SHORTCUTS_JS, "shortcuts.js")		\
	FILE(URL_STATE_JS, "url_state.js")		\
	FILE(SVG_DOM_JS, "svg_dom.js")			\
	FILE(SVG_FRAME_JS, "svg_frame.js")		\
	FILE(SVG_FRAMES_JS, "svg_frames.js")		\
	FILE(SVG_CONTROLS_JS, "svg_controls.js")	\
	FILE(SVG_INPUT_JS, "svg_input.js")		\
	FILE(SVG_JS, "svg.js")				\
	FILE(SVG_CSS, "svg.css")			\
	FILE(SVG_DARK_CSS, "svg_dark.css")		\
	FILE(AMOUNTS_JS, "amounts.js")			\
	FILE(DOM_JS, "dom.js")				\
	FILE(PROFILE_JS, "profile.js")			\
	FILE(TREE_JS, "tree.js")			\
	FILE(HALF_JS, "half.js")			\
	FILE(COLORS_JS, "colors.js")			\
	FILE(CHART_JS, "chart.js")			\
	FILE(CHART_INPUT_JS, "chart_input.js")		\
	FILE(DETAILS_JS, "details.js")			\
	FILE(FACTS_JS, "facts.js")			\
	FILE(LEGEND_JS, "legend.js")			\
	FILE(ROOTS_JS, "roots.js")			\
	FILE(SEARCH_JS, "search.js")			\
	FILE(TABLE_JS, "table.js")			\
	FILE(PAGE_STATE_JS, "page_state.js")		\
	FILE(PAGE_JS, "page.js")			\
	FILE(PAGE_CSS, "page.css")			\
	FILE(PAGE_HTML, "page.html")
/* clang-format on */

#define ASSET_ID(name, file) ASSET_##name,
enum asset { ASSET_FILES(ASSET_ID) ASSET_CNT };

/* Write the file as it is. */
void asset_write(struct out *o, enum asset asset);

/*
 * Write MODULES as one script, in a function of its own, so that no name of theirs is left in
 * the page, and without the lines that are comments.  Each may import, by lines that begin with
 * `import`, what one before it exports.
 */
void asset_write_script(struct out *o, const enum asset *modules, size_t module_cnt);

#endif /* FLAMEGRAPH_ASSETS_H */
