// SPDX-License-Identifier: BSD-2-Clause
// hostile.mjs - names that want to be more than text.

import { check, close, draw, equal, open, shoot, url, write } from "./check.mjs";

const EVIL = "window.ran=1";
// As written, and as it is to be seen.
const names = [
	[`</script><script>${EVIL}</script>`],
	[`"><img src=x onerror=${EVIL}>`],
	[`'><svg onload=${EVIL}>`],
	[`]]><script>${EVIL}</script>`],
	[`--><script>${EVIL}</script><!--`],
	[`\\"}),${EVIL}//`],
	[`\${${EVIL}}`],
	["&ltscript&gt&amp&copy"],
	["javascript:alert(1)"],
	["__proto__"],
	["constructor"],
	["control\x01\x1b[31m\x7fcharacters", "control??[31m?characters"],
	["c1\u0085control", "c1?control"],
	["turned\u202earound\u2066", "turned\ufffdaround\ufffd"],
	["\u05e9\u05dc\u05d5\u05dd"],
	["\u65e5\u672c\u8a9e \ud83d\udd25"],
	["line\u2028separator"],
];
const LONG = "n".repeat(100000);
const INVALID = Buffer.from("invalid \xff\xc0\xaf utf", "latin1");
const shown = names.map(([name, seen]) => seen || name).concat([LONG, "invalid \ufffd\ufffd\ufffd utf"]);

async function checkPicture(extension, read) {
	const page = await open(url("hostile." + extension));
	const seen = await read(page);
	const missing = shown.filter((name) => !seen.includes(name));
	equal(extension + ": every hostile name is there as text", missing.map((n) => n.slice(0, 60)), []);
	const strange = await page.evaluate(() => document.querySelectorAll("img, iframe, object, embed, [onerror], [onload]").length);
	equal(extension + ": no element was made of a name", strange, 0);
	for (const regex of ["script", ".", "\\\\"]) {
		await page.keyboard.press("/");
		await page.keyboard.type(regex);
		await page.keyboard.press("Enter");
		await page.keyboard.press("Escape");
	}
	await page.mouse.move(600, 400);
	await page.mouse.move(100, 500);
	await shoot(page, "hostile-" + extension);
	check(extension + ": nothing was executed", await page.evaluate(() => window.ran === undefined));
	return page;
}

export async function checkHostile() {
	const lines = names.map(([name], i) => `main;${name} ${i + 1}\n${name};leaf 2\n`).join("");
	write("hostile.folded", Buffer.concat([Buffer.from(lines + `main;${LONG} 40\n`), Buffer.from("main;"), INVALID, Buffer.from(" 9\n")]));
	const evil = names[0][0] + names[1][0];
	const words = ["--title", evil, "--subtitle", evil, "--countname", evil, "--nametype", evil, "--notes", evil, "--fonttype", evil];
	draw("hostile.folded", "-o", "hostile.svg", "-o", "hostile.html", ...words);
	const svg = await checkPicture("svg", (page) => page.locator("#frames > g > title").evaluateAll((all) =>
		all.map((t) => t.textContent.slice(0, t.textContent.search(/ \([0-9.,]+ /)))));
	await close(svg, "svg, hostile");
	const html = await checkPicture("html", (page) => page.evaluate(() => window.wickChart.p.names));
	for (const view of ["Callers", "Sandwich", "Table", "Recording"]) {
		await html.getByRole("tab", { name: view }).click();
		await html.mouse.move(300, 300);
	}
	const table = await open(url("hostile.html", "#view=table"));
	await shoot(table, "hostile-table");
	check("html: the table shows them as text", (await table.locator("#rows").innerText()).includes(names[0][0]));
	await close(table, "html, hostile table");
	const link = await open(url("hostile.html", "#view=sandwich&fn=99999&zoom=x.y_z&root=%3Cb%3E&sort=evil&search=%5B&order=up"));
	check("html: a URL with nonsense is no error", await link.locator("#canvas").isVisible());
	await close(link, "html, hostile URL");
	check("html: nothing was executed in any view", await html.evaluate(() => window.ran === undefined));
	await close(html, "html, hostile");
}
