#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# bench.sh - the measured claims: what wick costs, beside perf and bpftrace where they
# are installed.  Medians; all tools see the same load, in turns.
#
#	B=build tests/bench/bench.sh [ROUNDS]
set -u

B=$(cd "${B:-build}" && pwd)
wick=$B/wick
measure=$B/tests/bench/measure
workloads=$B/tests/workloads
rounds=${1:-7}
[ "$(id -u)" = 0 ] || {
	echo "bench.sh: needs root (try sudo make bench)" >&2
	exit 1
}
T=$(mktemp -d "${TMPDIR:-/tmp}/wick-bench.XXXXXX") || exit 1
cd "$T" || exit 1
load=
end_load() {
	for pid in $load; do
		kill "$pid"
		wait "$pid"
	done 2>/dev/null
	load=
}
trap 'end_load; rm -rf "$T"' EXIT
trap 'exit 1' INT TERM

# start_load PROGRAM [ARGUMENT...] : until end_load.
start_load() {
	program=$1
	shift
	"$workloads/$program" 600 "$@" >/dev/null &
	load="$load $!"
}

# median FILE COLUMN
median() {
	[ -s "$1" ] || {
		echo -
		return
	}
	awk -v column="$2" '{ print $column }' "$1" | sort -n | awk '
		{ value[NR] = $1 }
		END { print NR % 2 ? value[(NR + 1) / 2] : (value[NR / 2] + value[NR / 2 + 1]) / 2 }'
}

range() {
	awk -v column="$2" '{ print $column }' "$1" | sort -n | awk '
		NR == 1 { low = $1 } { high = $1 } END { printf "%s..%s", low, high }'
}

# row FIGURE BOUND FILE COLUMN [TOOL] : within the bound or not, if there is one.
row() {
	value=$(median "$3" "$4")
	[ "$value" = - ] && return
	verdict=
	if [ "$2" != - ]; then
		verdict=$(awk -v value="$value" -v bound="$2" 'BEGIN { print value <= bound ? "ok" : "ABOVE" }')
		[ "$verdict" = ok ] || failed=1
	fi
	printf '%-52s | %-10s | %8s | %7s | %-5s | %s\n' "$1" "${5:-wick}" "$value" "$2" "$verdict" \
		"$(range "$3" "$4")"
}

have() {
	command -v "$1" >/dev/null
}

bpftrace_program() {
	echo "profile:hz:$1 { @[ustack, kstack, comm] = count(); } $2"
}

# 300 ms of the whole machine, both CPUs busy; wall time from launch to exit.
short_runs() {
	"$measure" wick.short "$wick" record -q -a -F 999 -d 0.3 -o short.folded
	"$measure" no-inlines.short "$wick" record -q -a -F 999 -d 0.3 --no-inlines -o short.folded
	if have perf; then
		"$measure" perf.short sh -c 'perf record -q -a -g -e cpu-clock -F 999 -o short.data \
			-- sleep 0.3 2>/dev/null && perf script -i short.data >short.txt 2>/dev/null'
	fi
	if have bpftrace; then
		"$measure" bpftrace.short bpftrace -e \
			"$(bpftrace_program 999 'interval:ms:300 { exit(); }')" >short.txt 2>/dev/null
	fi
}

# What a profiler starts runs when the sampling has begun: at most so late was the first
# tick, but for the 0.2 ms between two of them.
first_samples() {
	"$measure" first.out "$wick" record -q -a -F 4999 -o first.folded -- "$measure" mark wick.first
	if have perf; then
		"$measure" first.out perf record -q -a -g -e cpu-clock -F 4999 -o first.data -- \
			"$measure" mark perf.first >/dev/null 2>&1
	fi
	if have bpftrace; then
		"$measure" first.out bpftrace -e "$(bpftrace_program 4999 '')" \
			-c "$measure mark $T/bpftrace.first" >/dev/null 2>&1
	fi
}

# 6 s at 99 Hz of the whole machine: CPU and memory of the profiler itself.
long_runs() {
	"$measure" wick.long "$wick" record -q -a -F 99 -d 6 -o long.folded
	if have perf; then
		"$measure" perf.long perf record -q -a -g -e cpu-clock -F 99 -o long.data -- sleep 6 \
			2>/dev/null
	fi
	if have bpftrace; then
		"$measure" bpftrace.long bpftrace -e \
			"$(bpftrace_program 99 'interval:s:6 { exit(); }')" >long.txt 2>/dev/null
	fi
}

# side_by_side TURN HZ PROGRAM UNWIND : both programs on all CPUs at one time, at one
# rate: the same stacks for both.  Who comes second finds warm caches, so they take
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

repeat() {
	i=0
	while [ $i -lt "$1" ]; do
		$2 $i "${3:-}"
		i=$((i + 1))
	done
}

start_load calltree 2
repeat "$rounds" short_runs
repeat "$rounds" first_samples
repeat 3 long_runs
repeat 4 program_cost calltree
end_load
# Many different stacks, in the kernel as well.
start_load faults
start_load names
repeat 4 program_cost mixed
end_load
if [ -x /usr/bin/python3 ]; then
	for i in 1 2; do
		/usr/bin/python3 -c 'import time
def fib(n): return n if n < 2 else fib(n - 1) + fib(n - 2)
end = time.time() + 600
while time.time() < end: fib(18); sorted(range(2000), key=lambda x: -x)' &
		load="$load $!"
	done
	sleep 1
	repeat 4 walk_cost
	repeat 3 share_cost
	end_load
fi

for file in *.short *.first *.long; do
	awk 'NF > 1 && $4 != 0 { bad = 1 } END { exit bad }' "$file" ||
		echo "bench.sh: a run of ${file%.*} failed: its row is not valid"
done
failed=0
printf '%-52s | %-10s | %8s | %7s | %-5s | %s\n' figure tool median bound '' range
for tool in wick no-inlines perf bpftrace; do
	[ -s $tool.short ] || continue
	awk '{ print $1 - 300 }' $tool.short >$tool.cost
	bound=-
	[ $tool = wick ] && bound=80
	row "300 ms system-wide: cost beyond them, ms" $bound $tool.cost 1 $tool
done
for tool in wick perf bpftrace; do
	bound=-
	[ $tool = wick ] && bound=25
	row "launch to sampling, ms" $bound $tool.first 1 $tool
done
for tool in wick perf bpftrace; do
	bound=-
	[ $tool = wick ] && bound=0.08
	row "6 s at 99 Hz system-wide: CPU of the profiler, s" $bound $tool.long 2 $tool
done
for tool in wick perf bpftrace; do
	[ -s $tool.long ] || continue
	awk '{ print $3 / 1024 }' $tool.long >$tool.rss
	bound=-
	[ $tool = wick ] && bound=30
	row "6 s at 99 Hz system-wide: peak RSS, MB" $bound $tool.rss 1 $tool
done
for load_name in calltree mixed; do
	row "program: times bpf_get_stackid twice ($load_name)" 1.2 cost.$load_name 1
	row "program: ns a tick ($load_name)" - cost.$load_name 2
	row "bpf_get_stackid twice: ns a tick ($load_name)" - cost.$load_name 3 reference
done
if [ -s walk.cost ]; then
	row "walk by tables, python3: times one bpf_get_stackid" 3.0 walk.cost 1
	row "walk by tables, python3: ns a frame" 300 walk.cost 2
	row "walk by tables, python3: ns a tick" - walk.cost 3
	row "99 Hz system-wide, all CPUs in python3: % of a CPU" 0.15 share.cost 1
fi
[ $failed = 0 ] || echo "a figure is above its bound"
exit $failed
