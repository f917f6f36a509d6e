// SPDX-License-Identifier: BSD-2-Clause
// check.mjs - SVG and HTML as a person uses them.  TAP on stdout.
//
//	node check.mjs WICK CHROMIUM MODULES SCRATCH
//
// What is expected is computed here from the folded lines, not by wick.  SHOTS=DIR keeps
// pictures of what was seen.

import { execFileSync } from "node:child_process";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { checkHostile } from "./hostile.mjs";
import { checkHtml } from "./html.mjs";
import { checkLarge } from "./large.mjs";
import { checkSvg } from "./svg.mjs";

const [wick, chromium, modules, scratch] = process.argv.slice(2);
const { chromium: driver } = createRequire(join(modules, "/"))("playwright-core");

let rows = 0, failures = 0;

export function check(what, holds, details = "") {
	rows++;
	if (!holds)
		failures++;
	console.log((holds ? "ok " : "not ok ") + rows + " - " + what);
	if (!holds && details !== "")
		console.log("# " + String(details).slice(0, 500).replace(/\n/g, "\n# "));
}

export function equal(what, got, want) {
	const a = JSON.stringify(got), b = JSON.stringify(want);
	check(what, a === b, "got " + a + ", want " + b);
}

export function path(name) {
	return join(scratch, name);
}

export function url(name, hash = "") {
	return pathToFileURL(path(name)).href + hash;
}

export function draw(...args) {
	execFileSync(wick, ["flamegraph", "-q", ...args], { cwd: scratch });
}

export function write(name, bytes) {
	writeFileSync(path(name), bytes);
}

export function size(name) {
	return statSync(path(name)).size;
}

// Lines as { frames, weight }; the frames without their annotations.
export function readFolded(name) {
	return readFileSync(path(name), "utf8").trimEnd().split("\n").map((line) => {
		const space = line.lastIndexOf(" ");
		const frames = line.slice(0, space).split(";").map((f) => f.replace(/_\[[kij]\]$/, ""));
		return { frames, weight: Number(line.slice(space + 1)) };
	});
}

export function sum(lines, accepts = () => true) {
	return lines.filter((l) => accepts(l.frames)).reduce((total, l) => total + l.weight, 0);
}

export function near(a, b) {
	return Math.abs(a - b) <= 1e-6 * Math.max(1, Math.abs(a), Math.abs(b));
}

const browser = await driver.launch({
	executablePath: chromium,
	args: process.getuid() === 0 ? ["--no-sandbox"] : [],
});

// A page that remembers what went wrong in it.
export async function open(address, options = {}) {
	const page = await browser.newPage({ viewport: { width: 1280, height: 800 }, ...options });
	page.troubles = [];
	page.on("console", (message) => {
		if (["error", "warning"].includes(message.type()))
			page.troubles.push(message.text());
	});
	page.on("pageerror", (error) => page.troubles.push(String(error)));
	page.on("dialog", (dialog) => {
		page.troubles.push("dialog: " + dialog.message());
		dialog.dismiss();
	});
	page.on("request", (request) => {
		if (!request.url().startsWith("file:"))
			page.troubles.push("request: " + request.url());
	});
	await page.goto(address);
	return page;
}

export async function shoot(page, name) {
	if (process.env.SHOTS)
		await page.screenshot({ path: join(process.env.SHOTS, name + ".png") });
}

export async function close(page, what) {
	equal(what + ": no error, no dialog, no request", page.troubles, []);
	await page.close();
}

try {
	await checkSvg();
	await checkHtml();
	await checkHostile();
	await checkLarge();
} catch (error) {
	check("the tests ran to their end", false, error.stack);
}
await browser.close();
console.log("1.." + rows);
process.exit(failures ? 1 : 0);
