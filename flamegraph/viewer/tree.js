// SPDX-License-Identifier: BSD-2-Clause
// tree.js - the profile decoded, and trees of it that grow where they are looked at.
//
// Nodes are numbers, in preorder, 0 the root: parent[], frame[], self[], total[] and
// end[] (the number behind the last node below it).  See html_data.h for the bytes.

function decodeProfile(data) {
	const text = atob(data.nodes);
	const bytes = new Uint8Array(text.length);
	for (let i = 0; i < text.length; i++)
		bytes[i] = text.charCodeAt(i);
	const cnt = data.node_cnt + 1, unit = 10 ** -data.decimals;
	const p = {
		cnt, names: data.names, kinds: data.kinds, unit,
		parent: new Int32Array(cnt), frame: new Int32Array(cnt), end: new Int32Array(cnt),
		depth: new Uint16Array(cnt), self: new Float64Array(cnt), total: new Float64Array(cnt),
		change: data.has_changes ? new Float64Array(cnt) : null,
		colour: data.has_changes ? new Int8Array(cnt) : null,
	};
	let at = 0;
	// Sums, not shifts: weights go up to 2^53.
	function varint() {
		let value = 0, scale = 1, byte;
		do {
			byte = bytes[at++];
			value += (byte & 127) * scale;
			scale *= 128;
		} while (byte > 127);
		return value;
	}
	p.frame[0] = -1;
	for (let i = 1, last = 0; i < cnt; i++) {
		const head = varint();
		let above = last;
		for (let up = Math.floor(head / 2); up > 0; up--) {
			p.end[above] = i;
			above = p.parent[above];
		}
		p.parent[i] = above;
		p.depth[i] = p.depth[above] + 1;
		p.frame[i] = varint();
		if (head & 1)
			p.self[i] = varint();
		if (p.change) {
			const zigzag = varint();
			p.change[i] = zigzag % 2 ? -(zigzag + 1) / 2 : zigzag / 2;
			p.colour[i] = varint() - 7;
		}
		last = i;
	}
	for (let i = cnt - 1; i >= 0; i--) {
		if (!p.end[i])
			p.end[i] = cnt;
		p.total[i] += p.self[i];
		if (i)
			p.total[p.parent[i]] += p.total[i];
	}
	if (p.change)
		p.change[0] = data.change / unit;
	return p;
}

// The part of a profile below some of its outermost frames: ranges [start, end) of nodes.
class Part {
	constructor(profile, accepts) {
		this.p = profile;
		this.ranges = [];
		this.total = accepts ? 0 : profile.total[0];
		for (let i = 1; i < profile.cnt; i = profile.end[i])
			if (!accepts || accepts(profile.names[profile.frame[i]])) {
				this.ranges.push([i, profile.end[i]]);
				if (accepts)
					this.total += profile.total[i];
			}
	}

	// Self and total of each function; a function that calls itself counts once.
	functions() {
		const p = this.p, names = p.names.length;
		const self = new Float64Array(names), total = new Float64Array(names);
		const open = new Int32Array(names), path = [];
		for (const [start, end] of this.ranges) {
			for (let i = start; i < end; i++) {
				while (path.length && p.end[path[path.length - 1]] <= i)
					open[p.frame[path.pop()]]--;
				const f = p.frame[i];
				self[f] += p.self[i];
				if (!open[f]++)
					total[f] += p.total[i];
				path.push(i);
			}
			while (path.length)
				open[p.frame[path.pop()]]--;
		}
		return { self, total };
	}

	// The outermost nodes whose frame is wanted: no weight is in two of them.
	outermost(isWanted) {
		const p = this.p, found = [];
		for (const [start, end] of this.ranges)
			for (let i = start; i < end;) {
				if (isWanted(p.frame[i])) {
					found.push(i);
					i = p.end[i];
				} else {
					i++;
				}
			}
		return found;
	}

	weightOf(nodes) {
		return nodes.reduce((sum, i) => sum + this.p.total[i], 0);
	}
}

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

class Tree {
	constructor(part, order) {
		this.part = part;
		this.order = order;	// "name": as in the file; "weight"
		this.root = new Box(this, null, -1);
	}

	// Boxes by frame, placed side by side.
	place(above, byFrame) {
		const boxes = Array.from(byFrame.values());
		const names = this.part.p.names;
		if (this.order === "weight")
			boxes.sort((a, b) => b.weight - a.weight || a.frame - b.frame);
		else
			boxes.sort((a, b) => (names[a.frame] < names[b.frame] ? -1 : names[a.frame] > names[b.frame] ? 1 : a.frame - b.frame));
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
class CalleeTree extends Tree {
	constructor(part, order, nodes, frame) {
		super(part, order);
		this.root.nodes = nodes || [];
		this.root.weight = nodes ? part.weightOf(nodes) : part.total;
		this.root.frame = frame === undefined ? -1 : frame;
		this.isWhole = !nodes;
	}

	// Of one node nothing can be merged.
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
class CallerTree extends Tree {
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
