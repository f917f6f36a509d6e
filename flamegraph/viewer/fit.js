// SPDX-License-Identifier: BSD-2-Clause
// fit.js - as much of a text as fits in some columns; of both viewers.

// Characters that take two columns.
const WIDE = new RegExp("[\\u1100-\\u115f\\u2e80-\\ua4cf\\uac00-\\ud7a3\\uf900-\\ufaff" +
	"\\ufe30-\\ufe6f\\uff00-\\uff60\\uffe0-\\uffe6" +
	"\\u{1f300}-\\u{1faff}\\u{20000}-\\u{3fffd}]", "u");

// With an ellipsis, if it is less than all.  A character has one UTF-16 unit or two.
export function fitText(text, columns) {
	const chars = Array.from(text.slice(0, 2 * columns + 2));
	let used = 0, short = 0;
	for (let i = 0; i < chars.length; i++) {
		used += WIDE.test(chars[i]) ? 2 : 1;
		if (used > columns)
			return chars.slice(0, short).join("") + "\u2026";
		if (used < columns)
			short = i + 1;
	}
	return text;
}
