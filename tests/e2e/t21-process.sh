#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# `wick record -p` and `-t`: running processes and threads.
. "$(dirname "$0")/lib.sh"
need_root

# bound SECONDS-TENTHS : the last `date` mark is not older.
start "$WORKLOADS/names" 60
bystander=$last

start "$WORKLOADS/threads" 2.4 >"$T/late.out"
record late -p "$last" -F 999
check "ends by itself when the process does" exited 0
check "a thread that was there is seen" seen late '^early bird;.*late_work' 20
check "a thread that started later is seen" seen late '^latecomer;.*late_work' 20
refuse "no other process is" seen late '^names'

start "$WORKLOADS/threads" 4 >"$T/late.out"
threads=$last
wait_for grep -q LATE "$T/late.out"
tid=$(awk '$1 == "LATE" { print $2 }' "$T/late.out")
record thread -t "$tid" -F 999 -d 0.5
check "-t: the thread is seen" seen thread '^latecomer;.*late_work' 20
refuse "-t: no other thread is" seen thread '^early'
wick record -p "$tid" -d 0.2 -o "$T/none.folded"
check "-p with a thread's id: exit status 1" exited 1
check "-p with a thread's id: says what to use" said "thread of process $threads (use --tid $tid"
record thread_end -t "$tid" -F 999
check "-t: ends by itself when the thread does" exited 0
check "-t: its profile is written" seen thread_end '^latecomer;' 20

# A process that ends in the middle, by force.
start "$WORKLOADS/calltree" 60 >/dev/null
victim=$last
# 0.7 s after wick has opened its events.
start sh -c 'for i in $(seq 300); do
	find /proc/[0-9]*/fd -lname "anon_inode:bpf-prog" 2>/dev/null | grep -q . && break
	sleep 0.1
done; sleep 0.7; kill -9 "$0"' "$victim"
record died -p "$victim" -F 999 -d 20
check "a process that died in the middle: exit status 0" exited 0
check "a process that died in the middle: its profile is written" \
	seen died '^calltree;.*;main;run;phase_a;leaf_a(;|$)' 20
check "a process that died in the middle: recording ended with it" \
	[ "$(stat_of died duration_s | cut -d. -f1)" -lt 10 ]

start "$WORKLOADS/calltree" 60 >/dev/null
one=$last
start "$WORKLOADS/faults" 60
two=$last
record list -p "$one,$two" -F 999 -d 0.7
check "-p with two: the one" seen list '^calltree;' 10
check "-p with two: the other" seen list '^faults;' 10
refuse "-p with two: none else" seen list '^names'
start sh -c 'sleep 0.4; kill -9 "$0"' "$one"
record half -p "$one" -p "$two" -F 999 -d 1.2
check "when one of two dies the other is sampled on" seen half '^faults;' 30
stop "$two"

sh -c 'echo $$' >"$T/gone"
wick record -p "$(cat "$T/gone")" -o "$T/none.folded"
check "no such process: exit status 1" exited 1
check "no such process: a message with its number" said "no process $(cat "$T/gone")"
wick record -t "$(cat "$T/gone")" -o "$T/none.folded"
check "no such thread: exit status 1" exited 1
check "no such thread: a message with its number" said "no thread $(cat "$T/gone")"
check "and nothing is written" [ ! -e "$T/none.folded" ]

# A process that has ended, but for its parent's notice, as that was no shell any more by then; and
# one of the kernel.
start sh -c 'sleep 0.5 & echo $! >"$0"; exec sleep 30' "$T/ended"
wait_for grep -q . "$T/ended"
ended=$(cat "$T/ended")
wait_for grep -q '^State:.Z' "/proc/$ended/status"
kernel=$(awk '$1 == "Kthread:" && $2 == 1 { split(FILENAME, part, "/"); print part[3]; exit }' /proc/[0-9]*/status 2>/dev/null)
for command in "record -o $T/none.folded -p" "symbolize -p" "dump -p" "doctor -p"; do
	# One or more words.
	# shellcheck disable=SC2086
	wick $command "$ended" </dev/null
	check "${command%% *} of a process that has ended: exit status 1" exited 1
	check "${command%% *} of a process that has ended: says so" said "process $ended has ended"
done
for command in symbolize dump doctor; do
	wick $command -p "$(cat "$T/gone")" </dev/null
	check "$command: no such process" said "no process $(cat "$T/gone")"
	if [ -n "$kernel" ]; then
		wick $command -p "$kernel" </dev/null
		check "$command of a thread of the kernel: says so" said "process $kernel is a thread of the kernel"
	else
		skip "$command of a thread of the kernel" "none is seen"
	fi
done

start sleep 30
record sleeper -p "$last" -F 999 -d 0.4
check "a process that sleeps: exit status 0" exited 0
check "a process that sleeps: says so" said 'the process did not run on a CPU, it waited for all of 0.4'
wick record -t "$last" -F 999 -d 0.2 -o "$T/none.folded"
check "a thread that sleeps: too" said 'the thread did not run on a CPU, it waited'
wick record -p "$last" -e page-faults -d 0.2 -o "$T/none.folded"
check "no event of another kind: says which" said 'no samples: there were no page-faults'
start sh -c 'while sleep 0.02; do :; done'
wick record -p "$last" -F 1 -d 0.5 -o "$T/none.folded"
check "a process that runs between the ticks: for how long" \
	said 'the process ran for .* ms, and there is a tick each 1e+03 ms (a higher --freq'
stop "$last"
wick record -F 1 -o "$T/none.folded" -- true
check "a command that ran between the ticks" said 'the command ran for .* ms, and there is a tick'
if [ "$(nproc)" -gt 1 ] && have taskset; then
	start taskset -c 0 "$WORKLOADS/calltree" 60 >/dev/null
	busy=$last
	sleep 0.2
	wick record -p "$busy" -C 1 -d 0.4 -o "$T/none.folded"
	check "a process on another CPU" said 'the process ran for .* s, on other CPUs than those of --cpu'
	wick record -p "$busy" -d 0.7 -o "$T/none.folded"
	check "the time on a CPU is told" said '^  on a CPU for 0.[0-7][0-9]* s of 0.7 s$'
	check "what was filtered is explained" said ' filtered (other tasks), '
	stop "$busy"
else
	skip "a process on another CPU" "there is one CPU, or no taskset"
fi
start sleep 30
check "a process that sleeps: a valid empty output" [ -e "$T/sleeper.folded" ]
check "a process that sleeps: without a line" [ ! -s "$T/sleeper.folded" ]
wick record -p "$last" -F 99 -d 0.2 -o "$T/empty.svg"
check "and a valid empty picture" grep -q '</svg>' "$T/empty.svg"
stop "$bystander"

done_testing
