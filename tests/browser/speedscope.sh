#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Our JSON in speedscope itself.  Needs Chromium, node and npm, from which speedscope and
# the driver come into the build directory; skips without them.
set -u

here=$(cd "$(dirname "$0")" && pwd)
B=$(cd "${B:-build}" && pwd)
PACKAGES="speedscope@1.25.0 playwright-core@1.65.1"

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
browser=$(find_browser) || skip_all "no Chromium"
command -v node >/dev/null || skip_all "no node"
modules=$B/speedscope
if [ ! -d "$modules/node_modules/speedscope" ]; then
	command -v npm >/dev/null || skip_all "no npm"
	mkdir -p "$modules"
	# Package names have no spaces.
	# shellcheck disable=SC2086
	npm install --prefix "$modules" --no-save --no-audit --no-fund --silent $PACKAGES \
		>"$modules/npm.log" 2>&1 || skip_all "npm cannot install $PACKAGES, see $modules/npm.log"
fi

T=$(mktemp -d "${TMPDIR:-/tmp}/wick-speedscope.XXXXXX") || exit 1
trap 'rm -rf "$T"' EXIT
trap 'exit 1' INT TERM
for name in kinds hostile empty; do
	"$B/wick" flamegraph -q "$here/../golden/$name.folded" -o "$T/$name.speedscope.json" || exit 1
done
if [ "$(id -u)" = 0 ]; then
	"$B/wick" record -q -F 499 -o "$T/recording.speedscope.json" -o "$T/recording.folded" -- \
		"$B/tests/workloads/calltree" 1 >/dev/null || exit 1
fi
SHOTS=${SHOTS:-} node "$here/speedscope.mjs" "$browser" "$modules" "$T"
