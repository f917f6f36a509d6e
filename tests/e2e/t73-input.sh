#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Inputs of other tools, and inputs that are none: a reason, a line number, no half file.
. "$(dirname "$0")/lib.sh"

GOLDEN=$(cd "$(dirname "$0")/../golden" && pwd)
cd "$T" || exit 1

# Nothing is said but what was written.
silent() {
	! grep -v '^wrote ' last.err
}

# perf script
for name in frames inlines noaddr nostack srcline threads java; do
	wick flamegraph --from perf "$GOLDEN/perf.$name.txt" -o perf.folded
	check "perf script, $name: the stacks" cmp "$GOLDEN/perf.$name.folded" perf.folded
	check "perf script, $name: nothing was skipped" silent
done
"$WICK" flamegraph --from perf -o piped.folded <"$GOLDEN/perf.frames.txt" 2>last.err
check "perf script from stdin" cmp "$GOLDEN/perf.frames.folded" piped.folded
wick flamegraph --from perf "$GOLDEN/perf.frames.txt" "$GOLDEN/perf.frames.txt" -o twice.folded
check "perf script: FILEs are merged" [ "$(total twice.folded)" = $((2 * $(total piped.folded))) ]
wick flamegraph --from perf "$GOLDEN/perf.events.txt" -o events.folded
check "perf script, two events: the first one" cmp "$GOLDEN/perf.events.folded" events.folded
check "perf script, two events: says so" said 'only the event page-faults is used; 1 samples of other'
wick flamegraph --from perf "$GOLDEN/perf.events.txt" "$GOLDEN/perf.frames.txt" -o events.folded
check "perf script: the first FILE's event in all of them" cmp "$GOLDEN/perf.events.folded" events.folded
wick flamegraph --from perf --per-process "$GOLDEN/perf.threads.txt" -o process.folded
check "perf script --per-process" grep -q '^early_bird-[0-9]*;start_thread' process.folded
wick flamegraph --from perf --per-thread "$GOLDEN/perf.threads.txt" -o thread.folded
check "perf script --per-thread" grep -q '^early_bird-[0-9]*/[0-9]*;start_thread' thread.folded
wick flamegraph --from perf "$GOLDEN/kinds.folded" -o wrong.svg
check "--from perf and folded stacks: exit status 1" exited 1
check "--from perf and folded stacks: the line" said 'is not the text of `perf script`: line 1'
check "--from perf and folded stacks: nothing is written" [ ! -e wrong.svg ]
head -n 8 "$GOLDEN/perf.frames.txt" | head -c 500 >cut.txt
wick flamegraph --from perf cut.txt -o cut.folded
check "perf script that is cut off: said" said 'cut.txt ends without the blank line behind its last'
if [ "$(id -u)" = 0 ] && have perf && perf record -q -e cpu-clock -F 499 -g -o perf.data \
	"$WORKLOADS/calltree" 1 >/dev/null 2>&1; then
	perf script -i perf.data >script.txt 2>/dev/null
	wick flamegraph --from perf script.txt -o script.folded
	check "a recording of perf: nothing is skipped" silent
	heads=$(grep -c '^[^[:space:]#]' script.txt)
	check "a recording of perf: every sample" \
		[ "$(total script.folded)" = $((heads * 2004008)) ]
	# Newer versions of perf name inlined functions in between.
	check "a recording of perf: known stacks" \
		grep -q ';main;run;\([^;]*_\[i\];\)*phase_a;leaf_a' script.folded
else
	skip "a recording of perf" "no perf that works, or no root"
fi

# Lines that are no stacks, in between.
printf 'a;b 3\nno_count\na -5\na 99999999999999999999\na x\n 7\n\0nul 1\nc 2\r\n\n' >mixed.folded
wick flamegraph mixed.folded -o mixed.out.folded
check "bad lines: the rest is used" exited 0
check "bad lines: how many, and the first" said 'mixed.folded: 6 of 9 lines skipped; line 2 has no count'
printf 'a;b 3\nc 2\n' >want.folded
check "bad lines: CRLF and blank ones are none" cmp want.folded mixed.out.folded
for row in 'a -5:negative count' 'a x:count that is not a number' 'a 1e400:not a number' \
	'a 9007199254740994:above 2^53' ' 7:no stack' 'a:no count'; do
	printf '%s\n' "${row%%:*}" >bad.folded
	wick flamegraph bad.folded -o bad.svg
	check "only \`${row%%:*}\`: exit status 1" exited 1
	check "only \`${row%%:*}\`: line 1 and the reason" said "line 1 has.*${row#*:}"
	check "only \`${row%%:*}\`: nothing is written" [ ! -e bad.svg ]
done

# What is no profile, although it may have lines that end with a number.
echo 'a;b 3' >good.folded
gzip -c good.folded >good.folded.gz
printf '{\n "name": "x",\n "value": 12\n}\n' >value.json
printf '[{"value":\n 12}]\n' >list.json
printf 'PERFILE2\n12 12\n' >perf.data
wick flamegraph good.folded -o good.svg
mkdir folder
while read -r file words; do
	for command in "flamegraph $file" "flamegraph --from perf $file" "diff $file good.folded" "diff good.folded $file"; do
		case $file in
		*.gz) [ "${command#*--from}" = "$command" ] && continue ;; # it could be pprof
		esac
		# One or more words.
		# shellcheck disable=SC2086
		wick $command -o binary.svg
		check "wick $command: exit status 1" exited 1
		check "wick $command: says what it is, and what to do" said "$file.*$words"
		check "wick $command: nothing is written" [ ! -e binary.svg ]
	done
done <<END
$WICK is a program or library (ELF).*wick record -- PROGRAM
good.folded.gz is compressed by gzip.*gzip -dc FILE
value.json is JSON
list.json is JSON
perf.data is perf's own recording.*perf script
good.svg is a picture
folder Is a directory (name a file in it)
END
wick flamegraph good.folded.gz -o binary.svg
check "compressed stacks: exit status 1" exited 1
check "compressed stacks: says how to unpack them" said 'gzip -dc'
cp "$WICK" program
"$WICK" flamegraph - -o binary.svg <program 2>last.err
check "a program on stdin" said 'stdin is a program'
printf '{closure} 3\n[unknown];a 2\n[{x}] 1\n' >braces.folded
wick flamegraph braces.folded -o braces.folded2 --format folded
check "frames in braces are no JSON" [ "$(wc -l <braces.folded2)" = 3 ]

# A line of a gigabyte: memory does not follow it.
bounded() {
	after=$1
	shift
	{ head -c 1000000000 /dev/zero | tr '\0' 'x'; printf ' 1\n%s' "$after"; } |
		prlimit --as=200000000 "$WICK" flamegraph "$@" -o long.folded 2>last.err
}
if nm -D "$WICK" 2>/dev/null | grep -q asan; then
	skip "a line of a gigabyte" "the sanitizer needs more memory than the bound"
else
	check "a line of a gigabyte: skipped in 200 MB" bounded 'a;b 3
'
	check "a line of a gigabyte: said" said '1 of 2 lines skipped; line 1 is longer than 1 MiB'
	check "a line of a gigabyte: the rest is used" [ "$(cat long.folded)" = 'a;b 3' ]
	check "a line of a gigabyte of perf script: skipped in 200 MB" bounded 'x 1 1.0: e:

' --from perf
	check "a line of a gigabyte of perf script: the rest is used" [ "$(cat long.folded)" = 'x 1' ]
fi

done_testing
