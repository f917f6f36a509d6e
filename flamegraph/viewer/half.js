// SPDX-License-Identifier: BSD-2-Clause
// half.js - where the boxes of one tree are: half of a sandwich, or all of a chart.

const MIN_WIDTH = 0.4;	// pixels; narrower boxes are not laid out
const FRAME_END = ".";	// between the frames of a path, in the URL

// The boxes of a half that are wide enough, row by row from left to right.  Those that
// enclose the zoomed one take the whole width.
export class Half {
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
			const x = (above.x - this.zoomed.x) * scale;
			row.push({ box: above, x, width: above.weight * scale });
		}
	}

	// The frames from the root to the zoomed box.
	get path() {
		const frames = [];
		for (let box = this.zoomed; box.above; box = box.above)
			frames.unshift(box.frame);
		return frames.join(FRAME_END);
	}

	// As far as there are such boxes.
	zoomAlong(path) {
		for (const frame of path.split(FRAME_END)) {
			const isNext = (box) => box.frame === Number(frame);
			const next = this.zoomed.children.find(isNext);
			if (!next)
				break;
			this.zoomed = next;
		}
	}

	// The place at X pixels in the row at DEPTH, or null.
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

	// Where a box is, or null if it is too narrow.
	place(box) {
		return (this.rows[box.depth] || []).find((r) => r.box === box) || null;
	}
}
