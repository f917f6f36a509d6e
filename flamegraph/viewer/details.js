// SPDX-License-Identifier: BSD-2-Clause
// details.js - the line about the box that the pointer or the keyboard is on.

import { formatPercent } from "./amounts.js";
import { make } from "./dom.js";
import { nameOf } from "./profile.js";
import { CalleeTree } from "./tree.js";

const KINDS = { k: " [kernel]", i: " [inlined]", j: " [JIT]", p: " [interpreted]" };

export class Details {
	// UNIT: what a weight counts.
	constructor(holder, profile, amounts, unit) {
		this.holder = holder;
		this.p = profile;
		this.amounts = amounts;
		this.unit = unit;
	}

	// BOX: of a tree of PART; null: nothing is described.
	show(box, part) {
		this.holder.textContent = "";
		if (!box)
			return;
		const kind = KINDS[this.p.kinds[box.frame]] || "";
		this.holder.append(
			make("bdi", nameOf(this.p, box.frame)), make("span", kind, "soft"),
			make("br"), make("span", this.numbersOf(box, part), "soft"));
	}

	both(weight) {
		return this.amounts.count(weight) + ", " + this.amounts.share(weight);
	}

	numbersOf(box, part) {
		const { p, amounts } = this;
		const weight = amounts.count(box.weight) + " " + this.unit;
		let text = weight + ", " + amounts.share(box.weight);
		if (part.total !== p.total[0] && part.total)
			text += " (" + formatPercent(box.weight, part.total) +
				" of the chosen root)";
		// The weights of callers are shares of what they call, not their own.
		if (!(box.tree instanceof CalleeTree))
			return text;
		const self = sumOf(p.self, box.nodes);
		if (self)
			text += "; self " + this.both(self);
		return p.change ? text + "; change " + this.changeOf(box) : text;
	}

	changeOf(box) {
		const { p, amounts } = this;
		const change = box.frame < 0 ? p.change[0] : sumOf(p.change, box.nodes);
		const sign = change > 0 ? "+" : "";
		return sign + amounts.count(change) + ", " + sign + amounts.share(change);
	}
}

function sumOf(values, nodes) {
	return nodes.reduce((sum, i) => sum + values[i], 0);
}
