// SPDX-License-Identifier: BSD-2-Clause
// html.mjs - the page: zoom, search, views, filter, table, facts, URL, keyboard, its policy.

import { check, close, draw, equal, near, open, readFolded, shoot, sum, url, write } from "./check.mjs";

// What the chart shows of a name: weight and width of its widest box, and where it is.
function boxOf(page, name) {
	return page.evaluate((wanted) => {
		const chart = window.wickChart;
		let best = null;
		chart.halves.forEach((half, h) => half.rows.forEach((row, depth) => {
			for (const { box, x, width } of row)
				if ((box.frame < 0 ? "all" : chart.p.names[box.frame]) === wanted && (!best || width > best.width))
					best = { weight: box.weight * chart.p.unit, width, depth, half: h,
						x: 8 + x + Math.min(width / 2, 5), y: chart.rowTop(h, depth) + 9 - chart.holder.scrollTop };
		}));
		return best;
	}, name);
}

async function hoverOn(page, name) {
	const box = await boxOf(page, name);
	const bounds = await page.locator("#canvas").boundingBox();
	await page.mouse.move(bounds.x + box.x, bounds.y + box.y);
}

async function clickOn(page, name, options) {
	const box = await boxOf(page, name);
	const bounds = await page.locator("#canvas").boundingBox();
	await page.mouse.click(bounds.x + box.x, bounds.y + box.y, options);
}

async function holdShiftOn(page, name) {
	await page.keyboard.down("Shift");
	await clickOn(page, name);
	await page.keyboard.up("Shift");
}

const details = (page) => page.locator("#details").innerText();
const matched = (page) => page.locator("#matched").textContent();
const fragment = (page) => page.evaluate(() => decodeURIComponent(location.hash));
const view = (page, name) => page.getByRole("tab", { name }).click();
const percent = (part, whole) => (part / whole * 100).toFixed(2) + "%";
const total = (lines, name) => sum(lines, (frames) => frames.includes(name));
const self = (lines, name) => sum(lines, (frames) => frames[frames.length - 1] === name);

async function checkZoom(page, lines) {
	const all = await boxOf(page, "all");
	check("html: the root has the weight of all", near(all.weight, sum(lines)), all.weight);
	await clickOn(page, "ngx_http_handler");
	equal("html: the box that was clicked takes the whole width", (await boxOf(page, "ngx_http_handler")).width, all.width);
	equal("html: those beside it are gone", await boxOf(page, "epoll_wait"), null);
	check("html: details of it", (await details(page)).includes(percent(total(lines, "ngx_http_handler"), sum(lines))), await details(page));
	check("html: the URL says so", (await fragment(page)).includes("zoom="), await fragment(page));
	await page.getByRole("button", { name: "Reset zoom" }).click();
	check("html: reset shows all", (await boxOf(page, "epoll_wait")) !== null);
	equal("html: and clears the URL", await fragment(page), "");
}

async function checkSearch(page, lines) {
	await page.keyboard.press("/");
	await page.locator("#search").fill("^ngx_.*r$|JSON");
	equal("html: matched percent", await matched(page),
		"matched " + percent(sum(lines, (frames) => frames.some((f) => /^ngx_.*r$|JSON/.test(f))), sum(lines)));
	await shoot(page, "html-search");
	await page.locator("#search").fill("NGX");
	equal("html: the case matters", await matched(page), "matched 0.00%");
	await page.locator("#anycase").click();
	check("html: unless it shall not", (await matched(page)) !== "matched 0.00%");
	await page.locator("#search").fill("(");
	equal("html: half an expression is no error", await matched(page), "not a regular expression");
	await page.keyboard.press("Escape");
	equal("html: Escape clears it", [await matched(page), await page.locator("#search").inputValue()], ["", ""]);
}

async function checkCallers(page, lines) {
	await view(page, "Callers");
	for (const name of ["tcp_sendmsg"]) {
		const box = await boxOf(page, name);
		check("html, callers: " + name + " begins with its self weight", box.depth === 1 && near(box.weight, self(lines, name)),
			JSON.stringify(box));
	}
	await clickOn(page, "tcp_sendmsg");
	check("html, callers: its caller is above it", (await boxOf(page, "do_sendfile")).depth === 2);
	await shoot(page, "html-callers");
}

