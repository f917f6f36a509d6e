// SPDX-License-Identifier: BSD-2-Clause
// svg_controls.js - the buttons and the box, which a picture without script does not have.

import { makeSvg } from "./svg_dom.js";

export class Controls {
	// onReset(), onSearch(TEXT), onSearched() and onCase() tell what was asked for.
	constructor(svg, font, { onReset, onSearch, onSearched, onCase }) {
		this.svg = svg;
		this.font = font;
		this.width = svg.viewBox.baseVal.width;
		// Behind the frames, as in a picture higher than the window they cover some.
		this.g = svg.appendChild(makeSvg("g"));
		this.resetButton = this.makeButton("Reset zoom", 10, onReset);
		this.searchButton = this.makeButton("Search", -10, () => this.openBox());
		this.caseButton = this.makeButton("Aa", -10, onCase);
		this.caseButton.setAttribute("aria-label", "Upper and lower case are the same");
		this.box = this.makeBox();
		this.box.addEventListener("input", () => onSearch(this.box.value));
		this.box.addEventListener("change", onSearched);
		this.showReset(false);
		this.showBox(false);
		window.addEventListener("scroll", () => this.keepInSight(), { passive: true });
	}

	makeButton(label, x, action) {
		const width = (label.length + 2) * this.font.column;
		const left = x < 0 ? this.width + x - width : x;
		const g = makeSvg("g", { class: "button", role: "button", tabindex: 0 });
		g.append(makeSvg("rect", { x: left, y: 10, width, height: 22, rx: 4 }),
			makeSvg("text", {
				x: left + width / 2, y: 10 + 11 + this.font.size * 0.33,
				"text-anchor": "middle",
			}));
		g.lastChild.textContent = label;
		g.addEventListener("click", action);
		// No focus by the mouse: it would scroll to where the controls stand in the file.
		g.addEventListener("mousedown", (event) => event.preventDefault());
		g.addEventListener("keydown", (event) => {
			if (event.key === "Enter" || event.key === " ") {
				event.preventDefault();
				action();
			}
		});
		return this.g.appendChild(g);
	}

	makeBox() {
		const x = this.width - 240 - 5 * this.font.column;
		const holder = makeSvg("foreignObject", { x, y: 10, width: 230, height: 24 });
		const box = document.createElementNS("http://www.w3.org/1999/xhtml", "input");
		box.id = "search-box";
		box.placeholder = "regular expression";
		box.spellcheck = false;
		box.setAttribute("aria-label", "Search");
		holder.append(box);
		this.g.append(holder);
		return box;
	}

	show(element, isShown) {
		element.setAttribute("display", isShown ? "inline" : "none");
	}

	showReset(isShown) {
		this.show(this.resetButton, isShown);
	}

	showBox(isShown) {
		this.show(this.box.parentNode, isShown);
		this.show(this.caseButton, isShown);
		this.show(this.searchButton, !isShown);
	}

	openBox() {
		this.showBox(true);
		this.box.focus({ preventScroll: true });
		this.box.select();
	}

	// TEXT in the box, which is there only for a text.
	showSearch(text) {
		this.box.value = text;
		this.showBox(text !== "");
	}

	showCase(isAnyCase) {
		this.caseButton.classList.toggle("on", isAnyCase);
		this.caseButton.setAttribute("aria-pressed", isAnyCase);
	}

	keepInSight() {
		const bounds = this.svg.getBoundingClientRect();
		const scale = bounds.height / this.svg.viewBox.baseVal.height;
		const y = Math.max(0, -bounds.top) / scale;
		this.g.setAttribute("transform", "translate(0 " + y + ")");
	}
}
