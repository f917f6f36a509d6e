// SPDX-License-Identifier: BSD-2-Clause
// page.js - the page around the chart: views, search, table, facts, and its state in the URL.
//
// Names come from the recorded programs.  They are drawn on the canvas or become text
// nodes; none is ever parsed as markup.

(function () {
	const ROW_HEIGHT = 22;	// of the table, as in page.css
	const PATH_END = ".";	// between the frames of a zoomed path, in the URL

	const data = JSON.parse(document.getElementById("data").textContent);
	const p = decodeProfile(data);
	const byId = (id) => document.getElementById(id);
	const chart = new Chart(byId("chart"), byId("canvas"), byId("spacer"), p);
	chart.negate = data.negate === 1;

	// All that the URL says; zoom: one path for each half of the chart.
	const defaults = {
		view: "flame", root: "", order: "name", icicle: data.inverted ? "1" : "0",
		search: "", anycase: "0", fn: "", zoom: "", sort: "-self",
	};
	let state = { ...defaults };
	let part = new Part(p, null);
	let functions = null;	// of the part; made when needed
	let rows = [];		// of the table
	let selectedRow = 0;

	// ---- words

	function formatCount(weight) {
		const value = weight * p.unit * data.factor;
		return value.toLocaleString("en-US", { maximumFractionDigits: 6 });
	}

	function whole() {
		return Math.max(p.total[0], data.total / p.unit);
	}

	function formatShare(weight) {
		return (whole() ? weight / whole() * 100 : 0).toFixed(2) + "%";
	}

	function make(tag, text, className) {
		const element = document.createElement(tag);
		if (text !== undefined)
			element.textContent = text;
		if (className)
			element.className = className;
		return element;
	}

	function nameOf(frame) {
		return frame < 0 ? "all" : p.names[frame];
	}

	// ---- details of what the pointer or the keyboard is on

	function selfOf(box) {
		return box.tree instanceof CalleeTree ? box.nodes.reduce((sum, i) => sum + p.self[i], 0) : null;
	}

	function describe(box) {
		const details = byId("details");
		details.textContent = "";
		if (!box)
			return;
		const kinds = { k: " [kernel]", i: " [inlined]", j: " [JIT]" };
		const self = selfOf(box);
		let numbers = formatCount(box.weight) + " " + data.count_name + ", " + formatShare(box.weight);
		if (part.total !== p.total[0] && part.total)
			numbers += " (" + (box.weight / part.total * 100).toFixed(2) + "% of the chosen root)";
		if (self)
			numbers += "; self " + formatCount(self) + ", " + formatShare(self);
		if (p.change && box.tree instanceof CalleeTree) {
			const change = box.frame < 0 ? p.change[0] : box.nodes.reduce((sum, i) => sum + p.change[i], 0);
			numbers += "; change " + (change > 0 ? "+" : "") + formatCount(change) + ", " + (change > 0 ? "+" : "") + formatShare(change);
		}
		details.append(make("bdi", nameOf(box.frame)), make("span", (kinds[p.kinds[box.frame]] || ""), "soft"),
			make("br"), make("span", numbers, "soft"));
	}

	// ---- views

	function outermostOf(frame) {
		return part.outermost((f) => f === frame);
	}

	function showChart() {
		const frame = Number(state.fn);
		if (state.view === "sandwich") {
			const nodes = outermostOf(frame);
			chart.show([new CallerTree(part, state.order, nodes, frame), new CalleeTree(part, state.order, nodes, frame)], false);
		} else if (state.view === "callers") {
			chart.show([new CallerTree(part, state.order)], state.icicle !== "1");
		} else {
			chart.show([new CalleeTree(part, state.order)], state.icicle !== "1");
		}
		zoomAlong(state.zoom);
		if (state.view === "sandwich")	// outlined: callers above it, callees below
			chart.selected = chart.halves[1].tree.root;
		chart.scrollToRoot();
	}

	function isSandwichReady() {
		return state.fn !== "" && Number(state.fn) < p.names.length;
	}

	function showView() {
		const isEmpty = !p.total[0] && state.view !== "facts";
		const isChart = ["flame", "callers", "sandwich"].includes(state.view);
		for (const tab of document.querySelectorAll("nav button"))
			tab.setAttribute("aria-selected", tab.dataset.view === state.view);
		byId("chart").hidden = isEmpty || !isChart;
		byId("table").hidden = isEmpty || state.view !== "table";
		byId("facts").hidden = state.view !== "facts";
		byId("empty").hidden = !isEmpty;
		byId("flip").hidden = byId("reset").hidden = !isChart;
		byId("flip").disabled = state.view === "sandwich";
		byId("flip").setAttribute("aria-pressed", state.icicle === "1");
		byId("order").parentNode.hidden = !isChart;
		describe(null);
		if (isEmpty)
			return;
		if (isChart)
			showChart();
		else if (state.view === "table")
			showTable();
		else
			showFacts();
		showReset();
	}

	function showReset() {
		byId("reset").disabled = !chart.isZoomed();
	}

	// ---- zoom: the frames from the root to the zoomed box, for each half

	function pathOf(box) {
		const path = [];
		for (; box.above; box = box.above)
			path.unshift(box.frame);
		return path.join(PATH_END);
	}

	function zoomAlong(text) {
		text.split("_").forEach((path, h) => {
			const half = chart.halves[h];
			if (!half || !path)
				return;
			for (const frame of path.split(PATH_END)) {
				const next = half.zoomed.children.find((box) => box.frame === Number(frame));
				if (!next)
					break;
				half.zoomed = next;
			}
		});
		chart.layOut();
	}

	function zoomOn(box) {
		chart.zoom(box);
		chart.selected = box;
		chart.scrollTo(box);
		set({ zoom: chart.halves.map((half) => pathOf(half.zoomed)).join("_").replace(/^_$/, "") }, true);
		showReset();
	}

	function resetZoom() {
		for (const half of chart.halves)
			half.zoomed = half.tree.root;
		chart.selected = null;
		chart.layOut();
		chart.scrollToRoot();
		set({ zoom: "" }, true);
		showReset();
	}

	function openSandwich(frame) {
		if (frame >= 0)
			set({ view: "sandwich", fn: String(frame), zoom: "" });
	}

	// ---- search

	function compile() {
		try {
			const regex = state.search ? new RegExp(state.search, state.anycase === "1" ? "i" : "") : null;
			byId("search").classList.remove("bad");
			return regex;
		} catch {
			byId("search").classList.add("bad");
			byId("matched").textContent = "not a regular expression";
			return undefined;
		}
	}

	function search() {
		const regex = compile();
		if (regex === undefined)
			return;
		chart.hits = regex ? Uint8Array.from(p.names, (name) => regex.test(name) ? 1 : 0) : null;
		byId("matched").textContent = "";
		if (regex) {
			const weight = part.weightOf(part.outermost((f) => chart.hits[f]));
			const all = part.total === p.total[0] ? whole() : part.total;
			byId("matched").textContent = "matched " + (all ? weight / all * 100 : 0).toFixed(2) + "%";
		}
		if (state.view === "table")
			showTable();
		chart.paintSoon();
	}

	// ---- the roots: processes, and with threads "comm-PID/TID" each process as a whole

	function fillRoots() {
		const weights = new Map(), threads = new Map();
		for (let i = 1; i < p.cnt; i = p.end[i]) {
			const name = p.names[p.frame[i]], slash = name.lastIndexOf("/");
			weights.set(name, (weights.get(name) || 0) + p.total[i]);
			if (slash > 0 && /-\d+\/\d+$/.test(name)) {
				const process = name.slice(0, slash + 1);
				threads.set(process, (threads.get(process) || []).concat(p.total[i]));
			}
		}
		for (const [process, list] of threads)
			if (list.length > 1)
				weights.set(process, list.reduce((a, b) => a + b, 0));
		const add = (value, label) => {
			const option = byId("root").appendChild(make("option", label));
			option.value = value;
		};
		add("", "all");
		for (const [name, weight] of Array.from(weights).sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)))
			add("=" + name, fitText(name, 40) + (threads.has(name) && name.endsWith("/") ? " all threads" : "") + " (" + formatShare(weight) + ")");
	}

	function choosePart() {
		const wanted = state.root.slice(1);
		const isProcess = wanted.endsWith("/");
		part = new Part(p, state.root ? (name) => name === wanted || (isProcess && name.startsWith(wanted)) : null);
		functions = null;
	}

	// ---- the table; only the rows that are seen are in the document

	function sortRows() {
		const key = state.sort.slice(1), sign = state.sort[0] === "-" ? -1 : 1;
		const value = functions[key];
		const byName = (a, b) => (p.names[a] < p.names[b] ? -1 : p.names[a] > p.names[b] ? 1 : a - b);
		rows.sort(key === "name" ? (a, b) => sign * byName(a, b) : (a, b) => sign * (value[a] - value[b]) || byName(a, b));
	}

	function showTable() {
		functions = functions || part.functions();
		rows = [];
		for (let f = 0; f < p.names.length; f++)
			if (functions.total[f] > 0 && (!chart.hits || chart.hits[f]))
				rows.push(f);
		sortRows();
		for (const head of document.querySelectorAll("#heads button")) {
			const isKey = head.dataset.sort === state.sort.slice(1);
			head.setAttribute("aria-sort", !isKey ? "none" : state.sort[0] === "-" ? "descending" : "ascending");
			head.textContent = { self: "Self", total: "Total", name: "Function" }[head.dataset.sort] +
				(!isKey ? "" : state.sort[0] === "-" ? " \u25be" : " \u25b4");
		}
		selectedRow = 0;
		byId("rows").scrollTop = 0;
		byId("rows-spacer").style.height = rows.length * ROW_HEIGHT + "px";
		paintRows();
	}

	function makeNumber(weight, most) {
		const cell = make("span", undefined, "num"), bar = make("i");
		bar.style.width = most ? 150 * weight / most + "px" : 0;
		cell.append(bar, make("b", formatCount(weight) + "  " + formatShare(weight).padStart(7)));
		return cell;
	}

	function makeRow(frame, index) {
		const row = make("div", undefined, index === selectedRow ? "row on" : "row");
		const name = make("span", undefined, "name"), swatch = make("span", undefined, "swatch");
		swatch.style.background = chart.byFrame[frame];
		name.append(swatch, make("bdi", p.names[frame].slice(0, 1000)));
		row.append(makeNumber(functions.self[frame], part.total), makeNumber(functions.total[frame], part.total), name);
		row.setAttribute("role", "row");
		row.addEventListener("click", () => openSandwich(frame));
		return row;
	}

	function paintRows() {
		const box = byId("rows"), first = Math.max(0, Math.floor(box.scrollTop / ROW_HEIGHT) - 2);
		const cnt = Math.ceil(box.clientHeight / ROW_HEIGHT) + 4;
		const shown = byId("rows-window");
		shown.textContent = "";
		shown.style.transform = "translateY(" + first * ROW_HEIGHT + "px)";
		rows.slice(first, first + cnt).forEach((frame, i) => shown.append(makeRow(frame, first + i)));
	}

	function moveRow(step) {
		const box = byId("rows");
		selectedRow = Math.max(0, Math.min(rows.length - 1, selectedRow + step));
		const top = selectedRow * ROW_HEIGHT;
		if (top < box.scrollTop)
			box.scrollTop = top;
		else if (top + ROW_HEIGHT > box.scrollTop + box.clientHeight)
			box.scrollTop = top + ROW_HEIGHT - box.clientHeight;
		paintRows();
	}

	// ---- the facts of the recording

	function words(key) {
		return key.replace(/_/g, " ");
	}

	function addFacts(list, value, prefix) {
		for (const [key, item] of Object.entries(value)) {
			if (item !== null && typeof item === "object") {
				addFacts(list, item, prefix + words(key) + " \u203a ");
			} else {
				const text = typeof item === "number" ? item.toLocaleString("en-US", { maximumFractionDigits: 6 }) : String(item);
				list.append(make("dt", prefix + words(key)), make("dd", text));
			}
		}
	}

	function showFacts() {
		const facts = byId("facts");
		facts.textContent = "";
		let deepest = 0;
		for (let i = 1; i < p.cnt; i++)
			deepest = Math.max(deepest, p.depth[i]);
		const profile = { [data.count_name]: p.total[0] * p.unit * data.factor,
			functions: p.names.length, nodes: p.cnt - 1, "frames in the deepest stack": deepest };
		facts.append(make("h2", "Profile"));
		addFacts(facts.appendChild(make("dl")), profile, "");
		if (!data.notes)
			return;
		facts.append(make("h2", "Recording"));
		let notes = null;
		try {
			notes = JSON.parse(data.notes);
		} catch {
			notes = null;
		}
		if (notes !== null && typeof notes === "object")
			addFacts(facts.appendChild(make("dl")), notes, "");
		else
			facts.appendChild(make("dl")).append(make("dt", "notes"), make("dd", data.notes));
	}

	// ---- the state: in the URL, so that a view can be shared

	function save() {
		const url = new URLSearchParams();
		for (const key in defaults)
			if (state[key] !== defaults[key])
				url.set(key, state[key]);
		const hash = "#" + url;
		if (hash !== (location.hash || "#"))
			history.replaceState(null, "", hash);
	}

	// IS_SHOWN: the picture has the change already.
	function set(change, isShown) {
		const old = state;
		state = { ...state, ...change };
		if (state.view === "sandwich" && !isSandwichReady()) {
			functions = functions || part.functions();
			state.fn = String(functions.total.reduce((best, w, f) => (functions.self[f] > functions.self[best] ? f : best), 0));
		}
		save();
		if (isShown)
			return;
		if (state.root !== old.root)
			choosePart();
		byId("root").value = state.root;
		byId("order").value = state.order;
		if (byId("search").value !== state.search)
			byId("search").value = state.search;
		byId("anycase").setAttribute("aria-pressed", state.anycase === "1");
		const isSearch = Object.keys(change).every((key) => key === "search" || key === "anycase");
		if (!isSearch)
			showView();
		search();
	}

	function restore() {
		const url = new URLSearchParams(location.hash.slice(1));
		const change = { ...defaults };
		for (const key in defaults)
			if (url.has(key))
				change[key] = url.get(key);
		if (!["flame", "callers", "sandwich", "table", "facts"].includes(change.view))
			change.view = defaults.view;
		if (!/^[-+](self|total|name)$/.test(change.sort))
			change.sort = defaults.sort;
		if (change.fn && !/^\d+$/.test(change.fn))
			change.fn = "";
		set(change);
	}

	// ---- events

	function onChartKey(event) {
		const box = chart.selected || (chart.halves[0] && chart.halves[chart.halves.length - 1].zoomed);
		if (!box || event.ctrlKey || event.metaKey || event.altKey)
			return;
		if (event.key.startsWith("Arrow")) {
			event.preventDefault();
			const next = chart.selected ? chart.neighbour(box, event.key) : box;
			if (next) {
				chart.selected = next;
				chart.scrollTo(next);
				describe(next);
				chart.paintSoon();
			}
		} else if (event.key === "Enter" || event.key === " ") {
			event.preventDefault();
			zoomOn(box);
		} else if (event.key === "s") {
			openSandwich(box.frame);
		}
	}

	function onTableKey(event) {
		const steps = { ArrowUp: -1, ArrowDown: 1, PageUp: -20, PageDown: 20, Home: -rows.length, End: rows.length };
		if (event.key in steps) {
			event.preventDefault();
			moveRow(steps[event.key]);
		} else if (event.key === "Enter" && rows.length) {
			openSandwich(rows[selectedRow]);
		}
	}

	function onKey(event) {
		const isFind = (event.ctrlKey || event.metaKey) && event.key === "f";
		const isTyping = event.target === byId("search");
		if (isFind || (event.key === "/" && !isTyping)) {
			event.preventDefault();
			byId("search").focus();
			byId("search").select();
		} else if ((event.ctrlKey || event.metaKey) && event.key === "i") {
			event.preventDefault();
			set({ anycase: state.anycase === "1" ? "0" : "1" });
		} else if (event.key === "Escape") {
			byId("search").blur();
			set({ search: "", anycase: "0" });
			if (!byId("chart").hidden)
				resetZoom();
		}
	}

	const canvas = byId("canvas");
	canvas.addEventListener("mousemove", (event) => {
		const box = chart.at(event);
		canvas.style.cursor = box ? "pointer" : "default";
		if (box === chart.hovered)
			return;
		chart.hovered = box;
		describe(box || chart.selected);
		chart.paintSoon();
	});
	canvas.addEventListener("mouseleave", () => {
		chart.hovered = null;
		describe(chart.selected);
		chart.paintSoon();
	});
	canvas.addEventListener("click", (event) => {
		const box = chart.at(event);
		if (!box)
			return;
		if (event.shiftKey)
			openSandwich(box.frame);
		else
			zoomOn(box);
		describe(box);
	});
	canvas.addEventListener("keydown", onChartKey);
	byId("rows").addEventListener("keydown", onTableKey);
	byId("rows").addEventListener("scroll", () => requestAnimationFrame(paintRows));
	for (const tab of document.querySelectorAll("nav button"))
		tab.addEventListener("click", () => set({ view: tab.dataset.view, zoom: "" }));
	for (const head of document.querySelectorAll("#heads button"))
		head.addEventListener("click", () => {
			const key = head.dataset.sort, isSame = state.sort.slice(1) === key;
			set({ sort: (isSame ? (state.sort[0] === "-" ? "+" : "-") : key === "name" ? "+" : "-") + key });
		});
	byId("root").addEventListener("change", (event) => set({ root: event.target.value, zoom: "" }));
	byId("order").addEventListener("change", (event) => set({ order: event.target.value }));
	byId("flip").addEventListener("click", () => set({ icicle: state.icicle === "1" ? "0" : "1" }));
	byId("reset").addEventListener("click", resetZoom);
	byId("search").addEventListener("input", (event) => set({ search: event.target.value }));
	byId("anycase").addEventListener("click", () => set({ anycase: state.anycase === "1" ? "0" : "1" }));
	window.addEventListener("keydown", onKey);
	window.addEventListener("hashchange", restore);
	window.addEventListener("resize", () => {
		if (!byId("chart").hidden)
			chart.layOut();
		else if (state.view === "table")
			paintRows();
	});
	matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
		chart.readColours(data.classes);
		chart.paintSoon();
		if (state.view === "table")
			paintRows();
	});

	// ---- start

	byId("title").textContent = data.title;
	byId("subtitle").textContent = data.subtitle;
	for (const [family, label] of p.change ? [["d", "grew"], ["s", "shrank"]] : data.legend) {
		if (Array.from(byId("legend").children, (e) => e.textContent).includes(label))
			continue;
		const entry = byId("legend").appendChild(make("span")), swatch = make("span", undefined, "swatch");
		swatch.style.background = "var(--" + family + (p.change ? "6" : "3") + ")";
		entry.append(swatch, label);
	}
	chart.readColours(data.classes);
	fillRoots();
	restore();
	window.wickChart = chart;	// for tests: what is drawn where, and how long it took
})();
