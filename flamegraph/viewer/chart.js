// SPDX-License-Identifier: BSD-2-Clause
// chart.js - boxes on a canvas: layout when the zoom changes, paint when it is seen.
//
// A chart has one or two halves, each a tree.  The rows of a half count from the line
// where the halves meet, or from the edge where its root is.

import { fitText } from "./fit.js";
import { Half } from "./half.js";
import { nameOf } from "./profile.js";

const ROW = 18;			// pixels
const TEXT_DX = 4;		// pixels from a box's edge to its text
const MIN_COLUMNS = 2;		// less is not worth a text
const LEFT = 8;			// pixels beside the boxes
const HALF_END = "_";		// between the zoomed paths of two halves, in the URL

export class Chart {
	// HOLDER scrolls; the CANVAS in it stays where it is, and SPACER gives the height.
	constructor(holder, canvas, spacer, profile, colors) {
		this.holder = holder;
		this.canvas = canvas;
		this.spacer = spacer;
		this.p = profile;
		this.colors = colors;
		this.context = canvas.getContext("2d");
		this.halves = [];
		this.isFlipped = false;	// the root of the first half at the bottom
		this.hits = null;	// of each frame: does the search match?
		this.hovered = null;
		this.selected = null;
		this.isDue = false;
		this.paintMs = 0;
		holder.addEventListener("scroll", () => this.paintSoon());
	}

	// Of two halves the first goes up from the root row, which they share.
	show(trees, isFlipped) {
		this.halves = trees.map((tree) => new Half(tree, this.width));
		this.isFlipped = isFlipped;
		this.hovered = this.selected = null;
		this.layOut();
	}

	get width() {
		return Math.max(100, this.holder.clientWidth - 2 * LEFT);
	}

	layOut() {
		for (const half of this.halves) {
			half.width = this.width;
			half.layOut();
		}
		const rows = this.halves.map((half) => half.rows.length);
		const cnt = rows.length === 2 ? rows[0] + rows[1] - 1 : rows[0] || 0;
		this.height = Math.max(cnt * ROW + 2 * LEFT, this.holder.clientHeight);
		const hidden = Math.max(0, this.height - this.holder.clientHeight);
		this.spacer.style.height = hidden + "px";
		this.resize();
		this.paintSoon();
	}

	resize() {
		const ratio = window.devicePixelRatio || 1;
		const w = this.holder.clientWidth, h = this.holder.clientHeight;
		const width = Math.round(w * ratio), height = Math.round(h * ratio);
		if (this.canvas.width !== width || this.canvas.height !== height) {
			this.canvas.width = width;
			this.canvas.height = height;
			this.canvas.style.width = w + "px";
			this.canvas.style.height = h + "px";
		}
		this.context.setTransform(ratio, 0, 0, ratio, 0, 0);
		this.context.font = "12px monospace";
		this.context.textBaseline = "middle";
		this.column = this.context.measureText("0000000000").width / 10;
	}

	// Where a row of a half is, from the top of the whole picture.
	rowTop(half, depth) {
		if (this.halves.length === 2) {
			const middle = this.halves[0].rows.length - 1;
			return LEFT + (half ? middle + depth : middle - depth) * ROW;
		}
		return this.isFlipped ? this.height - LEFT - (depth + 1) * ROW : LEFT + depth * ROW;
	}

	// And back: [half, depth].
	rowAt(y) {
		if (this.halves.length === 2) {
			const row = Math.floor((y - LEFT) / ROW) - (this.halves[0].rows.length - 1);
			return row < 0 ? [0, -row] : [1, row];
		}
		return [0, Math.floor((this.isFlipped ? this.height - LEFT - y : y - LEFT) / ROW)];
	}

	// The box below the pointer, or null.
	at(event) {
		const bounds = this.canvas.getBoundingClientRect();
		const x = event.clientX - bounds.left - LEFT;
		const y = event.clientY - bounds.top + this.holder.scrollTop;
		const [half, depth] = this.rowAt(y);
		const found = this.halves[half] && this.halves[half].find(depth, x);
		return found ? found.box : null;
	}

	halfOf(box) {
		return this.halves.find((half) => half.tree === box.tree);
	}

	zoom(box) {
		this.halfOf(box).zoomed = box;
		this.layOut();
	}

	resetZoom() {
		for (const half of this.halves)
			half.zoomed = half.tree.root;
		this.selected = null;
		this.layOut();
		this.scrollToRoot();
	}

	// The frames from the root to the zoomed box, for each half.
	get zoomPath() {
		return this.isZoomed() ? this.halves.map((half) => half.path).join(HALF_END) : "";
	}

