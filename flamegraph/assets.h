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
	FILE(VIEWER_JS, "viewer.js")			\
	FILE(VIEWER_CSS, "viewer.css")			\
	FILE(VIEWER_DARK_CSS, "viewer_dark.css")	\
	FILE(HTML_TREE_JS, "html_tree.js")		\
	FILE(HTML_CHART_JS, "html_chart.js")		\
	FILE(HTML_JS, "html.js")			\
	FILE(HTML_CSS, "html.css")			\
	FILE(HTML_BODY, "html_body.html")
/* clang-format on */

#define ASSET_ID(name, file) ASSET_##name,
enum asset { ASSET_FILES(ASSET_ID) ASSET_CNT };

/* Write the file as it is. */
void asset_write(struct out *o, enum asset asset);

#endif /* FLAMEGRAPH_ASSETS_H */
