// SPDX-License-Identifier: BSD-2-Clause
// Compiled and interpreted JavaScript, builtins that call back, and garbage, for ever.
function fib(n) {
	return n < 2 ? n : fib(n - 1) + fib(n - 2);
}

const fs = require("fs");
let sum = 0;
for (;;) {
	sum += fib(16);
	sum += JSON.stringify({ a: [1, 2, 3].map((x) => x * 2) }).length;
	sum += [5, 3, 1, 4].sort((a, b) => a - b)[0];
	sum += "aXbX".replace(/X/g, (m) => m + "y").length;
	sum += new Map([[1, "a"], [sum, "b"]]).size;
	fs.statSync("/proc/self");
}