	// As far as there are such boxes.
	zoomAlong(text) {
		text.split(HALF_END).forEach((path, h) => {
			if (this.halves[h] && path)
				this.halves[h].zoomAlong(path);
		});
		this.layOut();
	}

	isZoomed() {
		return this.halves.some((half) => half.zoomed !== half.tree.root);
	}

	scrollToRoot() {
		if (this.halves.length === 2)
			this.holder.scrollTop = this.rowTop(1, 0) - this.holder.clientHeight / 2;
		else
			this.holder.scrollTop = this.isFlipped ? this.height : 0;
	}

	scrollTo(box) {
		const top = this.rowTop(this.halves.indexOf(this.halfOf(box)), box.depth);
		const view = this.holder.clientHeight;
		if (top < this.holder.scrollTop)
			this.holder.scrollTop = top - LEFT;
		else if (top + ROW > this.holder.scrollTop + view)
			this.holder.scrollTop = top + ROW + LEFT - view;
	}

	// ---- painting

	colorOf(box) {
		const isHit = this.hits && this.hits[box.frame];
		return isHit ? this.colors.get("hit") : this.colors.of(box);
	}

	paintSoon() {
		if (this.isDue)
			return;
		this.isDue = true;
		requestAnimationFrame(() => {
			this.isDue = false;
			this.paint();
		});
	}

	paint() {
		const begin = performance.now(), c = this.context;
		const top = this.holder.scrollTop, height = this.holder.clientHeight;
		c.fillStyle = this.colors.get("back");
		c.fillRect(0, 0, this.holder.clientWidth, height);
		this.halves.forEach((half, h) => {
			// The root row of two halves is that of the second.
			const first = this.halves.length === 2 && !h ? 1 : 0;
			for (let depth = first; depth < half.rows.length; depth++) {
				const y = this.rowTop(h, depth) - top;
				if (y > -ROW && y < height && half.rows[depth])
					this.paintRow(half, depth, y);
			}
		});
		for (const box of [this.hovered, this.selected])
			if (box)
				this.outline(box, top);
		this.paintMs = performance.now() - begin;
	}

	paintRow(half, depth, y) {
		const c = this.context, row = half.rows[depth];
		const isAbove = depth < half.zoomed.depth;
		let last = "";
		c.globalAlpha = isAbove ? 0.6 : 1;
		for (const { box, x, width } of row) {
			const color = this.colorOf(box);
			if (color !== last)
				c.fillStyle = last = color;
			c.fillRect(LEFT + x, y, width > 2 ? width - 0.7 : width, ROW - 1);
		}
		c.fillStyle = this.colors.get("text");
		for (const { box, x, width } of row) {
			const columns = Math.floor((width - 2 * TEXT_DX) / this.column);
			if (columns < MIN_COLUMNS)
				continue;
			const text = fitText(nameOf(this.p, box.frame), columns);
			c.fillText(text, LEFT + x + TEXT_DX, y + ROW / 2);
		}
		c.globalAlpha = 1;
	}

	outline(box, top) {
		const half = this.halfOf(box), place = half && half.place(box);
		if (!place)
			return;
		const x = LEFT + place.x + 0.5;
		const y = this.rowTop(this.halves.indexOf(half), box.depth) - top + 0.5;
		this.context.strokeStyle = this.colors.get("on");
		this.context.lineWidth = box === this.selected ? 2 : 1;
		this.context.strokeRect(x, y, Math.max(1, place.width - 1.7), ROW - 2);
	}

	// ---- the keyboard: the box beside, above or below

	neighbour(box, key) {
		const half = this.halfOf(box), h = this.halves.indexOf(half);
		const row = half.rows[box.depth] || [];
		const index = row.findIndex((r) => r.box === box);
		if (key === "ArrowLeft" || key === "ArrowRight") {
			const beside = row[index + (key === "ArrowLeft" ? -1 : 1)];
			return beside ? beside.box : null;
		}
		const rootIsBelow = this.halves.length === 2 ? h === 0 : this.isFlipped;
		const isOutwards = (key === "ArrowUp") === rootIsBelow;
		if (!isOutwards && !box.above && this.halves.length === 2)
			return this.widest(this.halves[1 - h], this.halves[1 - h].tree.root);
		return isOutwards ? this.widest(half, box) : box.above;
	}

	widest(half, box) {
		const row = half.rows[box.depth + 1] || [];
		let best = null;
		for (const r of row)
			if (r.box.above === box && (!best || r.width > best.width))
				best = r;
		return best ? best.box : null;
	}
}
