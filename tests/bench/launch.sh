#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# launch.sh - how long until the first sample is taken, and what a short run costs beyond
# its own time: starting, ending, naming, writing.
# shellcheck source-path=SCRIPTDIR source=lib.sh disable=SC2086 # $tools are words
. "$(dirname "$0")/lib.sh"
need_root

# 300 ms of the whole machine, both CPUs busy; wall time from launch to exit.
short_run() {
	case $2 in
	wick | base)
		"$measure" "$2.short" "$(program_of "$2")" record -q -a -F 999 -d 0.3 \
			-o short.folded
		;;
	no-inlines)
		"$measure" no-inlines.short "$wick" record -q -a -F 999 -d 0.3 --no-inlines \
			-o short.folded
		;;
	perf)
		# perf's own ending: reading and naming what it recorded.
		"$measure" perf.short sh -c 'perf record -q -a -g -e cpu-clock -F 999 -o short.data \
			-- sleep 0.3 2>/dev/null && perf script -i short.data >short.txt 2>/dev/null'
		;;
	bpftrace)
		"$measure" bpftrace.short bpftrace -e \
			"$(bpftrace_program 999 'interval:ms:300 { exit(); }')" >short.txt 2>/dev/null
		;;
	esac
}

# What a profiler starts runs when the sampling has begun: at most so late was the first
# tick, but for the 0.2 ms between two of them.
first_sample() {
	case $2 in
	wick | base)
		"$measure" first.out "$(program_of "$2")" record -q -a -F 4999 -o first.folded -- \
			"$measure" mark "$2.first"
		;;
	perf)
		"$measure" first.out perf record -q -a -g -e cpu-clock -F 4999 -o first.data -- \
			"$measure" mark perf.first >/dev/null 2>&1
		;;
	bpftrace)
		"$measure" first.out bpftrace -e "$(bpftrace_program 4999 '')" \
			-c "$measure mark $T/bpftrace.first" >/dev/null 2>&1
		;;
	esac
}

round() {
	for tool in $(rotated "$1" $tools no-inlines); do
		runnable "$tool" || [ "$tool" = no-inlines ] || continue
		short_run "$1" "$tool"
		first_sample "$1" "$tool"
	done
}

start_load calltree 2
repeat "$rounds" round
end_load
check_runs ./*.short
for tool in $tools no-inlines; do
	[ -s $tool.short ] && awk '{ print $1 - 300 }' $tool.short >$tool.beyond
done
compare "launch to sampling, ms" "25 peers" 1 first $tools
compare "300 ms system-wide: cost beyond them, ms" "80 peers" 1 beyond $tools
row "300 ms system-wide: cost beyond them, ms" - no-inlines.beyond 1 no-inlines
end_part
