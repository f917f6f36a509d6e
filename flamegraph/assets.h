/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * assets.h - the files of viewer/, as they are written into pictures.
 *
 * Source:  the files' bytes when the program was compiled.
 * Threads: they are constants.
 */
#ifndef FLAMEGRAPH_ASSETS_H
#define FLAMEGRAPH_ASSETS_H

struct out;

/* clang-format off */
#define ASSET_FILES(FILE)				\
	FILE(FIT_JS, "fit.js")				\
	FILE(SVG_JS, "svg.js")				\
	FILE(SVG_CSS, "svg.css")			\
	FILE(SVG_DARK_CSS, "svg_dark.css")		\
	FILE(TREE_JS, "tree.js")			\
	FILE(CHART_JS, "chart.js")			\
	FILE(PAGE_JS, "page.js")			\
	FILE(PAGE_CSS, "page.css")			\
	FILE(PAGE_HTML, "page.html")
/* clang-format on */

#define ASSET_ID(name, file) ASSET_##name,
enum asset { ASSET_FILES(ASSET_ID) ASSET_CNT };

/* Write the file as it is. */
void asset_write(struct out *o, enum asset asset);

#endif /* FLAMEGRAPH_ASSETS_H */
