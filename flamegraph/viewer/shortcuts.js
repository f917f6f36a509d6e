// SPDX-License-Identifier: BSD-2-Clause
// shortcuts.js - keys that have a meaning wherever the focus is; of both viewers.

// BOX is where a slash is typed as it is.
export function listenForShortcuts(box, { onFind, onCase, onReset }) {
	window.addEventListener("keydown", (event) => {
		const isCommand = event.ctrlKey || event.metaKey;
		const isSlash = event.key === "/" && event.target !== box;
		if ((isCommand && event.key === "f") || isSlash) {
			event.preventDefault();
			onFind();
		} else if (isCommand && event.key === "i") {
			event.preventDefault();
			onCase();
		} else if (event.key === "Escape") {
			onReset();
		}
	});
}
