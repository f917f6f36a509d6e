#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Ctrl-C and kill end the sampling, and the output is complete.
. "$(dirname "$0")/lib.sh"
need_root

start "$WORKLOADS/calltree" 60 >/dev/null

sampling() {
	grep -q 'anon_inode:\[perf_event\]' /dev/null "/proc/$1/fdinfo" 2>/dev/null ||
		find "/proc/$1/fd" -lname 'anon_inode:bpf-prog' 2>/dev/null | grep -q .
}

# A shell's background job ignores SIGINT, hence env.
for signal in INT TERM; do
	start env --default-signal=INT "$WICK" record -a -F 999 -o "$T/$signal.folded" \
		--stats "$T/$signal.json" 2>"$T/last.err"
	wait_for sampling "$last"
	sleep 0.5
	kill -$signal "$last"
	wait "$last"
	status=$?
	check "SIG$signal: exit status 0" exited 0
	check_ledger $signal
	check "SIG$signal: the profile is there" seen $signal '^calltree;.*;leaf_a(;|$)' 10
	check "SIG$signal: the summary too" said 'samples of cpu-clock at 999 Hz'
done

# Two signals at once: the second must not find wick in the middle of a file; it may find
# all of it written.
whole() {
	tail -n 1 "$T/twice.svg" | grep -q '</svg>'
}
start env --default-signal=INT "$WICK" record -a -F 999 -o "$T/twice.svg" 2>"$T/last.err"
wait_for sampling "$last"
sleep 0.3
kill -INT "$last"
kill -INT "$last" 2>/dev/null
wait "$last"
status=$?
case $status in
0) check "two signals: the output is whole" whole ;;
130) check "two signals: no half output" sh -c '[ ! -e "$1" ] || tail -n 1 "$1" | grep -q "</svg>"' \
	- "$T/twice.svg" ;;
*) fail "two signals: exit status $status" ;;
esac

# The second one gives up at once: here while a pipe that is open but not read blocks the output.
mkfifo "$T/fifo"
start env --default-signal=INT "$WICK" record -a --per-thread -F 9999 -o "$T/fifo" --format folded \
	2>"$T/last.err"
stuck=$last
start sh -c 'exec sleep 30 <"$0"' "$T/fifo"
reader=$last
wait_for sampling "$stuck"
sleep 1.5
kill -INT "$stuck"
sleep 0.5
if kill -0 "$stuck" 2>/dev/null; then
	kill -INT "$stuck"
	wait "$stuck"
	status=$?
	check "a second signal ends wick while the pipe is still open and not read" \
		grep -q '^State:.[^Z]' "/proc/$reader/status"
	check "a second signal: the status says so" exited 130
else
	skip "a second signal ends wick while the pipe is still open and not read" "the profile fitted into the pipe"
fi

# An interrupted recording ends its command, as a terminal's Ctrl-C would.
start env --default-signal=INT "$WICK" record -o "$T/cmd.folded" --stats "$T/cmd.json" -F 999 -- \
	"$WORKLOADS/calltree" 60 >/dev/null 2>"$T/last.err"
wait_for sampling "$last"
sleep 0.5
kill -TERM "$last"
wait "$last"
status=$?
check "SIGTERM with a command: the command's status" exited 143
check_ledger cmd
check "SIGTERM with a command: its profile is written" seen cmd '^calltree;.*;leaf_a(;|$)' 10

done_testing
