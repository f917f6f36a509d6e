#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Every tick is accounted for, also when the maps are far too small.
. "$(dirname "$0")/lib.sh"
need_root

start "$WORKLOADS/calltree" 60 4 >/dev/null
calltree=$last
start "$WORKLOADS/faults" 60
faults=$last
start "$WORKLOADS/names" 60
names=$last

# A stack that found no place in the map travels with its sample: no frame may be missing.  (Those
# of the first moments, before the program's tables are there, are marked as incomplete.)
stacks_kept() {
	grep -v '^calltree;\[incomplete\]' "$T/$1.folded" >"$T/known.folded"
	whole=$(total "$T/known.folded" '^calltree;.*;run;')
	all=$(total "$T/known.folded" '^calltree')
	echo "$whole of $all stacks"
	[ "$all" -gt 100 ] && [ "$whole" -ge $((all * 9 / 10)) ]
}

for entries in 1 2 4 16; do
	record "entries$entries" -a -F 4999 -d 1 --map-entries $entries
	check "entries$entries: ends well" exited 0
	check "entries$entries: samples are still taken" \
		[ "$(stat_of "entries$entries" stored)" -gt 200 ]
	check "entries$entries: the busiest function is still seen" \
		seen "entries$entries" '^calltree;.*;leaf_a(;|$)' 10
	check "entries$entries: a collision does not cost the stack" stacks_kept "entries$entries"
done

record default -a -F 4999 -d 2
check "with maps of the usual size nothing is lost" [ "$(stat_of default lost.ring_full)" = 0 ]
check "no stack went missing" [ "$(stat_of default lost.stack_missing)" = 0 ]
check "the cost of the sampling program is measured" \
	[ "$(stat_of default overhead.bpf_ns_per_tick)" -gt 0 ]

record filtered -p "$calltree" -F 999 -d 1
check "ticks of other processes are counted as filtered" \
	[ "$(stat_of filtered filtered)" -gt 100 ]
record tiny_filtered -p "$calltree" -F 4999 -d 1 --map-entries 1
record user_only -a -U -F 999 -d 0.5 --map-entries 3
record kernel_only -a -K -F 999 -d 0.5 --map-entries 3
record per_thread -a --per-thread -F 4999 -d 1 --map-entries 8

stop "$names"
stop "$faults"
stop "$calltree"
record quiet -a -F 999 -d 0.7

done_testing
