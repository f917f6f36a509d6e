// SPDX-License-Identifier: BSD-2-Clause
// svg.js - zoom, search and keyboard for a flame graph drawn by svg.c.
//
// Everything is read from the picture: frames stand in <g id="frames">, a frame
// before all that is above it.  Names only ever become text nodes.

import { fitText } from "./fit.js";

const SVG = "http://www.w3.org/2000/svg";
const XHTML = "http://www.w3.org/1999/xhtml";
const MIN_COLUMNS = 3;	// as in svg.c
const TEXT_DX = 3;

function view(svg, chart) {
	const details = svg.querySelector("#details");
	const matched = svg.querySelector("#matched");
	const width = svg.viewBox.baseVal.width;
	const fontSize = Number(svg.getAttribute("font-size"));
	const column = Number(chart.dataset.column);

	const frames = readFrames();
	const root = frames[0];
	const indexOf = new Map(frames.map((f, i) => [f.g, i]));
	const rootIsLowest = frames.length < 2 || frames[1].y < root.y;
	let zoomed = root;
	let focused = root;
	let searched = "";
	let isAnyCase = false;

	function readFrames() {
		const path = [];	// the frame last seen in each row
		const list = Array.from(chart.children, (g, index) => {
			const rect = g.querySelector("rect");
			const title = g.querySelector("title").textContent;
			const x = Number(rect.getAttribute("x"));
			const w = Number(rect.getAttribute("width"));
			return {
				g, rect, title, index, end: index + 1, parent: null,
				text: g.querySelector("text"),
				name: title.slice(0, title.lastIndexOf(" (")),
				x, w, y: Number(rect.getAttribute("y")),
				placedX: x, placedW: w, isShown: true, isBelow: false, isHit: false,
			};
		});
		const row = Number(list[0].rect.getAttribute("height")) + 1;
		for (const f of list) {
			const depth = Math.round(Math.abs(f.y - list[0].y) / row);
			f.parent = depth ? path[depth - 1] : null;
			path[depth] = f;
		}
		// From the last to the first: a frame's end is known before its parent's.
		for (const f of list.slice().reverse())
			if (f.parent)
				f.parent.end = Math.max(f.parent.end, f.end);
		return list;
	}

	// ---- drawing

	function show(f, isShown) {
		if (f.isShown === isShown)
			return;
		f.isShown = isShown;
		if (isShown)
			f.g.removeAttribute("display");
		else
			f.g.setAttribute("display", "none");
	}

	// Touches the document only where something changes: that is what costs time.
	function place(f, x, w) {
		show(f, true);
		if (f.placedX === x && f.placedW === w)
			return;
		f.placedX = x;
		f.placedW = w;
		f.rect.setAttribute("x", x.toFixed(2));
		f.rect.setAttribute("width", w.toFixed(2));
		const columns = Math.floor((w - 2 * TEXT_DX) / column);
		if (columns < MIN_COLUMNS) {
			if (f.text)
				f.text.remove();
			f.text = null;
			return;
		}
		if (!f.text) {
			f.text = f.g.appendChild(document.createElementNS(SVG, "text"));
			const height = Number(f.rect.getAttribute("height")) + 1;
			f.text.setAttribute("y", f.y + height / 2 + fontSize * 0.33);
		}
		f.text.setAttribute("x", (x + TEXT_DX).toFixed(2));
		f.text.textContent = fitText(f.name, columns);
	}

	function zoom(target) {
		const scale = root.w / target.w;
		const below = new Set();
		for (let f = target.parent; f; f = f.parent)
			below.add(f);
		for (const f of frames) {
			const isBelow = below.has(f);
			if (isBelow !== f.isBelow)
				f.g.classList.toggle("below", isBelow);
			f.isBelow = isBelow;
			if (isBelow)
				place(f, root.x, root.w);
			else if (f.index >= target.index && f.index < target.end)
				place(f, root.x + (f.x - target.x) * scale, f.w * scale);
			else
				show(f, false);
		}
		zoomed = target;
		resetButton.setAttribute("display", target === root ? "none" : "inline");
	}

	function search(text, anyCase) {
		let regex = null, sum = 0, covered = 0;
		searched = text;
		isAnyCase = anyCase;
		caseButton.classList.toggle("on", anyCase);
		caseButton.setAttribute("aria-pressed", anyCase);
		try {
			regex = text ? new RegExp(text, anyCase ? "i" : "") : null;
		} catch {
			matched.textContent = "not a regular expression";
			return;
		}
		for (const f of frames) {
			const isHit = regex !== null && f !== root && regex.test(f.name);
			if (isHit !== f.isHit)
				f.g.classList.toggle("hit", isHit);
			f.isHit = isHit;
			// A frame above a matched one is part of it already.
			if (isHit && f.index >= covered) {
				sum += f.w;
				covered = f.end;
			}
		}
		const share = (sum / root.w * 100).toFixed(2) + "%";
		matched.textContent = regex ? "matched " + share : "";
	}

	// ---- the state, shared by the URL: #zoom=INDEX&search=REGEX&anycase=1

	function save() {
		const state = new URLSearchParams();
		if (zoomed !== root)
			state.set("zoom", zoomed.index);
		if (searched)
			state.set("search", searched);
		if (isAnyCase)
			state.set("anycase", "1");
		const hash = "#" + state;
		if (hash !== (location.hash || "#"))
			// location.replace("#") would scroll.
			history.replaceState(null, "", hash);
	}

	function restore() {
		const state = new URLSearchParams(location.hash.slice(1));
		const target = frames[Number(state.get("zoom"))] || root;
		const text = state.get("search") || "";
		const anyCase = state.get("anycase") === "1";
		if (target !== zoomed)
			zoom(target);
		if (text !== searched || anyCase !== isAnyCase) {
			search(text, anyCase);
			box.value = text;
			showBox(text !== "");
		}
	}

	// ---- controls, which a picture without script does not have

	// Behind the frames, as in a picture higher than the window they cover some.
	const controls = svg.appendChild(document.createElementNS(SVG, "g"));

	function keepInSight() {
		const bounds = svg.getBoundingClientRect();
		const scale = bounds.height / svg.viewBox.baseVal.height;
		const y = Math.max(0, -bounds.top) / scale;
		controls.setAttribute("transform", "translate(0 " + y + ")");
	}

	function makeButton(label, x, action) {
		const g = document.createElementNS(SVG, "g");
		const rect = g.appendChild(document.createElementNS(SVG, "rect"));
		const text = g.appendChild(document.createElementNS(SVG, "text"));
		const w = (label.length + 2) * column;
		const left = x < 0 ? width + x - w : x;
		const attributes = { x: left, y: 10, width: w, height: 22, rx: 4 };
		for (const name in attributes)
			rect.setAttribute(name, attributes[name]);
		text.setAttribute("x", attributes.x + w / 2);
		text.setAttribute("y", 10 + 11 + fontSize * 0.33);
		text.setAttribute("text-anchor", "middle");
		text.textContent = label;
		g.setAttribute("class", "button");
		g.setAttribute("role", "button");
		g.setAttribute("tabindex", "0");
		g.addEventListener("click", action);
		// No focus by the mouse: it would scroll to where the controls stand in the file.
		g.addEventListener("mousedown", (event) => event.preventDefault());
		g.addEventListener("keydown", (event) => {
			if (event.key === "Enter" || event.key === " ") {
				event.preventDefault();
				action();
			}
		});
		return controls.appendChild(g);
	}

	function makeBox() {
		const holder = document.createElementNS(SVG, "foreignObject");
		const input = document.createElementNS(XHTML, "input");
		const x = width - 240 - 5 * column;
		const attributes = { x, y: 10, width: 230, height: 24, display: "none" };
		for (const name in attributes)
			holder.setAttribute(name, attributes[name]);
		input.id = "search-box";
		input.setAttribute("placeholder", "regular expression");
		input.setAttribute("aria-label", "Search");
		input.setAttribute("spellcheck", "false");
		input.addEventListener("input", () => search(input.value, isAnyCase));
		input.addEventListener("change", save);
		holder.append(input);
		controls.append(holder);
		return input;
	}

	function showBox(isShown) {
		box.parentNode.setAttribute("display", isShown ? "inline" : "none");
		caseButton.setAttribute("display", isShown ? "inline" : "none");
		searchButton.setAttribute("display", isShown ? "none" : "inline");
	}

	function openSearch() {
		showBox(true);
		box.focus({ preventScroll: true });
		box.select();
	}

	function toggleCase() {
		search(searched, !isAnyCase);
		save();
	}

	function resetZoom() {
		zoom(root);
		save();
		setFocus(root);
	}

	function resetAll() {
		box.value = "";
		box.blur();
		showBox(false);
		search("", false);
		zoom(root);
		save();
	}

	const resetButton = makeButton("Reset zoom", 10, resetZoom);
	const searchButton = makeButton("Search", -10, openSearch);
	const caseButton = makeButton("Aa", -10, toggleCase);
	const box = makeBox();

	// ---- events, all on the chart: a frame has none of its own

	function frameOf(event) {
		const g = event.target.closest && event.target.closest("#frames > g");
		return g ? frames[indexOf.get(g)] : null;
	}

	function describe(f) {
		const text = f ? chart.dataset.name + " " + f.title : "";
		details.textContent = fitText(text, Math.floor((width - 20) / column));
	}

	// One frame is in the tab order; the arrows move it.
	function setFocus(f) {
		focused.g.removeAttribute("tabindex");
		focused = f;
		f.g.setAttribute("tabindex", "0");
	}

	function neighbour(f, step) {
		for (let i = f.index + step; i > 0 && i < frames.length; i += step)
			if (frames[i].y === f.y && frames[i].isShown)
				return frames[i];
		return null;
	}

	function firstChild(f) {
		for (let i = f.index + 1; i < f.end; i++)
			if (frames[i].parent === f && frames[i].isShown)
				return frames[i];
		return null;
	}

	function moveFrom(f, key) {
		switch (key) {
		case "ArrowLeft":
			return neighbour(f, -1);
		case "ArrowRight":
			return neighbour(f, 1);
		case "ArrowUp":
			return rootIsLowest ? firstChild(f) : f.parent;
		case "ArrowDown":
			return rootIsLowest ? f.parent : firstChild(f);
		default:
			return null;
		}
	}

	function zoomOn(f) {
		zoom(f);
		setFocus(f);
		save();
	}

	chart.addEventListener("click", (event) => {
		const f = frameOf(event);
		if (!f)
			return;
		zoomOn(f);
		f.g.focus({ preventScroll: true });
	});
	chart.addEventListener("mouseover", (event) => describe(frameOf(event)));
	chart.addEventListener("mouseleave", () => describe(null));
	chart.addEventListener("focusin", (event) => describe(frameOf(event)));
	chart.addEventListener("focusout", () => describe(null));
	chart.addEventListener("keydown", (event) => {
		const f = frameOf(event);
		if (!f)
			return;
		if (event.key === "Enter" || event.key === " ") {
			event.preventDefault();
			zoomOn(f);
			f.g.focus();
		}
		const next = moveFrom(f, event.key);
		if (next) {
			event.preventDefault();
			setFocus(next);
			next.g.focus();
		}
	});
	window.addEventListener("keydown", (event) => {
		const isFind = (event.ctrlKey || event.metaKey) && event.key === "f";
		if (isFind || (event.key === "/" && event.target !== box)) {
			event.preventDefault();
			openSearch();
		} else if ((event.ctrlKey || event.metaKey) && event.key === "i") {
			event.preventDefault();
			showBox(true);
			toggleCase();
		} else if (event.key === "Escape") {
			resetAll();
		}
	});
	window.addEventListener("hashchange", restore);
	window.addEventListener("scroll", keepInSight, { passive: true });

	caseButton.setAttribute("aria-label", "Upper and lower case are the same");
	resetButton.setAttribute("display", "none");
	showBox(false);
	setFocus(root);
	restore();
	// What is higher than the window is opened where the flames begin.
	if (rootIsLowest && svg === document.documentElement)
		window.addEventListener("load", () =>
			window.scrollTo(0, svg.viewBox.baseVal.height));
}

const picture = document.currentScript.closest("svg");
const frames = picture.querySelector("#frames");
if (frames)	// else there were no samples
	view(picture, frames);
