// SPDX-License-Identifier: BSD-2-Clause
// profile.js - the profile decoded, and the part of it below some outermost frames.
//
// Nodes are numbers, in preorder, 0 the root: parent[], frame[], self[], total[] and
// end[] (the number behind the last node below it).  See html_data.h for the bytes.

const CHANGE_MAX = 7;	// the strongest color, as in palette.h

// A function that takes one number after the other.
function numbersOf(base64) {
	const text = atob(base64);
	let at = 0;
	// Sums, not shifts: weights go up to 2^53.
	return () => {
		let value = 0, scale = 1, byte;
		do {
			byte = text.charCodeAt(at++);
			value += (byte & 127) * scale;
			scale *= 128;
		} while (byte > 127);
		return value;
	};
}

function emptyProfile(data) {
	const cnt = data.node_cnt + 1;
	return {
		cnt, names: data.names, kinds: data.kinds, unit: 10 ** -data.decimals,
		parent: new Int32Array(cnt), frame: new Int32Array(cnt), end: new Int32Array(cnt),
		depth: new Uint16Array(cnt),
		self: new Float64Array(cnt), total: new Float64Array(cnt),
		change: data.has_changes ? new Float64Array(cnt) : null,
		color: data.has_changes ? new Int8Array(cnt) : null,
	};
}

// Node I is the next one; UP is how many nodes end before it.
function place(p, i, up) {
	let above = i - 1;
	for (; up > 0; up--) {
		p.end[above] = i;
		above = p.parent[above];
	}
	p.parent[i] = above;
	p.depth[i] = p.depth[above] + 1;
}

// The totals, and the ends of the nodes that end with the profile.
function finish(p) {
	for (let i = p.cnt - 1; i >= 0; i--) {
		if (!p.end[i])
			p.end[i] = p.cnt;
		p.total[i] += p.self[i];
		if (i)
			p.total[p.parent[i]] += p.total[i];
	}
}

export function decodeProfile(data) {
	const p = emptyProfile(data), next = numbersOf(data.nodes);
	p.frame[0] = -1;
	for (let i = 1; i < p.cnt; i++) {
		const head = next();
		place(p, i, Math.floor(head / 2));
		p.frame[i] = next();
		if (head & 1)
			p.self[i] = next();
		if (p.change) {
			const zigzag = next();
			p.change[i] = zigzag % 2 ? -(zigzag + 1) / 2 : zigzag / 2;
			p.color[i] = next() - CHANGE_MAX;
		}
	}
	finish(p);
	if (p.change)
		p.change[0] = data.change / p.unit;
	return p;
}

// The root has no frame.
export function nameOf(p, frame) {
	return frame < 0 ? "all" : p.names[frame];
}

// Ranges [start, end) of nodes: those below the outermost frames whose names ACCEPTS takes.
export class Part {
	// ACCEPTS: null for the whole profile.
	constructor(profile, accepts) {
		this.p = profile;
		this.ranges = [];
		this.total = accepts ? 0 : profile.total[0];
		this.known = null;	// see functions
		for (let i = 1; i < profile.cnt; i = profile.end[i])
			if (!accepts || accepts(profile.names[profile.frame[i]])) {
				this.ranges.push([i, profile.end[i]]);
				if (accepts)
					this.total += profile.total[i];
			}
	}

	// Self and total of each function, made when they are first asked for.
	get functions() {
		if (!this.known)
			this.known = this.sumFunctions();
		return this.known;
	}

	// A function that calls itself counts once.
	sumFunctions() {
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
