// SPDX-License-Identifier: BSD-2-Clause
// chart.js - boxes on a canvas: layout when the zoom changes, paint when it is seen.
//
// A chart has one or two halves, each a tree.  The rows of a half count from the line
// where the halves meet, or from the edge where its root is.

const ROW = 18;			// pixels
const MIN_WIDTH = 0.4;		// narrower boxes are not laid out
const TEXT_DX = 4;
const MIN_COLUMNS = 2;		// less is not worth a text
const LEFT = 8;			// pixels beside the boxes

// The boxes of a half that are wide enough, row by row from left to right.  Those that
// enclose the zoomed one take the whole width.
class Half {
	constructor(tree, width) {
		this.tree = tree;
		this.zoomed = tree.root;
		this.width = width;
		this.rows = [];
	}

	layOut() {
		this.rows = [];
		const path = [];
		for (let box = this.zoomed; box; box = box.above)
			path.unshift(box);
		for (const box of path)
			this.rows.push([{ box, x: 0, width: this.width }]);
		const scale = this.width / (this.zoomed.weight || 1);
		const todo = [this.zoomed];
		while (todo.length) {
			const above = todo.pop();
			const children = above.children;
			// From the right, so that the leftmost is taken first.
			for (let i = children.length - 1; i >= 0; i--)
				if (children[i].weight * scale >= MIN_WIDTH)
					todo.push(children[i]);
			if (above === this.zoomed)
				continue;
			const row = this.rows[above.depth] || (this.rows[above.depth] = []);
			row.push({ box: above, x: (above.x - this.zoomed.x) * scale, width: above.weight * scale });
		}
	}

	find(depth, x) {
		const row = this.rows[depth];
		if (!row)
			return null;
		let low = 0, high = row.length;
		while (low < high) {
			const middle = (low + high) >> 1;
			if (row[middle].x <= x)
				low = middle + 1;
			else
				high = middle;
		}
		const found = row[low - 1];
		return found && x < found.x + Math.max(found.width, 1) ? found : null;
	}

	place(box) {
		return (this.rows[box.depth] || []).find((r) => r.box === box) || null;
	}
}

class Chart {
	constructor(holder, canvas, spacer, profile) {
		this.holder = holder;
		this.canvas = canvas;
		this.spacer = spacer;
		this.p = profile;
		this.context = canvas.getContext("2d");
		this.halves = [];
		this.isFlipped = false;	// the root of the first half at the bottom
		this.hits = null;	// of each frame: does the search match?
		this.hovered = null;
		this.selected = null;
		this.isDue = false;
		this.colours = new Map();
		this.paintMs = 0;
		holder.addEventListener("scroll", () => this.paintSoon());
	}

	// The first half is drawn away from its root; with two, they share one root row.
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
		this.spacer.style.height = Math.max(0, this.height - this.holder.clientHeight) + "px";
		this.resize();
		this.paintSoon();
	}

	resize() {
		const ratio = window.devicePixelRatio || 1;
		const w = this.holder.clientWidth, h = this.holder.clientHeight;
		if (this.canvas.width !== Math.round(w * ratio) || this.canvas.height !== Math.round(h * ratio)) {
			this.canvas.width = Math.round(w * ratio);
			this.canvas.height = Math.round(h * ratio);
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

	at(event) {
		const bounds = this.canvas.getBoundingClientRect();
		const y = event.clientY - bounds.top + this.holder.scrollTop;
		const [half, depth] = this.rowAt(y);
		const found = this.halves[half] && this.halves[half].find(depth, event.clientX - bounds.left - LEFT);
		return found ? found.box : null;
	}

	halfOf(box) {
		return this.halves.find((half) => half.tree === box.tree);
	}

	zoom(box) {
		this.halfOf(box).zoomed = box;
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

	readColours(classes) {
		const style = getComputedStyle(document.documentElement);
		const value = (name) => style.getPropertyValue("--" + name).trim();
		this.colours = new Map();
		for (const name of ["n0", "x0", "hit", "on", "back", "text", "soft"])
			this.colours.set(name, value(name));
		for (const family of ["d", "s"])
			for (let i = 0; i < 8; i++)
				this.colours.set(family + i, value(family + i));
		this.byFrame = [];
		for (let i = 0; i < this.p.names.length; i++) {
			const name = classes.slice(2 * i, 2 * i + 2);
			if (!this.colours.has(name))
				this.colours.set(name, value(name));
			this.byFrame.push(this.colours.get(name));
		}
	}

	// By how much the nodes of a box changed, those that changed for certain.
	changeColour(box) {
		let sum = 0, weight = 0;
		for (const i of box.nodes) {
			sum += this.p.colour[i] * this.p.total[i];
			weight += this.p.total[i];
		}
		const colour = weight ? Math.round(sum / weight) : 0;
		if (!colour)
			return this.colours.get("n0");
		return this.colours.get(((colour > 0) !== this.negate ? "d" : "s") + Math.min(7, Math.abs(colour)));
	}

	colourOf(box) {
		if (box.frame < 0)
			return this.colours.get("n0");
		if (this.hits && this.hits[box.frame])
			return this.colours.get("hit");
		return this.p.change ? this.changeColour(box) : this.byFrame[box.frame];
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
		c.fillStyle = this.colours.get("back");
		c.fillRect(0, 0, this.holder.clientWidth, height);
		this.halves.forEach((half, h) => {
			// The root row of two halves is that of the second.
			for (let depth = this.halves.length === 2 && !h ? 1 : 0; depth < half.rows.length; depth++) {
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
		const c = this.context, names = this.p.names, row = half.rows[depth];
		const isAbove = depth < half.zoomed.depth;
		let last = "";
		c.globalAlpha = isAbove ? 0.6 : 1;
		for (const { box, x, width } of row) {
			const colour = this.colourOf(box);
			if (colour !== last)
				c.fillStyle = last = colour;
			c.fillRect(LEFT + x, y, width > 2 ? width - 0.7 : width, ROW - 1);
		}
		c.fillStyle = this.colours.get("text");
		for (const { box, x, width } of row) {
			const columns = Math.floor((width - 2 * TEXT_DX) / this.column);
			if (columns >= MIN_COLUMNS)
				c.fillText(fitText(box.frame < 0 ? "all" : names[box.frame], columns), LEFT + x + TEXT_DX, y + ROW / 2);
		}
		c.globalAlpha = 1;
	}

	outline(box, top) {
		const half = this.halfOf(box), place = half && half.place(box);
		if (!place)
			return;
		this.context.strokeStyle = this.colours.get("on");
		this.context.lineWidth = box === this.selected ? 2 : 1;
		this.context.strokeRect(LEFT + place.x + 0.5, this.rowTop(this.halves.indexOf(half), box.depth) - top + 0.5,
			Math.max(1, place.width - 1.7), ROW - 2);
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
