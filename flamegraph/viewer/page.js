// SPDX-License-Identifier: BSD-2-Clause
// page.js - the page: what its state is, and what is shown of it.
//
// Names come from the recorded programs.  They are drawn on the canvas or become text
// nodes; none is ever parsed as markup.

import { Amounts } from "./amounts.js";
import { Chart } from "./chart.js";
import { ChartInput } from "./chart_input.js";
import { Colors } from "./colors.js";
import { Details } from "./details.js";
import { byId } from "./dom.js";
import { showFacts } from "./facts.js";
import { fillLegend } from "./legend.js";
import { PageState } from "./page_state.js";
import { decodeProfile } from "./profile.js";
import { Roots } from "./roots.js";
import { Search } from "./search.js";
import { listenForShortcuts } from "./shortcuts.js";
import { Table } from "./table.js";
import { CalleeTree, CallerTree } from "./tree.js";

const CHART_VIEWS = ["flame", "callers", "sandwich"];

function setPressed(id, isPressed) {
	byId(id).setAttribute("aria-pressed", isPressed);
}

class Page {
	constructor(data) {
		const p = decodeProfile(data), amounts = new Amounts(p, data);
		const open = (frame) => this.openSandwich(frame);
		this.data = data;
		this.p = p;
		this.colors = new Colors(p, data.classes, data.negate === 1);
		this.chart = new Chart(byId("chart"), byId("canvas"), byId("spacer"), p,
			this.colors);
		this.details = new Details(byId("details"), p, amounts, data.count_name);
		this.search = new Search(byId("search"), byId("matched"), p, amounts);
		this.roots = new Roots(byId("root"), p, amounts);
		this.table = new Table(p, amounts, this.colors,
			{ onSort: (sort) => this.set({ sort }), onOpen: open });
		this.input = new ChartInput(this.chart, {
			onDescribe: (box) => this.details.show(box, this.part),
			onZoom: (box) => this.zoomOn(box),
			onOpen: open,
		});
		this.url = new PageState(data.inverted === 1);
		this.state = { ...this.url.defaults };
		this.part = this.roots.choose(this.state.root);
		byId("title").textContent = data.title;
		byId("subtitle").textContent = data.subtitle;
		fillLegend(byId("legend"), data.legend, p.change !== null);
		this.listen();
		this.set(this.url.read());
	}

	// ---- the state

	// CHANGE is shown already.
	remember(change) {
		this.state = { ...this.state, ...change };
		if (this.state.view === "sandwich" && !this.hasFunction())
			this.state.fn = String(this.heaviest());
		this.url.write(this.state);
	}

	hasFunction() {
		return this.state.fn !== "" && Number(this.state.fn) < this.p.names.length;
	}

	// The frame with the largest self weight.
	heaviest() {
		const { self } = this.part.functions;
		return self.reduce((best, weight, f) => (weight > self[best] ? f : best), 0);
	}

	set(change) {
		const old = this.state;
		this.remember(change);
		const { root, order, search, anycase } = this.state;
		if (root !== old.root)
			this.part = this.roots.choose(root);
		byId("order").value = order;
		if (byId("search").value !== search)
			byId("search").value = search;
		setPressed("anycase", anycase === "1");
		if (!Object.keys(change).every((key) => key === "search" || key === "anycase"))
			this.show();
		this.applySearch();
	}

	toggle(key) {
		this.set({ [key]: this.state[key] === "1" ? "0" : "1" });
	}

	// ---- what is shown

	get isChart() {
		return CHART_VIEWS.includes(this.state.view);
	}

	show() {
		const { view } = this.state;
		const isEmpty = !this.p.total[0] && view !== "facts";
		this.showControls();
		byId("chart").hidden = isEmpty || !this.isChart;
		byId("table").hidden = isEmpty || view !== "table";
		byId("facts").hidden = view !== "facts";
		byId("empty").hidden = !isEmpty;
		this.details.show(null, this.part);
		if (isEmpty)
			return;
		if (this.isChart)
			this.showChart();
		else if (view === "table")
			this.showTable();
		else
			showFacts(byId("facts"), this.p, this.data);
		this.showReset();
	}

