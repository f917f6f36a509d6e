// SPDX-License-Identifier: BSD-2-Clause
// tree.js - trees of a part of the profile, which grow where they are looked at.

// A box of a picture: the nodes that are drawn as one.  Its children are found when
// they are asked for, so that a tree of millions costs what is seen of it.
class Box {
	constructor(tree, above, frame) {
		this.tree = tree;
		this.above = above;	// null: the root
		this.frame = frame;
		this.depth = above ? above.depth + 1 : 0;
		this.x = 0;		// weight to the left of it
		this.weight = 0;
		this.nodes = [];
		this.weights = null;	// of each node, where it is not the node's total
		this.list = null;
	}

	get children() {
		if (!this.list)
			this.list = this.tree.childrenOf(this);
		return this.list;
	}
}

// By name, and frames of the same name (but of another kind) by number.
export function compareNames(names, a, b) {
	return names[a] < names[b] ? -1 : names[a] > names[b] ? 1 : a - b;
}

class Tree {
	constructor(part, order) {
		this.part = part;
		this.order = order;	// "name": as in the file; "weight"
		this.root = new Box(this, null, -1);
	}

	// Boxes by frame, placed side by side.
	place(above, byFrame) {
		const boxes = Array.from(byFrame.values());
		if (this.order === "weight")
			boxes.sort((a, b) => b.weight - a.weight || a.frame - b.frame);
		else
			boxes.sort((a, b) => compareNames(this.part.p.names, a.frame, b.frame));
		let x = above.x;
		for (const box of boxes) {
			box.x = x;
			x += box.weight;
		}
		return boxes;
	}

	box(byFrame, above, frame) {
		let box = byFrame.get(frame);
		if (!box)
			byFrame.set(frame, box = new Box(this, above, frame));
		return box;
	}
}

// From a frame to what it calls.
export class CalleeTree extends Tree {
	// NODES: where FRAME is called; undefined: the whole part.
	constructor(part, order, nodes, frame) {
		super(part, order);
		this.root.nodes = nodes || [];
		this.root.weight = nodes ? part.weightOf(nodes) : part.total;
		this.root.frame = frame === undefined ? -1 : frame;
		this.isWhole = !nodes;
	}

	// The children of one node are already merged.
	childrenOfNode(above, node) {
		const p = this.part.p, boxes = [];
		let x = above.x;
		for (let i = node + 1; i < p.end[node]; i = p.end[i]) {
			const box = new Box(this, above, p.frame[i]);
			box.nodes.push(i);
			box.weight = p.total[i];
			box.x = x;
			x += box.weight;
			boxes.push(box);
		}
		return boxes;
	}

	childrenOf(above) {
		if (above.nodes.length === 1 && this.order === "name")
			return this.childrenOfNode(above, above.nodes[0]);
		const p = this.part.p, byFrame = new Map();
		const add = (i) => {
			const box = this.box(byFrame, above, p.frame[i]);
			box.nodes.push(i);
			box.weight += p.total[i];
		};
		if (this.isWhole && !above.above)
			for (const [start] of this.part.ranges)
				add(start);
		else
			for (const node of above.nodes)
				for (let i = node + 1; i < p.end[node]; i = p.end[i])
					add(i);
		return this.place(above, byFrame);
	}
}

// From a frame to what calls it.  The weight is the start's, all the way.
export class CallerTree extends Tree {
	// NODES: where FRAME is called; undefined: from every frame that has a self weight.
	constructor(part, order, nodes, frame) {
		super(part, order);
		const root = this.root, p = part.p;
		if (nodes) {
			root.nodes = nodes;
			root.weights = nodes.map((i) => p.total[i]);
			root.frame = frame;
		} else {
			this.isWhole = true;
			root.weights = [];
			for (const [start, end] of part.ranges)
				for (let i = start; i < end; i++)
					if (p.self[i]) {
						root.nodes.push(i);
						root.weights.push(p.self[i]);
					}
		}
		root.weight = root.weights.reduce((a, b) => a + b, 0);
		if (this.isWhole)
			root.weight = Math.max(root.weight, part.total);
	}

	childrenOf(above) {
		const p = this.part.p, byFrame = new Map();
		const isFirst = this.isWhole && !above.above;
		for (let k = 0; k < above.nodes.length; k++) {
			const i = isFirst ? above.nodes[k] : p.parent[above.nodes[k]];
			if (!i)
				continue;
			const box = this.box(byFrame, above, p.frame[i]);
			if (!box.weights)
				box.weights = [];
			box.nodes.push(i);
			box.weights.push(above.weights[k]);
			box.weight += above.weights[k];
		}
		return this.place(above, byFrame);
	}
}
