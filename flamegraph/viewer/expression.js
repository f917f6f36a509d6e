// SPDX-License-Identifier: BSD-2-Clause
// expression.js - what is searched for; of both viewers.

// null: no text; undefined: no regular expression.
export function compile(text, isAnyCase) {
	try {
		return text ? new RegExp(text, isAnyCase ? "i" : "") : null;
	} catch {
		return undefined;
	}
}
