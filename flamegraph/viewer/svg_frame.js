// SPDX-License-Identifier: BSD-2-Clause
// svg_frame.js - a frame of the picture: what was read of it, and how it is shown.
//
// It touches the document only where something changes: that is what costs time.

import { fitText } from "./fit.js";
import { makeSvg } from "./svg_dom.js";

const MIN_COLUMNS = 3;	// as in svg.c
const TEXT_DX = 3;

export class Frame {
	// FONT has its size and the width of a column, both in pixels.
	constructor(g, index, font) {
		this.g = g;
		this.index = index;
		this.font = font;
		this.rect = g.querySelector("rect");
		this.text = g.querySelector("text");
		this.title = g.querySelector("title").textContent;
		this.name = this.title.slice(0, this.title.lastIndexOf(" ("));
		this.x = this.placedX = this.read("x");
		this.w = this.placedW = this.read("width");
		this.y = this.read("y");
		this.parent = null;
		this.end = index + 1;	// of the frames above it
		this.isShown = true;
		this.below = this.hit = false;
	}

	read(attribute) {
		return Number(this.rect.getAttribute(attribute));
	}

	get rowHeight() {
		return this.read("height") + 1;
	}

	show(isShown) {
		if (this.isShown === isShown)
			return;
		this.isShown = isShown;
		if (isShown)
			this.g.removeAttribute("display");
		else
			this.g.setAttribute("display", "none");
	}

	// NAME is that of a class: below or hit.
	mark(name, isMarked) {
		if (this[name] !== isMarked)
			this.g.classList.toggle(name, isMarked);
		this[name] = isMarked;
	}

	place(x, w) {
		this.show(true);
		if (this.placedX === x && this.placedW === w)
			return;
		this.placedX = x;
		this.placedW = w;
		this.rect.setAttribute("x", x.toFixed(2));
		this.rect.setAttribute("width", w.toFixed(2));
		this.write(x + TEXT_DX, Math.floor((w - 2 * TEXT_DX) / this.font.column));
	}

	write(x, columns) {
		if (columns < MIN_COLUMNS) {
			if (this.text)
				this.text.remove();
			this.text = null;
			return;
		}
		if (!this.text) {
			const y = this.y + this.rowHeight / 2 + this.font.size * 0.33;
			this.text = this.g.appendChild(makeSvg("text", { y }));
		}
		this.text.setAttribute("x", x.toFixed(2));
		this.text.textContent = fitText(this.name, columns);
	}
}
