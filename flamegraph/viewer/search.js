// SPDX-License-Identifier: BSD-2-Clause
// search.js - the frames whose names match a regular expression, and their share.

import { formatPercent } from "./amounts.js";
import { compile } from "./expression.js";

export class Search {
	// INPUT: where the expression is typed; OUTPUT: where the share is shown.
	constructor(input, output, profile, amounts) {
		this.input = input;
		this.output = output;
		this.p = profile;
		this.amounts = amounts;
		this.hits = null;	// 1 for each frame that matches; null: no search
	}

	// False if TEXT is no expression: hits is what it was before.
	apply(text, isAnyCase, part) {
		const regex = compile(text, isAnyCase);
		this.input.classList.toggle("bad", regex === undefined);
		if (regex === undefined) {
			this.output.textContent = "not a regular expression";
			return false;
		}
		const matches = (name) => (regex.test(name) ? 1 : 0);
		this.hits = regex ? Uint8Array.from(this.p.names, matches) : null;
		this.output.textContent = regex ? "matched " + this.shareOf(part) : "";
		return true;
	}

	shareOf(part) {
		const isAll = part.total === this.p.total[0];
		const weight = part.weightOf(part.outermost((frame) => this.hits[frame]));
		return formatPercent(weight, isAll ? this.amounts.whole : part.total);
	}
}
