#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# wick flamegraph, symbolize and doctor.
. "$(dirname "$0")/lib.sh"

cd "$T" || exit 1

# flamegraph
printf 'a;b;c 3\na;b 1\nx 2\n' >in.folded
wick flamegraph in.folded
check "flamegraph: exit status 0" exited 0
check "flamegraph: SVG on stdout" grep -q '<svg' last.out
check "flamegraph: whole" grep -q '</svg>' last.out
cp last.out first.svg
"$WICK" flamegraph - <in.folded >second.svg 2>"$T/last.err"
check "flamegraph -: from stdin, the same" cmp first.svg second.svg
"$WICK" flamegraph <in.folded >second.svg 2>"$T/last.err"
check "flamegraph without a FILE: from stdin" cmp first.svg second.svg
wick flamegraph in.folded -o out.svg -o out.folded -o out.x --format folded
check "flamegraph: several outputs" cmp out.folded out.x
check "flamegraph: a picture too" cmp first.svg out.svg
sort in.folded >sorted.folded
check "flamegraph: folded stacks again" cmp sorted.folded out.folded
wick flamegraph in.folded in.folded -o twice.folded
check "flamegraph: FILEs are merged" grep -q '^a;b;c 6$' twice.folded
wick flamegraph in.folded --title 'T<1>' --subtitle 'S&2' --countname 'things' --width 800 \
	--minwidth 0.5 --inverted -o options.svg
check "flamegraph: all options" exited 0

wick flamegraph in.folded --title T --subtitle S --width 800 --height 20 --minwidth 0.5% --fonttype serif \
	--fontsize 14 --countname things --nametype Thing: --colors java --bgcolors '#102030' --hash --reverse \
	--inverted --negate --factor 2.5 --total 100 --notes 'N>1' --encoding ISO-8859-1 -o options.svg -o options.html
check "flamegraph: all options of flamegraph.pl" exited 0
check "flamegraph: --factor" grep -q 'c (7.5 things, 3%)' options.svg
check "flamegraph: --notes" grep -q 'N&gt;1' options.svg
check "flamegraph: --nametype" grep -q 'data-name="Thing:"' options.svg
check "flamegraph: HTML" grep -q 'Content-Security-Policy' options.html
check "flamegraph: HTML is whole" grep -q '^</html>' options.html
wick flamegraph in.folded --reverse -o reverse.folded
check "flamegraph: --reverse" grep -q '^c;b;a 3$' reverse.folded
wick flamegraph in.folded --total 1 -o total.svg
check "flamegraph: --total below the sum is not used" said '--total is less'
printf 'a;x 1\nb 1\na;x 1\n' >chart.folded
wick flamegraph --flamechart chart.folded -o chart.svg
check "flamegraph: --flamechart does not merge" [ "$(grep -c '<title>x (1 ' chart.svg)" = 2 ]
check "flamegraph: --flamechart has a title" grep -q '>Flame Chart<' chart.svg
printf 'caf\351 1\n' >latin.folded
wick flamegraph --encoding ISO-8859-1 latin.folded -o latin.svg
check "flamegraph: --encoding" grep -q "<title>$(printf 'caf\303\251') (" latin.svg
wick flamegraph --minwidth 20% in.folded -o wide.svg
check "flamegraph: --minwidth in percent" [ "$(grep -c '<title>b (' wide.svg)$(grep -c '<title>x (' wide.svg)" = 11 ]
wick flamegraph --minwidth 40% in.folded -o wide.svg
check "flamegraph: --minwidth leaves out" [ "$(grep -c '<title>x (' wide.svg)" = 0 ]

printf 'a;b;c 3\nno count here\na;b x\n' >mixed.folded
wick flamegraph mixed.folded -o mixed.svg
check "lines without a count: the rest is drawn" exited 0
check "lines without a count: says how many and where" said '2 of 3 lines skipped; line 2'
printf 'nothing\nof it\n' >none.folded
wick flamegraph none.folded -o none.svg
check "no line with a count: exit status 1" exited 1
check "no line with a count: says what is expected" said 'no folded stacks'
check "no line with a count: nothing is written" [ ! -e none.svg ]
head -c 100000 /dev/urandom >random.folded
wick flamegraph random.folded -o random.svg
check "random bytes: an error or a picture" [ "$status" -le 1 ]
: >empty.folded
wick flamegraph empty.folded -o empty.svg
check "an empty file: a valid empty picture" grep -q '</svg>' empty.svg
wick flamegraph missing.folded -o missing.svg
check "a missing file: exit status 1" exited 1
check "a missing file: says which" said 'missing.folded: No such file'
wick flamegraph . -o missing.svg
check "a directory: exit status 1" exited 1
check "a directory: nothing is written" [ ! -e missing.svg ]
"$WICK" flamegraph in.folded >/dev/full 2>"$T/last.err"
status=$?
check "a full device: exit status 1" exited 1
check "a full device: says so" said 'stdout: No space left'
"$WICK" flamegraph in.folded >&- 2>"$T/last.err"
status=$?
check "closed stdout: exit status 1" exited 1

# symbolize
if have nm; then
	address=$(nm "$WORKLOADS/calltree" | awk '$3 == "leaf_a" { print $1 }')
	wick symbolize -e "$WORKLOADS/calltree" "$address" "0x$address"
	check "symbolize -e: exit status 0" exited 0
	check "symbolize -e: the function, with and without 0x" \
		[ "$(grep -c 'leaf_a.*+0x0' last.out)" = 2 ]
	echo "$address" | "$WICK" symbolize -e "$WORKLOADS/calltree" >piped.out 2>"$T/last.err"
	check "symbolize: addresses from stdin" grep -q 'leaf_a' piped.out
	for option in --no-inlines --no-demangle; do
		wick symbolize $option -e "$WORKLOADS/calltree" "$address"
		check "symbolize $option" grep -q 'leaf_a' last.out
	done