async function checkSandwich(page, lines) {
	await view(page, "Flame graph");
	await holdShiftOn(page, "main");
	const box = await boxOf(page, "main");
	check("html, sandwich: the function has its total", near(box.weight, total(lines, "main")), box.weight);
	const parts = await page.evaluate(() => window.wickChart.halves.map((half) =>
		half.rows[1].map(({ box: b }) => window.wickChart.p.names[b.frame]).sort()));
	const beside = (step) => [...new Set(lines.flatMap((l) => {
		const at = l.frames.indexOf("main");
		return at >= 0 && l.frames[at + step] ? [l.frames[at + step]] : [];
	}))].sort();
	equal("html, sandwich: callers above", parts[0], beside(-1));
	equal("html, sandwich: callees below", parts[1], beside(1));
	check("html, sandwich: above is above", (await boxOf(page, beside(-1)[0])).y < (await boxOf(page, "main")).y);
	await shoot(page, "html-sandwich");
}

async function checkTable(page, lines) {
	await view(page, "Table");
	const row = async (i) => (await page.locator("#rows .row").nth(i).innerText()).split(/\s+/).filter(Boolean);
	const names = [...new Set(lines.flatMap((l) => l.frames))];
	const best = (of) => names.reduce((a, b) => (of(lines, b) > of(lines, a) ? b : a));
	const first = await row(0);
	check("html, table: the largest self first", near(Number(first[0].replace(/,/g, "")), self(lines, best(self))), first);
	await page.locator("[data-sort=total]").click();
	const second = await row(0);
	check("html, table: by total", near(Number(second[2].replace(/,/g, "")), total(lines, best(total))), second);
	await page.locator("[data-sort=name]").click();
	check("html, table: by name, from the first", (await row(0)).slice(4).join(" ") === [...names].sort()[0], await row(0));
	await page.locator("#search").fill("^vfs_");
	equal("html, table: the search filters it", await page.locator("#rows .row").count(),
		names.filter((n) => /^vfs_/.test(n)).length);
	await page.locator("#search").fill("");
	await page.locator("[data-sort=self]").click();
	await shoot(page, "html-table");
	await page.locator("#rows .row").first().click();
	check("html, table: a row opens its sandwich", (await fragment(page)).includes("view=sandwich"), await fragment(page));
}

async function checkRoots(page, lines) {
	await view(page, "Flame graph");
	await page.locator("#root").selectOption("=node");
	const all = await boxOf(page, "all");
	check("html: one root only", near(all.weight, sum(lines, (frames) => frames[0] === "node")), all.weight);
	equal("html: the others are gone", await boxOf(page, "nginx"), null);
	await page.locator("#search").fill("parse");
	equal("html: matched is a share of the root", await matched(page),
		"matched " + percent(sum(lines, (f) => f[0] === "node" && f.some((n) => /parse/.test(n))), sum(lines, (f) => f[0] === "node")));
	const other = await open(page.url());
	equal("html: a shared URL has root and search", [await matched(other), await other.locator("#root").inputValue()],
		[await matched(page), "=node"]);
	await close(other, "html, shared");
	await page.keyboard.press("Escape");
	await page.locator("#root").selectOption("");
}

async function checkThreads() {
	const page = await open(url("threads.html"));
	await page.locator("#root").selectOption("=web-10/");
	equal("html: all threads of a process are a choice", (await boxOf(page, "all")).weight, 7);
	await page.locator("#root").selectOption("=web-10/12");
	equal("html: one thread too", (await boxOf(page, "all")).weight, 4);
	await close(page, "html, threads");
}

async function checkFacts(page) {
	await view(page, "Recording");
	const facts = await page.locator("#facts").innerText();
	check("html: the facts of the recording", /freq hz\s+99/.test(facts) && /lost › queue\s+3/.test(facts), facts);
	await shoot(page, "html-facts");
}

async function checkKinds() {
	const kinds = { k: "kernel", i: "inlined", j: "JIT", p: "interpreted" };
	write("marks.folded", Object.keys(kinds).map((letter) => `of_${letter}_[${letter}] 1\n`).join(""));
	draw("marks.folded", "-o", "marks.html");
	const page = await open(url("marks.html"));
	for (const [letter, word] of Object.entries(kinds)) {
		await hoverOn(page, "of_" + letter);
		check("html: details say that it is " + word, (await details(page)).startsWith(`of_${letter} [${word}]`), await details(page));
	}
	equal("html: the legend has all kinds", await page.locator("#legend > span").allTextContents(),
		["kernel", "inlined", "interpreted", "JIT"]);
	await close(page, "html, kinds");
}

