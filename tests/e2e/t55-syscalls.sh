#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Every system call, by each process of each command, against tests/syscalls/table.
. "$(dirname "$0")/lib.sh"
need_root
grep -q 'Seccomp:' /proc/self/status || skip_all "this kernel has no seccomp"
INJECT=$B/tests/syscalls/inject
TABLE=$(cd "$(dirname "$0")/../syscalls" && pwd)/table
"$INJECT" run true || skip_all "this kernel lets no filter ask its tracer"
nm "$WICK" 2>/dev/null | grep -q __asan_init && skip_all "AddressSanitizer needs more calls"

# filters PID [CNT] : there is ours, and that which it installed; a parser has the zygote's, too.
filters() {
	[ ! -e "/proc/$1" ] ||
		awk -v want="${2:-2}" '$1 == "Seccomp_filters:" { cnt = $2 } END { exit cnt != want }' \
			"/proc/$1/status"
}

has_threads() {
	[ "$(find "/proc/$1/task" -mindepth 1 -maxdepth 1 | wc -l)" -ge 2 ]
}

child_named() {
	child=
	children=$(cat "/proc/$1/task"/*/children)
	for pid in $children; do
		[ "$(cat "/proc/$pid/comm")" = "$2" ] && ! grep -q '^State:.Z' "/proc/$pid/status" &&
			[ -z "$child" ] && child=$pid # the first: a later one may be about to end
	done
	[ -n "$child" ]
}

# tried PID COLUMN SENTENCE
tried() {
	wait_for filters "$1"
	check "$3" "$INJECT" try "$1" "$2" "$TABLE"
}

start "$WORKLOADS/calltree" 60 >/dev/null
target=$last
start "$INJECT" run env DEBUGINFOD_URLS=http://127.0.0.1:9 HOME="$T" "$WICK" record -q -a -F 999 -d 60 -o "$T/long.folded"
wick=$last
wait_for has_threads "$wick"
tried "$wick" sampling "each thread of a recording may call what the table says"
check "it has a writer" child_named "$wick" wick-writer
tried "$child" writer "which may call what the table says"
check "it has a process that asks servers" child_named "$wick" wick-fetcher
tried "$child" fetcher "which may call what the table says"
check "it has a process that forks parsers" child_named "$wick" wick-zygote
zygote=$child
tried "$zygote" zygote "which may call what the table says"
# A parser rests when nothing is asked: each round has a program that is new.
parser_tried() {
	for round in 1 2 3 4 5 6 7 8 9 10; do
		cp "$WORKLOADS/nofp/calltree" "$T/new$round"
		"$T/new$round" 0.5 >/dev/null &
		wait_for child_named "$zygote" wick-parser
		wait_for filters "$child" 3 && "$INJECT" try "$child" parser "$TABLE" && return
		wait $!
	done
	return 1
}
check "there is a parser, which may call what the table says" parser_tried
check "it has a process that opens files" child_named "$wick" wick-opener
tried "$child" opener "each thread of which may call what the table says"
stop "$wick"
check "the recording ends as ever" [ -s "$T/long.folded" ]

mkfifo "$T/pipe"
for arguments in "flamegraph -o $T/pipe.svg $T/pipe" "diff -o $T/pipe.svg $T/pipe $T/pipe"; do
	# One word each.
	# shellcheck disable=SC2086
	start "$INJECT" run "$WICK" $arguments
	tried "$last" reading "${arguments%% *} may call what the table says"
	kill -9 "$last"
done
exec 3<>"$T/pipe"
start sh -c 'exec "$0" run "$1" symbolize -p "$2" <"$3"' "$INJECT" "$WICK" "$target" "$T/pipe"
tried "$last" reading "symbolize may call what the table says"
kill -9 "$last"

done_testing
