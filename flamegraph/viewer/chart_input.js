// SPDX-License-Identifier: BSD-2-Clause
// chart_input.js - pointer and keys on the chart: which box is meant, and what for.

import { byId } from "./dom.js";

export class ChartInput {
	// onDescribe(BOX or null), onZoom(BOX) and onOpen(FRAME) tell what was asked for.
	constructor(chart, { onDescribe, onZoom, onOpen }) {
		const canvas = byId("canvas");
		this.chart = chart;
		this.canvas = canvas;
		this.onDescribe = onDescribe;
		this.onZoom = onZoom;
		this.onOpen = onOpen;
		canvas.addEventListener("mousemove", (event) => this.onMove(event));
		canvas.addEventListener("mouseleave", () => this.hover(null));
		canvas.addEventListener("click", (event) => this.onClick(event));
		canvas.addEventListener("keydown", (event) => this.onKey(event));
	}

	hover(box) {
		this.chart.hovered = box;
		this.onDescribe(box || this.chart.selected);
		this.chart.paintSoon();
	}

	onMove(event) {
		const box = this.chart.at(event);
		this.canvas.style.cursor = box ? "pointer" : "default";
		if (box !== this.chart.hovered)
			this.hover(box);
	}

	onClick(event) {
		const box = this.chart.at(event);
		if (!box)
			return;
		if (event.shiftKey)
			this.onOpen(box.frame);
		else
			this.onZoom(box);
		this.onDescribe(box);
	}

	// The box that the keys are about; undefined if nothing is drawn.
	get current() {
		const { selected, halves } = this.chart;
		return selected || (halves.length ? halves[halves.length - 1].zoomed : undefined);
	}

	onKey(event) {
		const box = this.current;
		if (!box || event.ctrlKey || event.metaKey || event.altKey)
			return;
		if (event.key.startsWith("Arrow")) {
			event.preventDefault();
			this.move(box, event.key);
		} else if (event.key === "Enter" || event.key === " ") {
			event.preventDefault();
			this.onZoom(box);
		} else if (event.key === "s") {
			this.onOpen(box.frame);
		}
	}

	// The first arrow only shows where it starts from.
	move(box, key) {
		const next = this.chart.selected ? this.chart.neighbour(box, key) : box;
		if (!next)
			return;
		this.chart.selected = next;
		this.chart.scrollTo(next);
		this.onDescribe(next);
		this.chart.paintSoon();
	}
}
