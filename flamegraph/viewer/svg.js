// SPDX-License-Identifier: BSD-2-Clause
// svg.js - zoom and search of a flame graph drawn by svg.c.
//
// Everything is read from the picture.  Names only ever become text nodes.

import { compile } from "./expression.js";
import { fitText } from "./fit.js";
import { listenForShortcuts } from "./shortcuts.js";
import { Controls } from "./svg_controls.js";
import { Frames } from "./svg_frames.js";
import { Input } from "./svg_input.js";
import { UrlState } from "./url_state.js";

class View {
	constructor(svg, chart) {
		this.svg = svg;
		this.chart = chart;
		this.font = {
			size: Number(svg.getAttribute("font-size")),
			column: Number(chart.dataset.column),
		};
		this.searched = "";
		this.isAnyCase = false;
		this.url = new UrlState({ zoom: "", search: "", anycase: "0" });
		this.frames = new Frames(chart, this.font);
		this.controls = new Controls(svg, this.font, {
			onReset: () => this.resetZoom(),
			onSearch: (text) => this.search(text, this.isAnyCase),
			onSearched: () => this.save(),
			onCase: () => this.toggleCase(),
		});
		this.input = new Input(chart, this.frames, {
			onDescribe: (f) => this.describe(f),
			onZoom: (f) => this.zoomOn(f),
		});
		this.listen();
		this.restore();
	}

	listen() {
		listenForShortcuts(this.controls.box, {
			onFind: () => this.controls.openBox(),
			onCase: () => {
				this.controls.showBox(true);
				this.toggleCase();
			},
			onReset: () => this.resetAll(),
		});
		window.addEventListener("hashchange", () => this.restore());
		// What is higher than the window is opened where the flames begin.
		if (this.frames.rootIsLowest && this.svg === document.documentElement)
			window.addEventListener("load", () =>
				window.scrollTo(0, this.svg.viewBox.baseVal.height));
	}

	// ---- the state, shared by the URL: #zoom=INDEX&search=REGEX&anycase=1

	save() {
		const { zoomed, root } = this.frames;
		this.url.write({
			zoom: zoomed === root ? "" : zoomed.index,
			search: this.searched,
			anycase: this.isAnyCase ? "1" : "0",
		});
	}

	restore() {
		const { zoom, search, anycase } = this.url.read();
		const target = this.frames.list[Number(zoom)] || this.frames.root;
		const isAnyCase = anycase === "1";
		if (target !== this.frames.zoomed)
			this.zoom(target);
		if (search !== this.searched || isAnyCase !== this.isAnyCase) {
			this.search(search, isAnyCase);
			this.controls.showSearch(search);
		}
	}

	// ---- what is shown

	zoom(target) {
		this.frames.zoom(target);
		this.controls.showReset(target !== this.frames.root);
	}

	search(text, isAnyCase) {
		const regex = compile(text, isAnyCase);
		const matched = this.svg.querySelector("#matched");
		this.searched = text;
		this.isAnyCase = isAnyCase;
		this.controls.showCase(isAnyCase);
		if (regex === undefined) {
			matched.textContent = "not a regular expression";
			return;
		}
		const share = (this.frames.search(regex) * 100).toFixed(2) + "%";
		matched.textContent = regex ? "matched " + share : "";
	}

	describe(f) {
		const text = f ? this.chart.dataset.name + " " + f.title : "";
		const columns = Math.floor((this.controls.width - 20) / this.font.column);
		this.svg.querySelector("#details").textContent = fitText(text, columns);
	}

	// ---- what can be asked for

	zoomOn(target) {
		this.zoom(target);
		this.save();
	}

	toggleCase() {
		this.search(this.searched, !this.isAnyCase);
		this.save();
	}

	resetZoom() {
		this.zoomOn(this.frames.root);
		this.input.setFocus(this.frames.root);
	}

	resetAll() {
		this.controls.box.blur();
		this.controls.showSearch("");
		this.search("", false);
		this.zoomOn(this.frames.root);
	}
}

const picture = document.currentScript.closest("svg");
const chart = picture.querySelector("#frames");
if (chart)	// else there were no samples
	new View(picture, chart);
