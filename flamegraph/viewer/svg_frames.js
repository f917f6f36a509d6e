// SPDX-License-Identifier: BSD-2-Clause
// svg_frames.js - all frames, in the order of the picture: each before all that is above it.

import { Frame } from "./svg_frame.js";

export class Frames {
	constructor(chart, font) {
		this.list = Array.from(chart.children, (g, i) => new Frame(g, i, font));
		this.root = this.zoomed = this.list[0];
		this.frameOf = new Map(this.list.map((f) => [f.g, f]));
		this.rootIsLowest = this.list.length < 2 || this.list[1].y < this.root.y;
		this.link();
	}

	link() {
		const path = [];	// the frame last seen in each row
		const { list, root } = this, row = root.rowHeight;
		for (const f of list) {
			const depth = Math.round(Math.abs(f.y - root.y) / row);
			f.parent = depth ? path[depth - 1] : null;
			path[depth] = f;
		}
		// From the last to the first: a frame's end is known before its parent's.
		for (const f of list.slice().reverse())
			if (f.parent)
				f.parent.end = Math.max(f.parent.end, f.end);
	}

	zoom(target) {
		const { root } = this, scale = root.w / target.w;
		const below = new Set();
		for (let f = target.parent; f; f = f.parent)
			below.add(f);
		for (const f of this.list) {
			f.mark("below", below.has(f));
			if (f.below)
				f.place(root.x, root.w);
			else if (f.index >= target.index && f.index < target.end)
				f.place(root.x + (f.x - target.x) * scale, f.w * scale);
			else
				f.show(false);
		}
		this.zoomed = target;
	}

	// Mark what matches, nothing for null, and return its share of the whole.
	search(regex) {
		let sum = 0, covered = 0;
		for (const f of this.list) {
			f.mark("hit", regex !== null && f !== this.root && regex.test(f.name));
			// A frame above a matched one is part of it already.
			if (f.hit && f.index >= covered) {
				sum += f.w;
				covered = f.end;
			}
		}
		return sum / this.root.w;
	}

	// What an event is about.
	at(event) {
		const g = event.target.closest && event.target.closest("#frames > g");
		return g ? this.frameOf.get(g) : null;
	}

	beside(f, step) {
		const { list } = this;
		for (let i = f.index + step; i > 0 && i < list.length; i += step)
			if (list[i].y === f.y && list[i].isShown)
				return list[i];
		return null;
	}

	// Where a key leads from a frame; null or undefined: nowhere.
	next(f, key) {
		if (key === "ArrowLeft" || key === "ArrowRight")
			return this.beside(f, key === "ArrowLeft" ? -1 : 1);
		if (key !== "ArrowUp" && key !== "ArrowDown")
			return null;
		if ((key === "ArrowUp") !== this.rootIsLowest)
			return f.parent;
		return this.list.find((other) => other.parent === f && other.isShown);
	}
}
