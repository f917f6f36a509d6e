#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# wick diff: what changed, and only what the samples support.
. "$(dirname "$0")/lib.sh"

cd "$T" || exit 1

printf 'm;a;x 500\nm;b 300\nm;c 100\nm;gone 50\n' >before.folded
printf 'm;a;x 700\nm;b 310\nm;c 20\nm;new 1\n' >after.folded
wick diff before.folded after.folded -o out.svg -o out.folded
check "diff: exit status 0" exited 0
check "diff: a picture" grep -q '</svg>' out.svg
check "diff: widths are those of AFTER" grep -q '<title>a (700 samples' out.svg
check "diff: the change is in the tooltip" grep -q '<title>a (700 samples[^<]*+' out.svg
refuse "diff: what is gone is not drawn" grep -q '<title>gone' out.svg
# class NAME : of its frame, without the shade.
class() {
	sed -n "s/.*<title>$1 (.*<rect class=\"\\([a-z]\\).*/\\1/p" out.svg
}
check "diff: what did not change for sure is neutral" [ "$(class b)" = n ]
check "diff: so is what is new with one sample" [ "$(class new)" = n ]
check "diff: growth has a colour" [ "$(class a)" != n ]
check "diff: shrinking has another one" [ "$(class c)" != "$(class a)" ]
check "diff: the table begins with the largest change" \
	[ "$(sed -n '/(own samples)$/{n;s/.* //p}' last.err)" = x ]
check "diff: with its interval" said '500  *700  *+200  *+132\.2 \.\. +268\.2  *x$'
check "diff: what is gone is in the table" said '50  *0  *-50 .*  gone$'
check "diff: what may be chance is marked" said '~ b$'
printf 'm;a;x 500 700\nm;b 300 310\nm;c 100 20\nm;gone 50 0\nm;new 0 1\n' >want.folded
check "diff: lines with both counts" cmp want.folded out.folded

wick diff before.folded after.folded -q
check "diff: SVG on stdout" grep -q '</svg>' last.out
check "diff -q: no table" [ ! -s last.err ]
wick diff --normalize before.folded after.folded -o share.svg -o share.folded
check "diff --normalize: shares" said '52\.63 % *67\.90 % *+15\.26 %'
check "diff --normalize: scaled counts" grep -q '^m;b 325\.[0-9]* 310$' share.folded

wick diff before.folded after.folded -o page.html
check "diff: an HTML page" grep -q '</html>' page.html
check "diff: with the changes in it" grep -q '"has_changes":1' page.html
wick flamegraph after.folded -o plain.html
refuse "which a page of one profile has not" grep -q '"has_changes":1' plain.html

# Twice as long, nothing else.
sed 's/ 500$/ 1000/; s/ 300$/ 600/; s/ 100$/ 200/; s/ 50$/ 100/' before.folded >twice.folded
wick diff before.folded twice.folded -o twice.svg
check "different lengths: says what to do" said '950 samples before, 1900 after: --normalize'
wick diff --normalize before.folded twice.folded -o out.svg
refuse "different lengths, --normalize: no change in the table" said '%  *[+-]'
check "different lengths, --normalize: all is neutral" \
	[ "$(grep -c '<rect class="n"' out.svg)" = "$(grep -c '<title>[a-z]* (' out.svg)" ]

# Other formats.
wick flamegraph before.folded -o before.pb.gz
wick diff before.pb.gz after.folded -o mixed.folded
check "diff: pprof against folded stacks" cmp want.folded mixed.folded
"$WICK" diff -q - after.folded -o piped.folded <before.folded
check "diff: one of the two from stdin" cmp want.folded piped.folded
printf 'm 1 1.0: 7 e:\n 1 b (/x)\n\n' >perf.txt
wick diff --from perf perf.txt perf.txt -o perf.folded
check "diff --from perf: samples are counted, not their periods" grep -q '^m;b 1 1$' perf.folded
wick diff --from folded before.folded after.folded --title 'T<1>' --subtitle 'S&2' --width 800 \
	--inverted --no-annotations -o options.svg
check "diff: all options" exited 0

# Errors.
wick diff before.folded
check "one profile: exit status 2" exited 2
wick diff before.folded after.folded before.folded
check "three profiles: exit status 2" exited 2
wick diff before.folded after.folded -o out.pb.gz
check "a format for one profile only: exit status 2" exited 2
wick diff before.folded missing.folded -o missing.svg
check "a missing file: exit status 1" exited 1
check "a missing file: says which" said 'missing.folded: No such file'
check "a missing file: nothing is written" [ ! -e missing.svg ]
echo nonsense >nonsense.folded
wick diff before.folded nonsense.folded -o nonsense.svg
check "no stacks: exit status 1" exited 1
check "no stacks: the line and the reason" said 'nonsense.folded has no folded stacks.*line 1 has no count'
: >empty.folded
wick diff before.folded empty.folded -o empty.svg
check "an empty profile: a valid picture" grep -q '</svg>' empty.svg
wick diff --normalize empty.folded empty.folded -o empty.svg
check "two empty profiles: exit status 0" exited 0

# Two recordings of the same program.
if [ "$(id -u)" = 0 ]; then
	wick record -F 499 -o one.folded -- "$WORKLOADS/calltree" 1
	wick record -F 499 -o two.folded -- "$WORKLOADS/calltree" 1
	wick diff --normalize one.folded two.folded -o same.svg
	check "the same program twice: hardly a function changed for sure" \
		[ "$(grep -c ' %  *[^ ~]*$' last.err)" -le 3 ]
else
	skip "the same program twice" "needs root"
fi

done_testing
