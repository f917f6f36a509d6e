// SPDX-License-Identifier: BSD-2-Clause
// speedscope.mjs BROWSER MODULES FOLDER: open each FOLDER/*.speedscope.json in speedscope
// and read its table of functions.  TAP on stdout.
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { createRequire } from 'node:module';

const [browserPath, modules, folder] = process.argv.slice(2);
const { chromium } = createRequire(path.resolve(modules) + '/')('playwright-core');
const site = path.join(modules, 'node_modules/speedscope/dist/release');
const types = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css',
	'.json': 'application/json', '.wasm': 'application/wasm' };
const WAIT_MS = 15000;
let rows = 0, failed = 0;

function check(sentence, ok, why) {
	console.log(`${ok ? 'ok' : 'not ok'} ${++rows} - ${sentence}`);
	if (!ok) {
		failed++;
		console.log(`# ${String(why).slice(0, 500)}`);
	}
}

// speedscope loads a profile from where it was loaded from itself.
const server = http.createServer((request, response) => {
	const { pathname } = new URL(request.url, 'http://localhost');
	const file = pathname.startsWith('/profile/')
		? path.join(folder, path.basename(pathname))
		: path.join(site, pathname === '/' ? 'index.html' : pathname);

	fs.readFile(file, (error, data) => {
		response.writeHead(error ? 404 : 200,
			{ 'content-type': types[path.extname(file)] ?? 'application/octet-stream' });
		response.end(error ? '' : data);
	});
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const origin = `http://127.0.0.1:${server.address().port}`;
const browser = await chromium.launch({ executablePath: browserPath,
	args: ['--no-sandbox', '--enable-unsafe-swiftshader'] });

// Self weight of each function, by the stacks in the file.
function selfWeights(file) {
	const { shared, profiles: [profile] } = file, self = new Map();

	profile.samples.forEach((stack, i) => {
		const { name } = shared.frames[stack[stack.length - 1]];

		self.set(name, (self.get(name) ?? 0) + profile.weights[i]);
	});
	return self;
}

async function open(name) {
	const page = await browser.newPage({ viewport: { width: 1200, height: 700 } });
	const errors = [];

	page.on('pageerror', (error) => errors.push(String(error)));
	page.on('dialog', (dialog) => { errors.push(dialog.message()); dialog.dismiss(); });
	page.on('console', (message) => {
		if (message.type() === 'error' && !message.text().includes('404'))
			errors.push(message.text());
	});
	await page.goto(`${origin}/#profileURL=${origin}/profile/${name}`);
	await page.waitForFunction(() => document.body.innerText.includes('Sandwich'), null,
		{ timeout: WAIT_MS });
	await page.keyboard.press('3'); // the table
	await page.waitForFunction(() => document.body.innerText.includes('Symbol Name'), null,
		{ timeout: WAIT_MS });
	const text = await page.evaluate(() => document.body.innerText);
	if (process.env.SHOTS) {
		await page.keyboard.press('2');
		await page.waitForTimeout(500);
		await page.screenshot({ path: path.join(process.env.SHOTS, `${name}.png`) });
	}
	await page.close();
	return { text, errors };
}

for (const name of fs.readdirSync(folder).filter((n) => n.endsWith('.speedscope.json')).sort()) {
	const self = selfWeights(JSON.parse(fs.readFileSync(path.join(folder, name), 'utf8')));
	const { text, errors } = await open(name);

	check(`${name}: opens without an error`, errors.length === 0, errors.join('; '));
	if (!self.size) {
		check(`${name}: has no functions`, text.includes('No symbols found'), text);
		continue;
	}
	const [top, weight] = [...self].sort((a, b) => b[1] - a[1])[0];
	const shown = weight.toLocaleString('en-US');
	check(`${name}: the table has the hottest function and its weight`,
		text.includes(top.slice(0, 40)) && text.includes(`${shown} (`), `${top} ${shown}: ${text}`);
}
await browser.close();
server.close();
console.log(`1..${rows}`);
process.exitCode = failed ? 1 : 0;
