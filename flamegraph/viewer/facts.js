// SPDX-License-Identifier: BSD-2-Clause
// facts.js - what the file says about the profile and about its recording.

import { formatNumber } from "./amounts.js";
import { make } from "./dom.js";

function words(key) {
	return key.replace(/_/g, " ");
}

// The entries of an object, those of the objects in it with the way to them.
function addFacts(list, value, prefix) {
	for (const [key, item] of Object.entries(value)) {
		if (item !== null && typeof item === "object") {
			addFacts(list, item, prefix + words(key) + " \u203a ");
		} else {
			const text = typeof item === "number" ? formatNumber(item) : String(item);
			list.append(make("dt", prefix + words(key)), make("dd", text));
		}
	}
}

function profileFacts(p, data) {
	return {
		[data.count_name]: p.total[0] * p.unit * data.factor,
		functions: p.names.length,
		nodes: p.cnt - 1,
		"frames in the deepest stack": p.depth.reduce((a, b) => Math.max(a, b), 0),
	};
}

// The recorder's notes: JSON, or else any text.
function recordingFacts(notes) {
	try {
		const facts = JSON.parse(notes);
		if (facts !== null && typeof facts === "object")
			return facts;
	} catch {
		// It is a text.
	}
	return { notes };
}

export function showFacts(holder, p, data) {
	const add = (title, facts) => {
		holder.append(make("h2", title));
		addFacts(holder.appendChild(make("dl")), facts, "");
	};
	holder.textContent = "";
	add("Profile", profileFacts(p, data));
	if (data.notes)
		add("Recording", recordingFacts(data.notes));
}
