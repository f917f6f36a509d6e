// SPDX-License-Identifier: BSD-2-Clause
// colors.js - the color of each function and of each change, as the style sheet has them.

const SHADE_CNT = 8;	// of a family, as in palette.h

export class Colors {
	// CLASSES: two characters a frame, its family and shade.
	constructor(profile, classes, isNegated) {
		this.p = profile;
		this.classes = classes;
		this.isNegated = isNegated;	// shrunk is drawn as grown is otherwise
		this.read();
	}

	// Again whenever the style sheet gives others, for light or for dark.
	read() {
		const style = getComputedStyle(document.documentElement);
		const value = (name) => style.getPropertyValue("--" + name).trim();
		this.byClass = new Map();
		for (const name of ["n0", "x0", "hit", "on", "back", "text", "soft"])
			this.byClass.set(name, value(name));
		for (const family of ["d", "s"])
			for (let i = 0; i < SHADE_CNT; i++)
				this.byClass.set(family + i, value(family + i));
		this.byFrame = [];
		for (let i = 0; i < this.p.names.length; i++) {
			const name = this.classes.slice(2 * i, 2 * i + 2);
			if (!this.byClass.has(name))
				this.byClass.set(name, value(name));
			this.byFrame.push(this.byClass.get(name));
		}
	}

	get(name) {
		return this.byClass.get(name);
	}

	of(box) {
		if (box.frame < 0)
			return this.get("n0");
		return this.p.change ? this.ofChange(box) : this.byFrame[box.frame];
	}

	// By how much the nodes of a box changed, those that changed for certain.
	ofChange(box) {
		let sum = 0, weight = 0;
		for (const i of box.nodes) {
			sum += this.p.color[i] * this.p.total[i];
			weight += this.p.total[i];
		}
		const change = weight ? Math.round(sum / weight) : 0;
		if (!change)
			return this.get("n0");
		const family = (change > 0) !== this.isNegated ? "d" : "s";
		return this.get(family + Math.min(SHADE_CNT - 1, Math.abs(change)));
	}
}
