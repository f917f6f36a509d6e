// SPDX-License-Identifier: BSD-2-Clause
// url_state.js - what the page shows, kept in the URL's fragment so that it can be shared.
//
// The values are texts: view, root (see roots.js), order, icicle and anycase ("0" or "1"),
// search, fn (the number of a sandwich's frame), zoom (see chart.js), sort ("-self").

const VIEWS = ["flame", "callers", "sandwich", "table", "facts"];

export class UrlState {
	constructor(isInverted) {
		this.defaults = {
			view: "flame", root: "", order: "name", icicle: isInverted ? "1" : "0",
			search: "", anycase: "0", fn: "", zoom: "", sort: "-self",
		};
	}

	// All values: the default of each that the fragment does not have, or not as a value.
	read() {
		const fragment = new URLSearchParams(location.hash.slice(1));
		const state = { ...this.defaults };
		for (const key in state)
			if (fragment.has(key))
				state[key] = fragment.get(key);
		if (!VIEWS.includes(state.view))
			state.view = this.defaults.view;
		if (!/^[-+](self|total|name)$/.test(state.sort))
			state.sort = this.defaults.sort;
		if (!/^\d*$/.test(state.fn))
			state.fn = "";
		return state;
	}

	write(state) {
		const fragment = new URLSearchParams();
		for (const key in this.defaults)
			if (state[key] !== this.defaults[key])
				fragment.set(key, state[key]);
		const hash = "#" + fragment;
		if (hash !== (location.hash || "#"))
			history.replaceState(null, "", hash);
	}
}