else
	skip "symbolize -e" "no nm"
fi
if have addr2line && have nm; then
	# Byte for byte: functions of C, each by its first and its last byte.
	nm -S --defined-only "$WORKLOADS/calltree" | awk '$3 ~ /[tT]/ && NF == 4 {
		print $1
		print $1 }' >addresses
	addr2line -f -i -C -e "$WORKLOADS/calltree" <addresses >theirs.out
	"$WICK" symbolize --format addr2line -e "$WORKLOADS/calltree" <addresses >ours.out
	check "symbolize --format addr2line: some lines" [ "$(wc -l <ours.out)" -gt 20 ]
	check "symbolize --format addr2line: as addr2line prints them" diff theirs.out ours.out
	wick symbolize --format addr2line -e "$WORKLOADS/calltree" ffffffffffff
	check "symbolize --format addr2line: nothing there" \
		[ "$(tr '\n' ' ' <last.out)" = '?? ??:0 ' ]
	# A script that writes an address and waits for the answer.
	mkfifo questions answers
	timeout 10 "$WICK" symbolize --format addr2line -e "$WORKLOADS/calltree" \
		<questions >answers 2>"$T/last.err" &
	exec 8>questions 9<answers
	for round in 1 2 3; do
		echo "$address" >&8
		read -r function <&9
		read -r place <&9
		check "symbolize: answer $round comes at once" \
			[ "$function ${place##*/}" = "$(tail -n +1 theirs.out | grep -A 1 '^leaf_a$' |
				head -n 2 | sed 's|.*/||' | tr '\n' ' ' | sed 's/ $//')" ]
	done
	exec 8>&- 9<&-
	wait
else
	skip "symbolize --format addr2line" "no addr2line"
fi
wick symbolize --format json -e "$WORKLOADS/calltree" "${address:-0}" ffffffffffff
check "symbolize --format json: a line for each" [ "$(wc -l <last.out)" = 2 ]
if have nm; then
	check "symbolize --format json: the function" \
		grep -q '^{"address":"0x[0-9a-f]*",.*"frames":\[{"function":"leaf_a","file":".*calltree.c","line":[0-9]*,"inlined":false}\]}$' last.out
fi
check "symbolize --format json: the reason" grep -q '"reason":"no_symbol".*"frames":\[\]}$' last.out
if have python3; then
	check "symbolize --format json: JSON" \
		python3 -c 'import json, sys; [json.loads(l) for l in open(sys.argv[1])]' last.out
else
	skip "symbolize --format json: JSON" "no python3"
fi
if have objcopy && have python3; then
	odd=$(printf 'a"b\\c\001\377d')
	objcopy --redefine-sym "leaf_a=$odd" "$WORKLOADS/calltree" odd.elf
	wick symbolize --format json --no-inlines -e odd.elf "${address:-0}"
	check "symbolize --format json: odd names" python3 -c '
import json, sys
a = json.loads(open(sys.argv[1], encoding="utf-8").read())
sys.exit(not any(f["function"] == "a\"b\\c\x01\ufffdd" for f in a["frames"]) and a)' last.out
else
	skip "symbolize --format json: odd names" "no objcopy or python3"
fi
awk 'BEGIN { for (i = 0; i < 300000; i++) printf "%x\n", i }' >many
"$WICK" symbolize -e "$WORKLOADS/calltree" <many >many.out 2>"$T/last.err"
check "symbolize: 300,000 addresses, in batches" [ "$(wc -l <many.out)" = 300000 ]
check "symbolize: in their order" [ "$(sed -n '250001s/ .*//p' many.out)" = 0x3d090 ]
wick symbolize --symbolize-mem 1 -e "$WICK" 1000
check "symbolize --symbolize-mem: what exceeds it is left out" exited 0

wick symbolize -e "$WORKLOADS/calltree" ffffffffffff
check "symbolize: no function there" grep -q '??' last.out
wick symbolize -e "$WORKLOADS/calltree" nonsense
check "symbolize: not a number: exit status 1" exited 1
check "symbolize: not a number: says so" said "'nonsense' is not a hexadecimal address"
wick symbolize -e missing 1000
check "symbolize: a missing file: exit status 1" exited 1
check "symbolize: a missing file: says which" said 'missing: No such file'
wick symbolize -e in.folded 1000
check "symbolize: not an ELF file: exit status 1" exited 1
check "symbolize: not an ELF file: says which" said 'in.folded'
wick symbolize -p 999999999 1000
check "symbolize: no such process: exit status 1" exited 1

if [ "$(id -u)" = 0 ]; then
	start "$WORKLOADS/calltree" 10 >/dev/null
	wait_for grep -q libinner "/proc/$last/maps"
	base=$(awk '/calltree/ { sub(/-.*/, ""); print; exit }' "/proc/$last/maps")
	wick symbolize -p "$last" "$(printf '%x' $((0x$base + 0x$address)))"
	check "symbolize -p: the function in a running process" grep -q 'leaf_a' last.out
	stop "$last"
	wick symbolize -k "$(awk '$3 == "schedule" { print $1; exit }' /proc/kallsyms)"
	check "symbolize -k: the kernel's function" grep -q 'schedule' last.out

	# doctor
	wick doctor
	check "doctor: exit status 0 where sampling works" exited 0
	for line in kernel sampling 'following a command' 'kernel names' 'sampling rate' 'debug files'; do
		check "doctor: a line on $line" grep -q "^[a-zA-Z]*  *$line" last.out
	done
else
	skip "symbolize -p, symbolize -k, doctor" "needs root"
fi

done_testing
