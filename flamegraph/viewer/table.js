// SPDX-License-Identifier: BSD-2-Clause
// table.js - all functions, each with its self and total weight; sorted by one of them.

import { byId, make } from "./dom.js";
import { compareNames } from "./tree.js";

const ROW_HEIGHT = 22;		// pixels, as in page.css
const BAR_WIDTH = 150;		// pixels of the heaviest function's bar
const MAX_NAME = 1000;		// characters; no row is wider
const MORE = 2;			// rows above and below those that are seen
const PAGE = 20;		// rows that PageUp and PageDown go

const TITLES = { self: "Self", total: "Total", name: "Function" };

export class Table {
	// onSort(SORT) and onOpen(FRAME) tell what was clicked or chosen by a key.
	constructor(profile, amounts, colors, { onSort, onOpen }) {
		this.p = profile;
		this.amounts = amounts;
		this.colors = colors;
		this.onSort = onSort;
		this.onOpen = onOpen;
		this.part = null;
		this.sort = "-self";
		this.rows = [];		// numbers of frames, in the order of the rows
		this.selected = 0;	// index of the row that Enter opens
		this.holder = byId("rows");
		this.heads = document.querySelectorAll("#heads button");
		this.holder.addEventListener("keydown", (event) => this.onKey(event));
		this.holder.addEventListener("scroll", () =>
			requestAnimationFrame(() => this.paint()));
		for (const head of this.heads)
			head.addEventListener("click", () => this.sortBy(head.dataset.sort));
	}

	// The functions of PART, if HITS is not null those that it has; SORT is "-self" or such.
	show(part, hits, sort) {
		const { total } = part.functions;
		this.part = part;
		this.sort = sort;
		this.rows = [];
		for (let frame = 0; frame < this.p.names.length; frame++)
			if (total[frame] > 0 && (!hits || hits[frame]))
				this.rows.push(frame);
		this.sortRows();
		this.showHeads();
		this.selected = 0;
		this.holder.scrollTop = 0;
		byId("rows-spacer").style.height = this.rows.length * ROW_HEIGHT + "px";
		this.paint();
	}

	// ---- order

	get key() {
		return this.sort.slice(1);
	}

	get isDescending() {
		return this.sort[0] === "-";
	}

	// The other way round if it is sorted by KEY already; else the heaviest or A first.
	sortBy(key) {
		const isDescending = key === this.key ? !this.isDescending : key !== "name";
		this.onSort((isDescending ? "-" : "+") + key);
	}

	sortRows() {
		const sign = this.isDescending ? -1 : 1;
		const value = this.part.functions[this.key];
		const byName = (a, b) => compareNames(this.p.names, a, b);
		const byValue = (a, b) => sign * (value[a] - value[b]) || byName(a, b);
		this.rows.sort(this.key === "name" ? (a, b) => sign * byName(a, b) : byValue);
	}

	showHeads() {
		const order = this.isDescending ? "descending" : "ascending";
		const arrow = this.isDescending ? " \u25be" : " \u25b4";
		for (const head of this.heads) {
			const isKey = head.dataset.sort === this.key;
			head.setAttribute("aria-sort", isKey ? order : "none");
			head.textContent = TITLES[head.dataset.sort] + (isKey ? arrow : "");
		}
	}

	// ---- rows; only those that are seen are in the document

	paint() {
		const first = Math.max(0, Math.floor(this.holder.scrollTop / ROW_HEIGHT) - MORE);
		const cnt = Math.ceil(this.holder.clientHeight / ROW_HEIGHT) + 2 * MORE;
		const shown = byId("rows-window");
		shown.textContent = "";
		shown.style.transform = "translateY(" + first * ROW_HEIGHT + "px)";
		this.rows.slice(first, first + cnt).forEach((frame, i) =>
			shown.append(this.makeRow(frame, first + i === this.selected)));
	}

	makeRow(frame, isSelected) {
		const { self, total } = this.part.functions;
		const row = make("div", undefined, isSelected ? "row on" : "row");
		const name = make("span", undefined, "name");
		const swatch = name.appendChild(make("span", undefined, "swatch"));
		swatch.style.background = this.colors.byFrame[frame];
		name.append(make("bdi", this.p.names[frame].slice(0, MAX_NAME)));
		row.append(this.makeNumber(self[frame]), this.makeNumber(total[frame]), name);
		row.setAttribute("role", "row");
		row.addEventListener("click", () => this.onOpen(frame));
		return row;
	}

	makeNumber(weight) {
		const most = this.part.total;
		const cell = make("span", undefined, "num"), bar = make("i");
		bar.style.width = most ? BAR_WIDTH * weight / most + "px" : 0;
		const share = this.amounts.share(weight).padStart(7);
		cell.append(bar, make("b", this.amounts.count(weight) + "  " + share));
		return cell;
	}

	// ---- keys

	move(step) {
		const last = this.rows.length - 1;
		this.selected = Math.max(0, Math.min(last, this.selected + step));
		const top = this.selected * ROW_HEIGHT, height = this.holder.clientHeight;
		if (top < this.holder.scrollTop)
			this.holder.scrollTop = top;
		else if (top + ROW_HEIGHT > this.holder.scrollTop + height)
			this.holder.scrollTop = top + ROW_HEIGHT - height;
		this.paint();
	}

	onKey(event) {
		const all = this.rows.length;
		const steps = {
			ArrowUp: -1, ArrowDown: 1, PageUp: -PAGE, PageDown: PAGE,
			Home: -all, End: all,
		};
		if (event.key in steps) {
			event.preventDefault();
			this.move(steps[event.key]);
		} else if (event.key === "Enter" && all) {
			this.onOpen(this.rows[this.selected]);
		}
	}
}
