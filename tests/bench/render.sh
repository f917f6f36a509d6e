#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# render.sh - what drawing big profiles costs: seconds, memory, and whether both grow
# with the input.  Medians; the sizes in turns.  `wc -w` over the same file, which looks
# at every byte once, says how fast the machine is just now.
#
#	B=build tests/bench/render.sh [ROUNDS [STACKS]]
set -u

B=$(cd "${B:-build}" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
wick=$B/wick
measure=$B/tests/bench/measure
rounds=${1:-7}
large=${2:-1000000}
T=$(mktemp -d "${TMPDIR:-/tmp}/wick-render.XXXXXX") || exit 1
trap 'rm -rf "$T"' EXIT
trap 'exit 1' INT TERM
cd "$T" || exit 1

# median FILE COLUMN
median() {
	awk -v column="$2" '{ print $column }' "$1" | sort -n | awk '
		{ value[NR] = $1 }
		END { print NR % 2 ? value[(NR + 1) / 2] : (value[NR / 2] + value[NR / 2 + 1]) / 2 }'
}

# row WHAT FILE : milliseconds, seconds of CPU, kilobytes.
row() {
	awk -v what="$1" -v ms="$(median "$2" 1)" -v cpu="$(median "$2" 2)" -v kb="$(median "$2" 3)" \
		'BEGIN { printf "%-34s %7.3f s  %7.3f s CPU  %7.1f MB\n", what, ms / 1000, cpu, kb / 1024 }'
}

small=$((large / 4))
for count in $small $large; do
	awk -v count="$count" -f "$here/stacks.awk" >"$count.folded" || exit 1
done
LC_ALL=C sort "$large.folded" >sorted.folded
round=0
while [ $round -lt "$rounds" ]; do
	"$measure" calibration wc -w "$large.folded" >/dev/null
	"$measure" small.svg "$wick" flamegraph -q "$small.folded" -o out.svg
	"$measure" large.svg "$wick" flamegraph -q "$large.folded" -o out.svg
	"$measure" sorted.svg "$wick" flamegraph -q sorted.folded -o out.svg
	"$measure" large.html "$wick" flamegraph -q "$large.folded" -o out.html
	"$measure" large.folded.out "$wick" flamegraph -q "$large.folded" -o out.folded
	round=$((round + 1))
done
echo "$rounds rounds, $large distinct stacks, $(($(wc -c <"$large.folded") / 1000000)) MB of text"
row "wc -w (calibration)" calibration
row "$small stacks to SVG" small.svg
row "$large stacks to SVG" large.svg
row "the same, sorted" sorted.svg
row "$large stacks to HTML" large.html
row "$large stacks to folded" large.folded.out
awk -v small="$(median small.svg 2)" -v large="$(median large.svg 2)" \
	'BEGIN { printf "four times the input takes %.2f times the CPU\n", large / small }'
