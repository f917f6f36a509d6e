#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# wick dump: the stacks of all threads now, beside the program's own word; nothing is stopped.
. "$(dirname "$0")/lib.sh"
need_root
HERE=$(cd "$(dirname "$0")/../workloads" && pwd)

# dumped NAME ARGS... : a run of wick dump, its output in $T/NAME.
dumped() {
	name=$1
	shift
	wick dump "$@"
	cp "$T/last.out" "$T/$name"
}

# Threads of FILE, and frames of the thread whose header matches REGEX.
threads_of() {
	grep -c '^thread ' "$1"
}

frames_of() {
	awk -v regex="$2" '/^thread / { is_it = $0 ~ regex } is_it && /^    / { print $1 }' "$1"
}

# in_order FILE REGEX FUNCTION... : the thread has these frames, innermost first, others between.
in_order() {
	frames_of "$1" "$2" >"$T/frames"
	shift 2
	at=0
	for function; do
		nr=$(awk -v at="$at" -v name="$function" 'NR > at && $0 == name { print NR; exit }' "$T/frames")
		echo "$function: ${nr:-missing}"
		[ -n "$nr" ] || return 1
		at=$nr
	done
}

# No byte that a terminal obeys.
inert() {
	! LC_ALL=C tr -d '\n' <"$1" | LC_ALL=C grep -q '[[:cntrl:]]'
}

# The line that blocked.c has for a function.
line_of() {
	awk -v mark="the line of $1()" 'index($0, mark) { print NR }' "$HERE/blocked.c"
}

