// SPDX-License-Identifier: BSD-2-Clause
// page_state.js - what the page shows: the values that it may have in the URL.
//
// They are texts: view, root (see roots.js), order, icicle and anycase ("0" or "1"),
// search, fn (the number of a sandwich's frame), zoom (see chart.js), sort ("-self").

import { UrlState } from "./url_state.js";

const VIEWS = ["flame", "callers", "sandwich", "table", "facts"];

export class PageState extends UrlState {
	constructor(isInverted) {
		super({
			view: "flame", root: "", order: "name", icicle: isInverted ? "1" : "0",
			search: "", anycase: "0", fn: "", zoom: "", sort: "-self",
		});
	}

	// The default also of each that has another value.
	read() {
		const state = super.read();
		if (!VIEWS.includes(state.view))
			state.view = this.defaults.view;
		if (!/^[-+](self|total|name)$/.test(state.sort))
			state.sort = this.defaults.sort;
		if (!/^\d*$/.test(state.fn))
			state.fn = "";
		return state;
	}
}
