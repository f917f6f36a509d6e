#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# render.sh - what drawing big profiles costs: seconds, memory, and whether both grow
# with the input; beside flamegraph.pl if FG names it.  `wc -w` over the same file, which
# looks at every byte once, says how fast the machine is just now.
#
#	render.sh [ROUNDS [STACKS]]			FG=flamegraph.pl
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

large=${2:-1000000}
small=$((large / 4))
for count in $small $large; do
	awk -v count="$count" -f "$here/stacks.awk" >"$count.folded" || exit 1
done
LC_ALL=C sort "$large.folded" >sorted.folded

round() {
	"$measure" wc.words wc -w "$large.folded" >/dev/null
	"$measure" wick.small "$wick" flamegraph -q "$small.folded" -o picture.svg
	"$measure" wick.large "$wick" flamegraph -q "$large.folded" -o picture.svg
	"$measure" wick.sorted "$wick" flamegraph -q sorted.folded -o picture.svg
	"$measure" wick.html "$wick" flamegraph -q "$large.folded" -o page.htm --format html
	"$measure" wick.text "$wick" flamegraph -q "$large.folded" -o again.folded
	# It takes half a minute: once will do.
	if [ -n "${FG:-}" ] && [ "$1" = 0 ]; then
		"$measure" flamegraph.pl.large perl "$FG" "$large.folded" >picture.pl.svg
	fi
}

repeat "$rounds" round
check_runs ./*.words ./*.small ./*.large ./*.sorted ./*.html ./*.text
for result in *.words *.small *.large *.sorted *.html *.text; do
	awk '{ print $1 / 1000, $3 / 1024, $2 }' "$result" >"$result.s"
done
row "wc -w of $large stacks: s" - wc.words.s 1 wc
compare "$large stacks to SVG: s" peers 1 large.s wick flamegraph.pl
compare "$large stacks to SVG: peak RSS, MB" peers 2 large.s wick flamegraph.pl
row "the same, sorted: s" - wick.sorted.s 1
row "$large stacks to HTML: s" - wick.html.s 1
row "$large stacks to folded: s" - wick.text.s 1
awk -v small="$(median wick.small.s 3)" -v large="$(median wick.large.s 3)" \
	'BEGIN { printf "%.2f\n", large / small }' >growth
row "four times the stacks to SVG: times the CPU" - growth 1
end_part
