#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The scripts, without a browser: node can read them, and eslint finds nothing; see
# .ci/eslint.config.mjs.  The modules of viewer/ are looked at once more as they are joined in an
# SVG and in a page: a name that nobody exports, or that two of them have, is found there.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

ESLINT=eslint@9.39.1

use_packages lint "$ESLINT"
cd "$here/../.." || exit 1
rows=0 failures=0

# row SENTENCE COMMAND... : what the command says is shown if it fails.
row() {
	sentence=$1
	shift
	rows=$((rows + 1))
	if "$@" >"$T/said" 2>&1; then
		echo "ok $rows - $sentence"
	else
		echo "not ok $rows - $sentence"
		sed 's/^/# /' "$T/said" >&2
		failures=$((failures + 1))
	fi
}

eslint() {
	"$modules/node_modules/.bin/eslint" --config .ci/eslint.config.mjs --max-warnings 0 "$@"
}

# A file called .js would be read as no module.
parses() {
	for file; do
		node --input-type=module --check <"$file" || {
			echo "$file"
			return 1
		}
	done
}

joined() {
	sed -n '/^(function () {$/,/^})();$/p' "$1" >"$1.joined.js"
	[ -s "$1.joined.js" ] && node --check "$1.joined.js" &&
		eslint --stdin --stdin-filename "${1##*/}.joined.js" <"$1.joined.js"
}

"$B/wick" flamegraph -q tests/golden/kinds.folded -o "$T/a.svg" -o "$T/a.html" || exit 1
row "node reads each module of the viewers" parses flamegraph/viewer/*.js
row "eslint finds nothing in them" eslint flamegraph/viewer/*.js
row "nor in the script of an SVG, where they are joined" joined "$T/a.svg"
row "nor in that of a page" joined "$T/a.html"
row "nor in the tests" eslint tests/browser/*.mjs .ci/*.mjs
echo "1..$rows"
[ "$failures" = 0 ]
