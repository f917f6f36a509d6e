#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# program.sh - what the sampling program costs in the kernel, beside the least that one
# can do (stackid2.bpf.c), both attached at one time: the same stacks for both.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need_root

# side_by_side TURN HZ PROGRAM UNWIND : who comes second finds warm caches, so they take
# turns at starting first.
side_by_side() {
	reference="$B/tests/bench/stackid2 $B/tests/bench/stackid2.bpf.o $2"
	if [ $(($1 % 2)) = 0 ]; then
		$reference 4 16384 "$3" >reference.out &
		pid=$!
		sleep 0.5
		"$wick" record -q -a -F "$2" -d 3 --unwind "$4" -o cost.folded --stats cost.json
	else
		"$wick" record -q -a -F "$2" -d 4 --unwind "$4" -o cost.folded --stats cost.json &
		pid=$!
		sleep 0.5
		$reference 3 16384 "$3" >reference.out
	fi
	wait "$pid"
}

# ledger KEY : a number of the last ledger.
ledger() {
	sed "s/.*\"$1\": \([0-9.]*\).*/\1/" cost.json
}

program_cost() {
	side_by_side "$1" 999 stackid2 fp
	awk -v own="$(ledger bpf_ns_per_tick)" '{ printf "%.3f %d %d\n", own / $1, own, $1 }' \
		reference.out >>"cost.$2"
}

# The walk by tables beside what one bpf_get_stackid() costs for its two frames.
walk_cost() {
	side_by_side "$1" 997 stackid1 cfi
	frames=$(awk '{ cnt = $NF; sub(/ [0-9]+$/, ""); gsub(/;[^;]*_\[[ki]\]/, ""); sum += cnt * gsub(/;/, "") }
		END { print sum }' cost.folded)
	awk -v own="$(ledger bpf_ns_per_tick)" -v ticks="$(ledger ticks)" -v frames="$frames" \
		'{ printf "%.3f %d %d\n", own / $1, own * ticks / frames, own }' reference.out >>walk.cost
}

# What the walk takes of a CPU at the default rate, and the building of tables.
share_cost() {
	"$wick" record -q -a -F 99 -d 4 --unwind cfi -o cost.folded --stats cost.json
	awk -v cpu_s="$(ledger bpf_cpu_s)" -v seconds="$(ledger duration_s)" \
		'BEGIN { printf "%.4f\n", 100 * cpu_s / seconds }' >>share.cost
}

turns=$(least "$rounds" 4)
start_load calltree 2
repeat "$turns" program_cost calltree
end_load
# Many different stacks, in the kernel as well.
start_load faults
start_load names
repeat "$turns" program_cost mixed
end_load
if [ -x /usr/bin/python3 ]; then
	for _ in 1 2; do
		/usr/bin/python3 -c 'import time
def fib(n): return n if n < 2 else fib(n - 1) + fib(n - 2)
end = time.time() + 600
while time.time() < end: fib(18); sorted(range(2000), key=lambda x: -x)' &
		load="$load $!"
	done
	sleep 1 # until its code is warm
	repeat "$turns" walk_cost
	repeat "$(least "$rounds" 3)" share_cost
	end_load
fi
for load_name in calltree mixed; do
	row "program: ns a tick ($load_name)" - cost.$load_name 2
	row "program: ns a tick ($load_name)" - cost.$load_name 3 bpf_get_stackid
	row "program: times bpf_get_stackid twice ($load_name)" 1.2 cost.$load_name 1
done
row "walk by tables, python3: times one bpf_get_stackid" 3.0 walk.cost 1
row "walk by tables, python3: ns a frame" 300 walk.cost 2
row "walk by tables, python3: ns a tick" - walk.cost 3
row "99 Hz system-wide, all CPUs in python3: % of a CPU" 0.15 share.cost 1
end_part
