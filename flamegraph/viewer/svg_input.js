// SPDX-License-Identifier: BSD-2-Clause
// svg_input.js - pointer and keys on the frames.  All events are the chart's: a frame has none.

export class Input {
	// onDescribe(FRAME or null) and onZoom(FRAME) tell what was asked for.
	constructor(chart, frames, { onDescribe, onZoom }) {
		this.frames = frames;
		this.focused = frames.root;
		this.onZoom = onZoom;
		chart.addEventListener("click", (event) => this.onClick(event));
		chart.addEventListener("keydown", (event) => this.onKey(event));
		for (const type of ["mouseover", "focusin"])
			chart.addEventListener(type, (event) => onDescribe(frames.at(event)));
		for (const type of ["mouseleave", "focusout"])
			chart.addEventListener(type, () => onDescribe(null));
		this.setFocus(frames.root);
	}

	// One frame is in the tab order; the arrows move it.
	setFocus(f) {
		this.focused.g.removeAttribute("tabindex");
		this.focused = f;
		f.g.setAttribute("tabindex", "0");
	}

	onClick(event) {
		const f = this.frames.at(event);
		if (!f)
			return;
		this.onZoom(f);
		this.setFocus(f);
		f.g.focus({ preventScroll: true });
	}

	onKey(event) {
		const f = this.frames.at(event);
		const isZoom = event.key === "Enter" || event.key === " ";
		const next = f && !isZoom ? this.frames.next(f, event.key) : f;
		if (!next)
			return;
		event.preventDefault();
		if (isZoom)
			this.onZoom(f);
		this.setFocus(next);
		next.g.focus();
	}
}
