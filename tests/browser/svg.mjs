// SPDX-License-Identifier: BSD-2-Clause
// svg.mjs - the SVG: zoom, search, case, reset, shared URL, keyboard, light and dark.

import { check, close, draw, equal, open, readFolded, shoot, sum, url, write } from "./check.mjs";

const frame = (page, name) => page.locator("#frames > g", { has: page.locator("title", { hasText: new RegExp("^" + name + " \\(") }) }).first();
const width = (locator) => locator.locator("rect").evaluate((rect) => Number(rect.getAttribute("width")));
const matched = (page) => page.locator("#matched").textContent();
const fragment = (page) => page.evaluate(() => location.hash);

function share(lines, regex) {
	return "matched " + (sum(lines, (frames) => frames.some((f) => regex.test(f))) / sum(lines) * 100).toFixed(2) + "%";
}

async function checkZoom(page) {
	await frame(page, "ngx_http_handler").click();
	equal("svg: the frame that was clicked takes the whole width", await width(frame(page, "ngx_http_handler")), 1180);
	equal("svg: so do those below it", await width(frame(page, "main")), 1180);
	check("svg: those beside it are gone", !(await frame(page, "epoll_wait").isVisible()));
	check("svg: the URL says so", /^#zoom=\d+$/.test(await fragment(page)), await fragment(page));
	await page.getByRole("button", { name: "Reset zoom" }).click();
	check("svg: reset shows all", await frame(page, "epoll_wait").isVisible());
	equal("svg: and clears the URL", await fragment(page), "");
}

async function checkSearch(page, lines) {
	await page.keyboard.press("/");
	await page.locator("#search-box").fill("^ngx_.*r$");
	equal("svg: matched percent", await matched(page), share(lines, /^ngx_.*r$/));
	check("svg: what matches is marked", (await frame(page, "ngx_http_handler").getAttribute("class")) === "hit");
	await page.locator("#search-box").fill("NGX");
	equal("svg: the case matters", await matched(page), "matched 0.00%");
	await page.getByRole("button", { name: /case/ }).click();
	equal("svg: unless it shall not", await matched(page), share(lines, /ngx/));
	await page.locator("#search-box").fill("[");
	equal("svg: half an expression is no error", await matched(page), "not a regular expression");
	await page.locator("#search-box").fill("schedule");
	await page.locator("#search-box").press("Enter");
	check("svg: the URL has the search", (await fragment(page)).includes("search=schedule&anycase=1"), await fragment(page));
}

async function checkShared(lines) {
	const page = await open(url("kinds.svg"));
	await frame(page, "ngx_http_handler").click();
	await page.keyboard.press("/");
	await page.locator("#search-box").fill("SEND");
	await page.locator("#search-box").press("Enter");
	await page.keyboard.press("Control+i");
	const other = await open(page.url());
	equal("svg: a shared URL zooms", await width(frame(other, "ngx_http_handler")), 1180);
	equal("svg: a shared URL searches", await matched(other), share(lines, /send/i));
	await other.keyboard.press("Escape");
	equal("svg: Escape resets all", [await matched(other), await fragment(other)], ["", ""]);
	await close(page, "svg, shared");
	await close(other, "svg, opened from a shared URL");
}

async function checkKeyboard() {
	const page = await open(url("kinds.svg"));
	await page.locator("#frames > g").first().focus();
	await page.keyboard.press("ArrowUp");
	check("svg: an arrow describes the next frame", (await page.locator("#details").textContent()).startsWith("Function: nginx ("),
		await page.locator("#details").textContent());
	await page.keyboard.press("ArrowRight");
	await page.keyboard.press("Enter");
	equal("svg: Enter zooms", await width(frame(page, "node")), 1180);
	await close(page, "svg, keyboard");
}

// Higher than the window: opened where the stacks begin, with the buttons in sight.
async function checkTall() {
	const names = Array.from({ length: 120 }, (_, i) => "f" + i);
	const isSeen = (page, locator) => locator.evaluate((element) => {
		const place = element.getBoundingClientRect();
		return place.top >= 0 && place.bottom <= innerHeight;
	});
	write("tall.folded", names.join(";") + " 3\n" + names.slice(0, 5).join(";") + " 1\n");
	for (const options of [[], ["--inverted"]]) {
		const which = ["svg, tall", ...options].join(" ");
		draw("tall.folded", "-o", "tall.svg", ...options);
		const page = await open(url("tall.svg"));
		check(which + ": the first frames are seen", await isSeen(page, frame(page, "f0").locator("rect")));
		check(which + ": the last are not", !await isSeen(page, frame(page, "f119").locator("rect")));
		await page.waitForFunction(() => scrollY === 0 || document.querySelector("[transform]"));
		check(which + ": the search is at hand", await isSeen(page, page.getByRole("button", { name: "Search" }).locator("rect")));
		await frame(page, "f4").click();
		await page.getByRole("button", { name: "Reset zoom" }).click();
		equal(which + ": a click resets the zoom", await fragment(page), "");
		await page.keyboard.press("/");
		check(which + ": nothing moves", await isSeen(page, frame(page, "f0").locator("rect")));
		await shoot(page, "svg-tall" + options.join(""));
		await close(page, which);
	}
}

async function checkLook() {
	const background = (page) => page.locator("#back").evaluate((back) => getComputedStyle(back).fill);
	const light = await open(url("kinds.svg"), { colorScheme: "light" });
	const dark = await open(url("kinds.svg"), { colorScheme: "dark" });
	equal("svg: light where that is preferred", await background(light), "rgb(251, 250, 247)");
	equal("svg: dark where that is preferred", await background(dark), "rgb(29, 30, 34)");
	await shoot(light, "svg-light");
	await shoot(dark, "svg-dark");
	await close(light, "svg, light");
	await close(dark, "svg, dark");
	write("image.html", "<!DOCTYPE html><link rel=icon href=data:,><img src=kinds.svg>");
	const image = await open(url("image.html"));
	equal("svg: a still image in a page", await image.locator("img").evaluate((i) => [i.complete, i.naturalWidth]), [true, 1200]);
	await shoot(image, "svg-image");
	await image.close();
}

export async function checkSvg() {
	const lines = readFolded("kinds.folded");
	draw("kinds.folded", "-o", "kinds.svg");
	const page = await open(url("kinds.svg"));
	await checkZoom(page);
	await checkSearch(page, lines);
	await shoot(page, "svg-search");
	await close(page, "svg");
	await checkShared(lines);
	await checkKeyboard();
	await checkTall();
	await checkLook();
	for (const colors of ["hot", "java", "purple"]) {
		draw("kinds.folded", "-o", colors + ".svg", "--colors", colors, "--inverted", "--bgcolors", colors === "hot" ? "#202020" : "grey");
		const coloured = await open(url(colors + ".svg"));
		await shoot(coloured, "svg-" + colors);
		await close(coloured, "svg, --colors " + colors);
	}
}
