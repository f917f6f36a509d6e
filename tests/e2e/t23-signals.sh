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

# A shell's background job ignores SIGINT, and all below nohup ignore SIGHUP, hence env.
for signal in INT TERM HUP XCPU; do
	start env --default-signal=INT,HUP "$WICK" record -a -F 999 -o "$T/$signal.folded" \
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

# timeout(1) sends its signal twice, and means it once.
timeout -s INT 1 env --default-signal=INT "$WICK" record -a -F 999 -o "$T/timeout.folded" \
	--stats "$T/timeout.json" >/dev/null 2>"$T/last.err"
status=$?
check "timeout: its own status" exited 124
check_ledger timeout
check "timeout: the names are there" seen timeout '^calltree;.*;leaf_a(;|$)' 10
refuse "timeout: nothing was cut short" grep -q cut_short "$T/timeout.json"

# nohup(1) means it: the end of the terminal changes nothing.
start env --default-signal=INT nohup "$WICK" record -a -F 999 -o "$T/nohup.folded" 2>"$T/last.err"
wait_for sampling "$last"
kill -HUP "$last"
sleep 0.3
check "SIGHUP with nohup: it samples on" sampling "$last"
kill -INT "$last"
wait "$last"
status=$?
check "SIGHUP with nohup: and ends as ever" exited 0

# The report has its time, and what has no name by then is said to have none.
record late -a -F 999 -d 0.3 --report-timeout 0.000001
check "--report-timeout: exit status 0" exited 0
check "--report-timeout: says so" said 'naming took longer than 1e-06 s and was cut short.*--report-timeout'
check "--report-timeout: the ledger says so" grep -q '"cut_short": "timeout"' "$T/late.json"
check "--report-timeout: and of each frame" [ "$(stat_of late frames.user.unnamed.no_time)" -gt 0 ]
check "--report-timeout: unnamed frames are there" seen late '\[(calltree|unknown)\](;|$)' 1
record whole -a -F 999 -d 0.3
refuse "without: the ledger has no such word" grep -q 'cut_short\|no_time' "$T/whole.json"

# A second signal in the report writes what has names by then: here while a server does not answer.
if have strip && ldconfig -p 2>/dev/null | grep -q libdebuginfod; then
	start "$WORKLOADS/server" hang >"$T/port"
	server=$last
	wait_for [ -s "$T/port" ]
	cp "$WORKLOADS/calltree" "$WORKLOADS/libinner.so" "$T"
	strip "$T/calltree"
	mkdir "$T/home"
	start "$T/calltree" 60 2 >/dev/null
	stripped=$last
	for signal in INT TERM; do
		start env --default-signal=INT DEBUGINFOD_URLS="http://127.0.0.1:$(cat "$T/port")" HOME="$T/home" \
			"$WICK" record -p "$stripped" -F 999 -o "$T/cut.folded" --stats "$T/cut.json" \
			--debuginfod-timeout 50 --report-timeout 50 2>"$T/last.err"
		wait_for sampling "$last"
		sleep 0.5
		kill -$signal "$last"
		sleep 1.5
		begun=$(date +%s)
		check "SIG$signal twice: naming still waits at the second" kill -$signal "$last"
		wait "$last"
		status=$?
		check "SIG$signal twice: exit status 0" exited 0
		check "SIG$signal twice: at once" [ $(($(date +%s) - begun)) -lt 5 ]
		check_ledger cut
		check "SIG$signal twice: says so" said 'naming was cut short by a signal'
		check "SIG$signal twice: the ledger, too" grep -q '"cut_short": "signal"' "$T/cut.json"
	done
	# As a terminal's Ctrl-C: to all processes of wick, and none but the first obeys.
	start env --default-signal=INT DEBUGINFOD_URLS="http://127.0.0.1:$(cat "$T/port")" HOME="$T/home" \
		setsid "$WICK" record -p "$stripped" -F 999 -o "$T/group.folded" --stats "$T/group.json" \
		--debuginfod-timeout 1 2>"$T/last.err"
	wait_for sampling "$last"
	sleep 0.5
	kill -INT "-$last"
	wait "$last"
	status=$?
	check "Ctrl-C reaches all processes of wick: exit status 0" exited 0
	check_ledger group
	check "Ctrl-C reaches all: debug files are still asked for" [ "$(stat_of group debuginfod.late)" -ge 1 ]
	stop "$stripped"
	stop "$server"
else
	skip "a second signal" "no strip, or no libdebuginfod"
fi

# A third one gives up: here while a pipe that is open but not read blocks the output.
mkfifo "$T/fifo"
start env --default-signal=INT "$WICK" record -a --per-thread -F 9999 -o "$T/fifo" --format folded \
	2>"$T/last.err"
stuck=$last
start sh -c 'exec sleep 30 <"$0"' "$T/fifo"
reader=$last
wait_for sampling "$stuck"
sleep 1.5
kill -INT "$stuck"
sleep 1
if kill -0 "$stuck" 2>/dev/null; then
	kill -INT "$stuck"
	sleep 0.3
	check "a second signal does not give up the profile that is being written" kill -0 "$stuck"
	kill -INT "$stuck"
	wait "$stuck"
	status=$?
	check "a third signal ends wick while the pipe is still open and not read" \
		grep -q '^State:.[^Z]' "/proc/$reader/status"
	check "a third signal: the status says so" exited 130
else
	skip "a third signal ends wick while the pipe is still open and not read" "the profile fitted into the pipe"
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
