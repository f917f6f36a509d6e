// SPDX-License-Identifier: BSD-2-Clause
// legend.js - what the colors mean.

import { make } from "./dom.js";

const CHANGES = [["d", "grew"], ["s", "shrank"]];

// ENTRIES: a family of colors and a word, which may come twice.
export function fillLegend(holder, entries, hasChanges) {
	const shade = hasChanges ? "6" : "3", seen = new Set();
	for (const [family, label] of hasChanges ? CHANGES : entries) {
		if (seen.has(label))
			continue;
		seen.add(label);
		const entry = holder.appendChild(make("span"));
		const swatch = entry.appendChild(make("span", undefined, "swatch"));
		swatch.style.background = "var(--" + family + shade + ")";
		entry.append(label);
	}
}
