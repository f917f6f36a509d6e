// SPDX-License-Identifier: BSD-2-Clause
// eslint.config.mjs - what `make lint-js` demands of scripts: no name that is not there, no
// markup made of texts, nothing left over.  Only rules of eslint itself: no plugin is needed.

const rules = {
	"array-callback-return": "error",
	"consistent-return": "error",
	"constructor-super": "error",
	"eqeqeq": "error",
	"for-direction": "error",
	"getter-return": "error",
	"max-len": ["error", { code: 100, tabWidth: 8 }],
	"no-case-declarations": "error",
	"no-class-assign": "error",
	"no-cond-assign": "error",
	"no-const-assign": "error",
	"no-constant-condition": "error",
	"no-dupe-args": "error",
	"no-dupe-class-members": "error",
	"no-dupe-else-if": "error",
	"no-dupe-keys": "error",
	"no-duplicate-case": "error",
	"no-duplicate-imports": "error",
	"no-empty": "error",
	"no-eval": "error",
	"no-fallthrough": "error",
	"no-func-assign": "error",
	"no-implied-eval": "error",
	"no-import-assign": "error",
	"no-invalid-regexp": "error",
	"no-loss-of-precision": "error",
	"no-new-func": "error",
	"no-prototype-builtins": "error",
	"no-redeclare": "error",
	"no-self-assign": "error",
	"no-self-compare": "error",
	"no-setter-return": "error",
	"no-shadow": "error",
	"no-this-before-super": "error",
	"no-undef": "error",
	"no-unreachable": "error",
	"no-unsafe-finally": "error",
	"no-unused-expressions": "error",
	"no-unused-vars": "error",
	"no-use-before-define": ["error", { functions: false, variables: false }],
	"no-useless-catch": "error",
	"no-useless-escape": "error",
	"no-var": "error",
	"prefer-const": ["error", { destructuring: "all" }],
	"use-isnan": "error",
	"valid-typeof": "error",
};

// What the scripts use of a browser; no more, so that no global is met by accident.
const browser = Object.fromEntries(["atob", "document", "getComputedStyle", "history", "location",
	"matchMedia", "performance", "requestAnimationFrame", "URLSearchParams", "window",
].map((name) => [name, "readonly"]));

// Names come from recorded programs: none may be parsed as markup.
const noMarkup = [
	{ property: "innerHTML" }, { property: "outerHTML" }, { property: "insertAdjacentHTML" },
	{ property: "srcdoc" }, { object: "document", property: "write" },
].map((rule) => ({ ...rule, message: "It parses markup." }));

// The tests also run functions in a page, with what that has.
const node = Object.fromEntries(["Buffer", "console", "fetch", "innerHeight", "MouseEvent",
	"process", "scrollY", "setTimeout", "URL",
].map((name) => [name, "readonly"]));

export default [
	{ linterOptions: { reportUnusedDisableDirectives: "error" }, rules },
	{
		files: ["flamegraph/viewer/*.js"],
		languageOptions: { sourceType: "module", globals: browser },
		rules: { "no-restricted-properties": ["error", ...noMarkup] },
	},
	{
		// The modules joined, as they are in an SVG and in a page.
		files: ["**/*.joined.js"],
		languageOptions: { sourceType: "script", globals: browser },
		// Modules may use the same word, and their comments are left out.
		rules: { "no-shadow": "off", "no-empty": "off" },
	},
	{
		files: ["tests/browser/*.mjs", ".ci/*.mjs"],
		languageOptions: { sourceType: "module", globals: { ...browser, ...node } },
		rules: { "max-len": "off" },	// a row is a sentence and what it is about
	},
];
