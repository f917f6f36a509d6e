// SPDX-License-Identifier: BSD-2-Clause
// fit.js - as much of a text as fits in some columns; of both viewers.
"use strict";

// With an ellipsis, if it is less than all.  A character takes one column or two, and up
// to two UTF-16 units.  No name but this one is left in a page that has several pictures.
function fitText(text, columns) {
	const wide = /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;
	const chars = Array.from(text.slice(0, 2 * columns + 2));
	let used = 0, short = 0;
	for (let i = 0; i < chars.length; i++) {
		used += wide.test(chars[i]) ? 2 : 1;
		if (used > columns)
			return chars.slice(0, short).join("") + "\u2026";
		if (used < columns)
			short = i + 1;
	}
	return text;
}
