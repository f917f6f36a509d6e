// SPDX-License-Identifier: BSD-2-Clause
// amounts.js - numbers and weights as people read them.

// The same in every place where the page is opened.
export function formatNumber(value) {
	return value.toLocaleString("en-US", { maximumFractionDigits: 6 });
}

export function formatPercent(part, whole) {
	return (whole ? part / whole * 100 : 0).toFixed(2) + "%";
}

// Weights of a profile, which count in its smallest unit.
export class Amounts {
	constructor(profile, data) {
		this.factor = profile.unit * data.factor;
		this.whole = Math.max(profile.total[0], data.total / profile.unit);
	}

	count(weight) {
		return formatNumber(weight * this.factor);
	}

	share(weight) {
		return formatPercent(weight, this.whole);
	}
}
