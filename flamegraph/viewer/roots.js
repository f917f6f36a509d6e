// SPDX-License-Identifier: BSD-2-Clause
// roots.js - the choice of an outermost frame: one process, one thread, or all.
//
// With threads these are "comm-PID/TID", and "comm-PID/" is each process as a whole.  A
// choice is "=" and the name, or "" for all.

import { make } from "./dom.js";
import { fitText } from "./fit.js";
import { Part } from "./profile.js";

const COLUMNS = 40;	// of a name; the rest is cut off

export class Roots {
	constructor(select, profile, amounts) {
		this.select = select;
		this.p = profile;
		this.amounts = amounts;
		this.fill();
	}

	// The weights of each outermost frame, and of the threads of each process.
	sum() {
		const { p } = this, weights = new Map(), threads = new Map();
		for (let i = 1; i < p.cnt; i = p.end[i]) {
			const name = p.names[p.frame[i]], slash = name.lastIndexOf("/");
			weights.set(name, (weights.get(name) || 0) + p.total[i]);
			if (slash > 0 && /-\d+\/\d+$/.test(name)) {
				const process = name.slice(0, slash + 1);
				const list = threads.get(process) || [];
				threads.set(process, list.concat(p.total[i]));
			}
		}
		return { weights, threads };
	}

	fill() {
		const { weights, threads } = this.sum();
		for (const [process, list] of threads)
			if (list.length > 1)
				weights.set(process, list.reduce((a, b) => a + b, 0));
		this.add("", "all");
		const sorted = Array.from(weights);
		sorted.sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
		for (const [name, weight] of sorted) {
			const isAll = threads.has(name) && name.endsWith("/");
			const label = fitText(name, COLUMNS) + (isAll ? " all threads" : "");
			this.add("=" + name, label + " (" + this.amounts.share(weight) + ")");
		}
	}

	add(value, label) {
		const option = this.select.appendChild(make("option", label));
		option.value = value;
	}

	// Show a choice, and return what it is of the profile.
	choose(choice) {
		const wanted = choice.slice(1), isProcess = wanted.endsWith("/");
		this.select.value = choice;
		return new Part(this.p, choice === "" ? null : (name) =>
			name === wanted || (isProcess && name.startsWith(wanted)));
	}
}
