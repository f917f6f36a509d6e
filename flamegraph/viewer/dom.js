// SPDX-License-Identifier: BSD-2-Clause
// dom.js - elements of the page: those of page.html by their ids, and new ones.

export function byId(id) {
	return document.getElementById(id);
}

// TEXT becomes a text node, never markup; undefined: an empty element.
export function make(tag, text, className) {
	const element = document.createElement(tag);
	if (text !== undefined)
		element.textContent = text;
	if (className)
		element.className = className;
	return element;
}
