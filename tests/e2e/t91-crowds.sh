#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Targets that are killed, and more processes, threads and mappings than anybody needs.
. "$(dirname "$0")/lib.sh"
need_root

# bounded NAME : it took no more than 256 MB, and ended soon after the last sample.
bounded() {
	echo "$(stat_of "$1" overhead.max_rss_bytes) bytes, report $(stat_of "$1" overhead.report_s) s"
	[ "$(stat_of "$1" overhead.max_rss_bytes)" -le 268435456 ] &&
		awk -v s="$(stat_of "$1" overhead.report_s)" 'BEGIN { exit !(s <= 15) }'
}

# A target that is killed.
start "$WORKLOADS/calltree" 60 >/dev/null
victim=$last
start sh -c 'sleep 0.7; kill -9 "$0"' "$victim"
record killed -F 999 -p "$victim"
check "-p PID is killed: exit status 0" exited 0
check "-p PID is killed: its profile is written" seen killed '^calltree;.*;phase_a;leaf_a(;|$)' 20
start sh -c 'sleep 0.7; kill -9 "$(pgrep -f "^$0 59")"' "$WORKLOADS/calltree"
record killed_cmd -F 999 -- "$WORKLOADS/calltree" 59
check "CMD is killed: its status" exited 137
check "CMD is killed: its profile is written" seen killed_cmd '^calltree;.*;phase_a;leaf_a(;|$)' 20

# Thousands of short processes.
record storm -F 999 -- "$WORKLOADS/children" 1500 1
check "3,000 processes: exit status 0" exited 0
check "3,000 processes: their work is seen" seen storm 'child_work' 300
check "3,000 processes: no sample is lost" [ "$(stat_of storm lost.ring_full)" = 0 ]
check "3,000 processes: time and memory have a bound" bounded storm

# The same while others come and go as they like.
start "$WORKLOADS/children" 2000 0
record beside -a -F 999 -d 2
check "a storm beside it: exit status 0" exited 0
check "a storm beside it: time and memory have a bound" bounded beside
stop "$last"

# Threads.
start "$B/tests/faults/crowd" threads 10000 60 >"$T/threads.out"
crowd=$last
if wait_for grep -q ready "$T/threads.out"; then
	take threads -F 999 -p "$crowd" -d 1.5 --per-thread
	first=$status
	take threads_all -a -F 999 -d 1
	stop "$crowd"
	check "10,000 threads, the whole machine: exit status 0" exited 0
	check_ledger threads_all
	check "10,000 threads, the whole machine: their work is seen" seen threads_all 'crowd_work' 100
	status=$first
	check "10,000 threads: exit status 0" exited 0
	check_ledger threads
	check "10,000 threads: their work is seen" seen threads 'crowd_work' 100
	check "10,000 threads: time and memory have a bound" bounded threads
else
	stop "$crowd"
	skip "10,000 threads" "this machine does not start them"
fi

# Mappings.
limit=$(cat /proc/sys/vm/max_map_count)
if [ "$limit" -ge 65000 ]; then
	start "$WORKLOADS/nofp/deep" maps 32500 60 >"$T/maps.out"
	many=$last
	wait_for grep -q ready "$T/maps.out"
	record maps -F 999 -p "$many" -d 1
	check "65,000 mappings: exit status 0" exited 0
	check "65,000 mappings: its work is seen" seen maps ';work(;|$)' 100
	check "65,000 mappings: time and memory have a bound" bounded maps
	stop "$many"
else
	skip "65,000 mappings" "vm.max_map_count is $limit"
fi

# Forks without end, within a limit: it is for other users than root.
cp "$B/tests/faults/crowd" "$T/crowd"
limited() {
	setpriv --reuid=54321 --regid=54321 --clear-groups --bounding-set=-all "$@"
}
if have prlimit && limited "$T/crowd" threads 1 0.01 >/dev/null 2>&1; then
	record forks -F 999 -d 8 -- setpriv --reuid=54321 --regid=54321 --clear-groups \
		--bounding-set=-all prlimit --nproc=300:300 "$T/crowd" forks 3
	check "a fork storm: exit status 0" exited 0
	check "a fork storm: the limit was reached" grep -q '^refused [1-9]' "$T/last.out"
	check "a fork storm: its work is seen" seen forks 'crowd_work' 100
	check "a fork storm: time and memory have a bound" bounded forks
else
	skip "a fork storm" "no setpriv or prlimit, or they are not allowed"
fi

done_testing
