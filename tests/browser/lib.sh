# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh
#
# lib.sh - what the tests of the viewers' scripts source: node, packages of npm in the build
# directory, a scratch directory, and where they ask for it Chromium.  Without one of these
# they skip.
# shellcheck disable=SC2034

set -u

here=$(cd "$(dirname "$0")" && pwd)
B=$(cd "${B:-build}" && pwd)
DRIVER=playwright-core@1.65.1

skip_all() {
	echo "1..0 # SKIP $1"
	exit 0
}

# $browser is Chromium then.
need_browser() {
	for name in chromium chromium-browser google-chrome; do
		browser=$(command -v "$name") && return
	done
	skip_all "no Chromium (try .ci/deps browser)"
}

# use_packages DIRECTORY PACKAGE... : they are below $modules/node_modules then.
use_packages() {
	modules=$B/$1
	shift
	[ ! -d "$modules/node_modules/${1%@*}" ] || return 0
	command -v npm >/dev/null || skip_all "no npm (try .ci/deps browser)"
	mkdir -p "$modules"
	npm install --prefix "$modules" --no-save --no-audit --no-fund --silent "$@" \
		>"$modules/npm.log" 2>&1 || skip_all "npm cannot install $*, see $modules/npm.log"
}

[ -x "$B/wick" ] || {
	echo "Bail out! no program $B/wick: run make"
	exit 1
}
command -v node >/dev/null || skip_all "no node (try .ci/deps browser)"

T=$(mktemp -d "${TMPDIR:-/tmp}/wick-browser.XXXXXX") || exit 1
trap 'rm -rf "$T"' EXIT
trap 'exit 1' INT TERM
SHOTS=${SHOTS:-}	# a directory for pictures of what was seen
export SHOTS