# The letter of each thread's state and the id of its tracer; the CPU time of the process, in ticks.
letters_of() {
	cat "/proc/$1"/task/*/status | awk '$1 == "State:" { print $2 } $1 == "TracerPid:" { print $2 }'
}

ticks_of() {
	awk '{ sub(/.*\) /, ""); print $12 + $13 }' "/proc/$1/stat"
}

# A program in C

mkfifo "$T/fifo"
exec 9<>"$T/fifo" # a pipe that has a writer, and nothing to be read
# shellcheck disable=SC2016
start sh -c 'exec "$0" <"$1" >"$2"' "$WORKLOADS/blocked" "$T/fifo" "$T/ready"
c=$last
wait_for grep -q ready "$T/ready"
dumped c -p "$c"
check "C: exit status 0" exited 0
check "C: nothing is said" [ ! -s "$T/last.err" ]
check "C: both threads" [ "$(threads_of "$T/c")" = 2 ]
check "C: the first sleeps" grep -q "^thread $c \"blocked\" (sleeping)\$" "$T/c"
check "C: the kernel's frames, the libc's, the program's, in this order" \
	in_order "$T/c" "^thread $c " do_syscall_64 read inner middle outer main _start
check "C: the other thread's" in_order "$T/c" 'a[?]' pause wait_for_ever run start_thread
for function in inner middle outer; do
	check "C: $function() is at its line" \
		grep -q "^    $function (blocked.c:$(line_of $function)) \[blocked\]\$" "$T/c"
done
check "C: frames of the kernel are marked" grep -q '^    do_syscall_64 \[kernel\]$' "$T/c"
check "C: the stacks are whole" [ "$(grep -c incomplete "$T/c")" = 0 ]
check "C: a name that a terminal obeys is inert" grep -q '^thread [0-9]* "a?\[2J?b" (sleeping)$' "$T/c"
check "C: so is all output" inert "$T/c"
dumped bare --no-inlines -p "$c"
check "--no-inlines: functions without lines" grep -q '^    inner \[blocked\]$' "$T/bare"
kill -STOP "$c"
wait_for grep -q '^State:.T' "/proc/$c/status"
dumped stopped -p "$c"
kill -CONT "$c"
check "a stopped process: says so" grep -q "^thread $c \"blocked\" (stopped)\$" "$T/stopped"
check "a stopped process: has its stack" in_order "$T/stopped" "^thread $c " read inner middle outer main
if have unshare; then
	# shellcheck disable=SC2016
	unshare -pf --mount-proc sh -c '"$0" </dev/zero >/dev/null & sleep 0.3; exec "$1" dump -p $$' \
		"$WORKLOADS/blocked" "$WICK" >"$T/last.out" 2>"$T/last.err"
	check "in a pid namespace: its ids" grep -q '^thread 1 "' "$T/last.out"
else
	skip "in a pid namespace: its ids" "no unshare"
fi
exec 9>&-

# Nobody there, or not to be looked at

wick dump -p 4194304
check "no such process: exit status 1" exited 1
check "no such process: says so" said '^wick: no process 4194304 (see ps -e)'
wick dump -p $$
check "the shell itself: exit status 0" exited 0
if have setpriv; then
	setpriv --reuid 65534 --regid 65534 --clear-groups "$WICK" dump -p $$ >"$T/last.out" 2>"$T/last.err"
	status=$?
	check "another user's process: exit status 1" exited 1
	check "another user's process: says why, and what to do" said '^wick: .*(.*try sudo)$'
	check "another user's process: and nothing else" [ ! -s "$T/last.out" ]
else
	skip "another user's process" "no setpriv"
fi

# A program in Python

PYTHON=$(python3 -c 'import os, sys; print(os.path.realpath(sys.executable))' 2>/dev/null)
if [ -z "$PYTHON" ] || ! "$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 8))'; then
	skip "python" "no python3 of 3.8 or later"
	done_testing
	exit 0
fi
# TIDs and frames of Python's in a dump, as the program says them.
said_of() {
	awk '/^thread / { tid = $2 } / \[python\]$/ { sub(/^    /, ""); sub(/ \[python\]$/, ""); print tid, $0 }' "$1"
}

start "$PYTHON" "$HERE/python/stacks.py" "$T/truth"
p=$last
wait_for [ -s "$T/truth" ]
wait_for [ "$(echo "/proc/$p/task"/* | wc -w)" = 3 ]
sort "$T/truth" >"$T/want"
dumped python -p "$p"
check "python: exit status 0" exited 0
check "python: all three threads" [ "$(threads_of "$T/python")" = 3 ]
said_of "$T/python" | sort >"$T/got"
check "python: the functions, files and lines are those that the program says" cmp "$T/want" "$T/got"
said_of "$T/python" >"$T/unsorted"
in_same_order() {
	grep "^$1 " "$T/truth" >"$T/want.thread"
	grep "^$1 " "$T/unsorted" | cmp "$T/want.thread" -
}
sleeper=$(awk '/ nap / { print $1; exit }' "$T/want")
spinner=$(awk '/ spin / { print $1; exit }' "$T/want")
check "python: those of the first thread in this order" in_same_order "$p"
check "python: those of the one that sleeps, too" in_same_order "$sleeper"
check "python: those of the one that computes, too" in_same_order "$spinner"
check "python: who sleeps is (sleeping)" grep -q "^thread $sleeper .* (sleeping)\$" "$T/python"
check "python: who computes is (running)" grep -q "^thread $spinner .* (running)\$" "$T/python"
check "python: the kernel, the module time, the function, the interpreter" \
	in_order "$T/python" "^thread $sleeper " do_syscall_64 time_sleep nap
check "python: the lambda is called by sorted(), which is called by main" \
	in_order "$T/python" "^thread $p " time_sleep 'main.<locals>.<lambda>' main evil '<module>' _start
check "python: all output is inert" inert "$T/python"
dumped all --native-frames all -p "$p"
check "--native-frames all: with the function that evaluates" \
	grep -q '^    _PyEval_EvalFrameDefault ' "$T/all"
refuse "by default it is not shown" grep -q '^    _PyEval_EvalFrameDefault ' "$T/python"
dumped none --native-frames none -p "$p"
refuse "--native-frames none: the kernel and Python only" \
	grep -v -e '^thread ' -e '^$' -e ' \[python\]$' -e ' \[kernel\]$' -e incomplete "$T/none"
dumped no --no-interpreters -p "$p"
refuse "--no-interpreters: no function of Python" grep -q ' \[python\]$' "$T/no"
check "--no-interpreters: native frames" grep -q '^    _PyEval_EvalFrameDefault ' "$T/no"

start "$PYTHON" -c 'import time
def deep(n):
    time.sleep(600) if not n else deep(n - 1)
deep(400)'
deep=$last
wait_for grep -q nanosleep "/proc/$deep/stack"
dumped deep -p "$deep"
check "python, 401 calls: the innermost 256 are shown" \
	[ "$(grep -c '^    deep (<string>:3) \[python\]$' "$T/deep")" = 256 ]
check "python, 401 calls: that there are more is said" grep -q '^    \[python incomplete\]$' "$T/deep"
stop "$deep"

# Nothing is stopped: no thread is ever seen so, none has a tracer, and the one that computes goes on.
before=$(ticks_of "$p")
dump_often() {
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		"$WICK" dump -q -p "$1" >/dev/null || return 1
	done
	: >"$T/over"
}
start dump_often "$p"
: >"$T/letters"
wait_for eval "letters_of $p >>$T/letters; [ -e $T/over ]"
check "ten dumps: all succeed" [ -e "$T/over" ]
check "ten dumps: the states were looked at meanwhile" [ "$(grep -c '[RSD]' "$T/letters")" -ge 9 ]
check "ten dumps: no thread was stopped or traced" [ -z "$(sort -u "$T/letters" | tr -d 'RSD0\n')" ]
check "ten dumps: the program went on" [ "$(ticks_of "$p")" -gt "$before" ]
done_testing
