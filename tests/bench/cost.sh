#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# cost.sh - CPU time and memory of the profiler itself, whole machine, both CPUs busy: six
# seconds at 99 Hz, two at 4999 Hz, from launch to exit.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need_root

# long_run TURN HZ SECONDS
long_run() {
	for tool in $(rotated "$1" wick perf bpftrace); do
		case $tool in
		wick) "$measure" "wick.$2" "$wick" record -q -a -F "$2" -d "$3" -o long.folded ;;
		perf)
			have perf && "$measure" "perf.$2" perf record -q -a -g -e cpu-clock -F "$2" \
				-o long.data -- sleep "$3" 2>/dev/null
			;;
		bpftrace)
			have bpftrace && "$measure" "bpftrace.$2" bpftrace -e \
				"$(bpftrace_program "$2" "interval:s:$3 { exit(); }")" >long.txt 2>/dev/null
			;;
		esac
	done
}

start_load calltree 2
repeat "$(least "$rounds" 3)" long_run 99 6
repeat "$(least "$rounds" 3)" long_run 4999 2
end_load
check_runs ./*.99 ./*.4999
for file in *.99 *.4999; do
	awk '{ print $3 / 1024 }' "$file" >"${file%.*}.rss${file##*.}"
done
compare "6 s at 99 Hz system-wide: CPU of the profiler, s" "0.08 peers" 2 99 wick perf bpftrace
compare "6 s at 99 Hz system-wide: peak RSS, MB" "30 peers" 1 rss99 wick perf bpftrace
compare "2 s at 4999 Hz system-wide: CPU of the profiler, s" peers 2 4999 wick perf bpftrace
compare "2 s at 4999 Hz system-wide: peak RSS, MB" peers 1 rss4999 wick perf bpftrace
end_part
