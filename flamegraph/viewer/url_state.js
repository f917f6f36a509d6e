// SPDX-License-Identifier: BSD-2-Clause
// url_state.js - what is shown, as texts in the URL's fragment that can be shared; of both
// viewers.

export class UrlState {
	constructor(defaults) {
		this.defaults = defaults;
	}

	// All values: the default of each that the fragment does not have.
	read() {
		const fragment = new URLSearchParams(location.hash.slice(1));
		const state = { ...this.defaults };
		for (const key in state)
			if (fragment.has(key))
				state[key] = fragment.get(key);
		return state;
	}

	write(state) {
		const fragment = new URLSearchParams();
		for (const key in this.defaults)
			if (state[key] !== this.defaults[key])
				fragment.set(key, state[key]);
		const hash = "#" + fragment;
		if (hash !== (location.hash || "#"))
			// location.replace("#") would scroll.
			history.replaceState(null, "", hash);
	}
}
