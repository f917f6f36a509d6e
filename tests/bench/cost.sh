#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# cost.sh - CPU time and memory of the profiler itself, whole machine, both CPUs busy: six
# seconds at 99 Hz, two at 999 and 4999 Hz, from launch to exit.  And what it has the kernel
# keep meanwhile, in a run of its own: BPF maps and perf's rings, which are in no RSS.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need_root

# profile TOOL HZ SECONDS FILE : by `measure` into FILE.
profile() {
	case $1 in
	wick) "$measure" "$4" "$wick" record -q -a -F "$2" -d "$3" -o long.folded ;;
	perf)
		"$measure" "$4" perf record -q -a -g -e cpu-clock -F "$2" -o long.data -- \
			sleep "$3" 2>/dev/null
		;;
	bpftrace)
		"$measure" "$4" bpftrace -e "$(bpftrace_program "$2" "interval:s:$3 { exit(); }")" \
			>long.txt 2>/dev/null
		;;
	esac
}

# long_run TURN HZ SECONDS
long_run() {
	for tool in $(rotated "$1" wick perf bpftrace); do
		have "$tool" || [ "$tool" = wick ] || continue
		profile "$tool" "$2" "$3" "$tool.$2"
	done
}

# kept_kb PID : of the kernel's memory, by now.
kept_kb() {
	cat /proc/"$1"/fdinfo/* /proc/"$1"/smaps 2>/dev/null | awk '
		$1 == "memlock:" { size = $2 / 1024 }
		$1 == "map_id:" { map[$2] = size }
		/^[0-9a-f]+-/ { is_ring = /perf_event/ }
		is_ring && $1 == "Size:" { sum += $2 }
		END { for (id in map) sum += map[id]; printf "%d\n", sum }'
}

# children LIST : of the processes in a list of ids.
children() {
	for parent in $1; do
		cat "/proc/$parent/task/$parent/children" 2>/dev/null
	done
}

# kept HZ : the most that each tool has it keep in two seconds.
kept() {
	for tool in wick perf bpftrace; do
		have "$tool" || [ "$tool" = wick ] || continue
		profile "$tool" "$1" 2 "$tool.kept" &
		running=$!
		while kill -0 $running 2>/dev/null; do
			for pid in $(children "$(children $running)"); do
				kept_kb "$pid" >>"$tool.sizes"
			done
			sleep 0.2
		done
		wait $running
		[ -s "$tool.sizes" ] || continue
		sort -g "$tool.sizes" | awk '{ most = $1 } END { print most / 1024 }' >"$tool.kernel$1"
		rm -f "$tool.sizes"
	done
}

start_load calltree 2
repeat "$(least "$rounds" 3)" long_run 99 6
repeat "$(least "$rounds" 3)" long_run 999 2
repeat "$(least "$rounds" 3)" long_run 4999 2
for hz in 99 999 4999; do
	kept $hz
done
end_load
check_runs ./*.99 ./*.999 ./*.4999
for file in *.99 *.999 *.4999; do
	awk '{ print $3 / 1024 }' "$file" >"${file%.*}.rss${file##*.}"
done
compare "6 s at 99 Hz system-wide: CPU of the profiler, s" "0.08 peers" 2 99 wick perf bpftrace
compare "6 s at 99 Hz system-wide: peak RSS, MB" "30 peers" 1 rss99 wick perf bpftrace
for hz in 999 4999; do
	compare "2 s at $hz Hz system-wide: CPU of the profiler, s" peers 2 $hz wick perf bpftrace
	compare "2 s at $hz Hz system-wide: peak RSS, MB" peers 1 rss$hz wick perf bpftrace
done
for hz in 99 999 4999; do
	compare "at $hz Hz system-wide: the kernel's memory for it, MB" - 1 kernel$hz wick perf bpftrace
done
end_part