	showControls() {
		const { view, icicle } = this.state;
		for (const tab of document.querySelectorAll("nav button"))
			tab.setAttribute("aria-selected", tab.dataset.view === view);
		byId("flip").hidden = byId("reset").hidden = !this.isChart;
		byId("flip").disabled = view === "sandwich";
		setPressed("flip", icicle === "1");
		byId("order").parentNode.hidden = !this.isChart;
	}

	showReset() {
		byId("reset").disabled = !this.chart.isZoomed();
	}

	// Trees of the view: one, or two that meet in the function of a sandwich.
	makeTrees() {
		const { part } = this, { view, order, fn } = this.state;
		if (view === "callers")
			return [new CallerTree(part, order)];
		if (view === "flame")
			return [new CalleeTree(part, order)];
		const frame = Number(fn), nodes = part.outermost((f) => f === frame);
		return [new CallerTree(part, order, nodes, frame),
			new CalleeTree(part, order, nodes, frame)];
	}

	showChart() {
		const { view, icicle, zoom } = this.state, isSandwich = view === "sandwich";
		this.chart.show(this.makeTrees(), !isSandwich && icicle !== "1");
		this.chart.zoomAlong(zoom);
		if (isSandwich)	// outlined: callers above it, callees below
			this.chart.selected = this.chart.halves[1].tree.root;
		this.chart.scrollToRoot();
	}

	showTable() {
		this.table.show(this.part, this.search.hits, this.state.sort);
	}

	applySearch() {
		const { search, anycase, view } = this.state;
		if (!this.search.apply(search, anycase === "1", this.part))
			return;
		this.chart.hits = this.search.hits;
		if (view === "table")
			this.showTable();
		this.chart.paintSoon();
	}

	// ---- what can be asked for

	zoomOn(box) {
		this.chart.zoom(box);
		this.chart.selected = box;
		this.chart.scrollTo(box);
		this.remember({ zoom: this.chart.zoomPath });
		this.showReset();
	}

	resetZoom() {
		this.chart.resetZoom();
		this.remember({ zoom: "" });
		this.showReset();
	}

	openSandwich(frame) {
		if (frame >= 0)
			this.set({ view: "sandwich", fn: String(frame), zoom: "" });
	}

	resetAll() {
		byId("search").blur();
		this.set({ search: "", anycase: "0" });
		if (!byId("chart").hidden)
			this.resetZoom();
	}

	// ---- events of the controls and of the window

	listen() {
		const on = (id, type, act) => byId(id).addEventListener(type, act);
		for (const tab of document.querySelectorAll("nav button"))
			tab.addEventListener("click", () =>
				this.set({ view: tab.dataset.view, zoom: "" }));
		on("root", "change", (event) => this.set({ root: event.target.value, zoom: "" }));
		on("order", "change", (event) => this.set({ order: event.target.value }));
		on("flip", "click", () => this.toggle("icicle"));
		on("reset", "click", () => this.resetZoom());
		on("search", "input", (event) => this.set({ search: event.target.value }));
		on("anycase", "click", () => this.toggle("anycase"));
		listenForShortcuts(byId("search"), {
			onFind: () => this.find(),
			onCase: () => this.toggle("anycase"),
			onReset: () => this.resetAll(),
		});
		window.addEventListener("hashchange", () => this.set(this.url.read()));
		window.addEventListener("resize", () => this.onResize());
		matchMedia("(prefers-color-scheme: dark)").addEventListener("change",
			() => this.onScheme());
	}

	find() {
		byId("search").focus();
		byId("search").select();
	}

	onResize() {
		if (!byId("chart").hidden)
			this.chart.layOut();
		else if (this.state.view === "table")
			this.table.paint();
	}

	onScheme() {
		this.colors.read();
		this.chart.paintSoon();
		if (this.state.view === "table")
			this.table.paint();
	}
}

const page = new Page(JSON.parse(byId("data").textContent));
window.wickChart = page.chart;	// for tests: what is drawn where, and how long it took
