#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The pictures in a real browser.  Needs Chromium, node and npm, from which the driver
# comes into the build directory; skips without them.
set -u

here=$(cd "$(dirname "$0")" && pwd)
B=$(cd "${B:-build}" && pwd)
DRIVER=playwright-core@1.65.1

skip_all() {
	echo "1..0 # SKIP $1"
	exit 0
}

find_browser() {
	for name in chromium chromium-browser google-chrome; do
		command -v "$name" && return
	done
	return 1
}

[ -x "$B/wick" ] || {
	echo "Bail out! no program $B/wick: run make"
	exit 1
}
browser=$(find_browser) || skip_all "no Chromium (try .ci/deps browser)"
command -v node >/dev/null || skip_all "no node (try .ci/deps browser)"
modules=$B/browser
if [ ! -d "$modules/node_modules/playwright-core" ]; then
	command -v npm >/dev/null || skip_all "no npm (try .ci/deps browser)"
	mkdir -p "$modules"
	npm install --prefix "$modules" --no-save --no-audit --no-fund --silent "$DRIVER" \
		>"$modules/npm.log" 2>&1 || skip_all "npm cannot install $DRIVER, see $modules/npm.log"
fi

T=$(mktemp -d "${TMPDIR:-/tmp}/wick-browser.XXXXXX") || exit 1
trap 'rm -rf "$T"' EXIT
trap 'exit 1' INT TERM
awk -v count=100000 -f "$here/../bench/stacks.awk" >"$T/large.folded"
cp "$here/../golden/kinds.folded" "$T/kinds.folded"
SHOTS=${SHOTS:-} node "$here/check.mjs" "$B/wick" "$browser" "$modules" "$T"
