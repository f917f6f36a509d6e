#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# wick itself does not get to run, or the CPUs go: what is lost is counted.
. "$(dirname "$0")/lib.sh"
need_root

# A run that stands still in the middle, for longer than its rings last.
start "$WICK" record -a -F 4999 -o "$T/stopped.folded" --stats "$T/stopped.json" 2>"$T/last.err"
wick=$last
# It is confined when its rings are open.
wait_for grep -q '^Seccomp:.2' "/proc/$wick/status"
sleep 0.5
kill -STOP "$wick"
start "$WORKLOADS/children" 2000 0
storm=$last
start "$WORKLOADS/children" 2000 0
wait "$storm"
wait "$last"
start "$WORKLOADS/calltree" 20 2 >/dev/null
sleep 1
kill -CONT "$wick"
sleep 1.5
kill -TERM "$wick"
wait "$wick"
status=$?
check "a run that stood still: exit status 0" exited 0
check_ledger stopped
check "a run that stood still: lost records are counted" [ "$(stat_of stopped unwind.records_lost)" -ge 1 ]
check "a run that stood still: it says so" said 'mapping records were lost'
check "a run that stood still: what runs afterwards has names" \
	seen stopped '^calltree;.*;phase_a;leaf_a(;|$)' 100

# Maps too small for anything, while processes come and go.
record tiny --map-entries 1 -F 4999 -- "$WORKLOADS/children" 200 2
check "maps of one entry: exit status 0" exited 0
check "maps of one entry: samples come by another way" seen tiny 'child_work' 100

# A CPU that goes and comes back.
online=/sys/devices/system/cpu/cpu1/online
if [ -w $online ] && echo 0 2>/dev/null >$online && [ "$(cat $online)" = 0 ]; then
	at_exit="echo 1 >$online"
	echo 1 >$online
	start sh -c 'for i in 1 2 3; do sleep 0.3; echo 0 >$0; sleep 0.3; echo 1 >$0; done' $online
	toggler=$last
	record hotplug -a -F 999 -d 2.5
	check "a CPU that goes and comes back: exit status 0" exited 0
	check "a CPU that goes and comes back: sampled on" seen hotplug '^calltree;.*;leaf_a(;|$)' 100
	check "a CPU that goes and comes back: it is in the ledger" [ "$(stat_of hotplug cpus_gone)" = 1 ]
	check "a CPU that goes and comes back: for as long as it was not sampled" \
		awk -v s="$(stat_of hotplug cpus_gone_s)" 'BEGIN { print s; exit !(s > 1.2 && s < 2.5) }'
	check "a CPU that goes and comes back: it is said" said 'CPU 1 went offline: for [12]\.[0-9] s '
	wait "$toggler"
	echo 1 >$online
	record again -a -F 999 -d 0.5 -C 1
	check "the next run has all CPUs" [ "$(stat_of again cpus_gone)" = 0 ]
	check "the CPU that is back is sampled by the next run" [ "$(stat_of again ticks)" -ge 100 ]
else
	skip "a CPU that goes and comes back" "this machine does not take its CPUs offline"
fi

done_testing
