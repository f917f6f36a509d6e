// SPDX-License-Identifier: BSD-2-Clause
// svg_dom.js - new elements of a picture.

export function makeSvg(tag, attributes) {
	const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
	for (const name in attributes)
		element.setAttribute(name, attributes[name]);
	return element;
}