async function checkKeyboard() {
	const page = await open(url("kinds.html"));
	await page.locator("#canvas").focus();
	await page.keyboard.press("ArrowUp");
	await page.keyboard.press("ArrowUp");
	check("html: arrows move and describe", (await details(page)).startsWith("nginx"), await details(page));
	await page.keyboard.press("ArrowRight");
	await page.keyboard.press("Enter");
	equal("html: Enter zooms", (await boxOf(page, "node")).width, (await boxOf(page, "all")).width);
	await page.keyboard.press("s");
	check("html: s opens the sandwich", (await fragment(page)).includes("view=sandwich"), await fragment(page));
	await view(page, "Table");
	await page.locator("#rows").focus();
	await page.keyboard.press("ArrowDown");
	await page.keyboard.press("Enter");
	check("html: Enter in the table too", (await fragment(page)).includes("view=sandwich"), await fragment(page));
	await close(page, "html, keyboard");
}

async function checkLook() {
	for (const colorScheme of ["light", "dark"]) {
		const page = await open(url("kinds.html"), { colorScheme });
		const pixel = await page.evaluate(() => {
			const chart = window.wickChart;
			chart.paint();
			return Array.from(chart.context.getImageData(2, 2, 1, 1).data.slice(0, 3));
		});
		equal("html: the canvas is " + colorScheme, pixel, colorScheme === "dark" ? [29, 30, 34] : [251, 250, 247]);
		await shoot(page, "html-" + colorScheme);
		await page.emulateMedia({ colorScheme: colorScheme === "dark" ? "light" : "dark" });
		const wanted = colorScheme === "dark" ? "#fbfaf7" : "#1d1e22";
		const follows = await page.waitForFunction((back) => window.wickChart.colors.get("back") === back, wanted, { timeout: 5000 })
			.catch(() => null);
		check("html: and follows a change", follows !== null);
		await page.locator("#flip").click();
		check("html: icicle has the root at the top", (await boxOf(page, "all")).y < (await boxOf(page, "nginx")).y);
		await close(page, "html, " + colorScheme);
	}
}

// The policy holds against what a page could be made to do.
async function checkPolicy() {
	const page = await open(url("kinds.html"));
	const done = await page.evaluate(async () => {
		const refused = [];
		document.addEventListener("securitypolicyviolation", (event) => refused.push(event.effectiveDirective));
		const script = document.createElement("script");
		script.textContent = "window.ran = true";
		document.body.append(script);
		const image = document.createElement("img");
		image.setAttribute("onerror", "window.ran = true");
		image.src = "https://example.com/x.png";
		document.body.append(image);
		const style = document.createElement("style");
		style.textContent = "body{display:none}";
		document.head.append(style);
		const fetched = await fetch("https://example.com/").then(() => "yes", () => "no");
		await new Promise((resolve) => setTimeout(resolve, 200));
		return { ran: window.ran === true, fetched, refused: [...new Set(refused)].sort(),
			display: getComputedStyle(document.body).display };
	});
	equal("html: no other script runs, no style counts, nothing is fetched", done,
		{ ran: false, fetched: "no", refused: ["connect-src", "img-src", "script-src-attr", "script-src-elem", "style-src-elem"], display: "flex" });
	await page.evaluate(() => {
		// eslint-disable-next-line no-implied-eval
		setTimeout("window.ran = true");
	});
	await page.waitForTimeout(100);
	check("html: no text becomes code", await page.evaluate(() => window.ran === undefined));
	await page.close();
}

export async function checkHtml() {
	const lines = readFolded("kinds.folded");
	draw("kinds.folded", "-o", "kinds.html", "--notes", '{"event": "cpu-clock", "freq_hz": 99, "lost": {"queue": 3}}');
	const page = await open(url("kinds.html"));
	await checkZoom(page, lines);
	await checkSearch(page, lines);
	await checkCallers(page, lines);
	await checkSandwich(page, lines);
	await checkTable(page, lines);
	await checkRoots(page, lines);
	await checkFacts(page);
	await close(page, "html");
	write("threads.folded", "db-9/9;a 5\nweb-10/11;a 3\nweb-10/12;b 4\n");
	draw("threads.folded", "-o", "threads.html");
	await checkThreads();
	await checkKinds();
	await checkKeyboard();
	await checkLook();
	await checkPolicy();
	write("empty.folded", "");
	draw("empty.folded", "-o", "empty.html");
	const empty = await open(url("empty.html"));
	check("html: an empty profile says so", await empty.getByText("no samples").isVisible());
	await close(empty, "html, empty");
}
