#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# cost.sh - CPU time and memory of the profiler itself, whole machine, both CPUs busy: six
# seconds at 99 Hz, two at 999 and 4999 Hz, from launch to exit.  Memory is that of all its processes,
# looked at in runs of their own; so is what it has the kernel keep meanwhile: BPF maps and perf's
# rings, which are in no RSS.
# shellcheck source-path=SCRIPTDIR source=lib.sh disable=SC2086 # $tools are words
. "$(dirname "$0")/lib.sh"
need_root

# profile TOOL HZ SECONDS WHAT FILE : by `measure`, WHAT of it, into FILE.
profile() {
	case $1 in
	wick | base)
		"$measure" ${4:+"$4"} "$5" "$(program_of "$1")" record -q -a -F "$2" -d "$3" -o long.folded
		;;
	perf)
		"$measure" ${4:+"$4"} "$5" perf record -q -a -g -e cpu-clock -F "$2" -o long.data -- \
			sleep "$3" 2>/dev/null
		;;
	bpftrace)
		"$measure" ${4:+"$4"} "$5" bpftrace -e "$(bpftrace_program "$2" "interval:s:$3 { exit(); }")" \
			>long.txt 2>/dev/null
		;;
	esac
}

# long_run TURN HZ SECONDS
long_run() {
	for tool in $(rotated "$1" $tools); do
		runnable "$tool" || continue
		profile "$tool" "$2" "$3" "" "$tool.$2"
		profile "$tool" "$2" "$3" memory "$tool.memory$2"
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
	for tool in $tools; do
		runnable "$tool" || continue
		profile "$tool" "$1" 2 "" "$tool.kept" &
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
for file in *.memory*; do
	awk '$5 != 0 { exit 1 }' "$file" || failed=1
	awk '{ print $1 / 1024, $2 / 1024, $3 / 1024, $4 / 1024 }' "$file" >"$file.mb" &&
		mv "$file.mb" "$file"
done
for hz in 99 999 4999; do
	[ $hz = 99 ] && run="6 s" cpu="0.08 peers" memory="30 peers"
	[ $hz = 99 ] || run="2 s" cpu=peers memory=peers
	compare "$run at $hz Hz system-wide: CPU of the profiler, s" "$cpu" 2 $hz $tools
	compare "$run at $hz Hz system-wide: peak RSS of its processes, MB" "$memory" 1 memory$hz $tools
	[ $hz = 99 ] && compare "the same after 2 s, MB" "$memory" 3 memory99 $tools
	[ $hz = 99 ] && compare "the same, what they share counted once, MB" - 4 memory99 $tools
done
for hz in 99 999 4999; do
	compare "at $hz Hz system-wide: the kernel's memory for it, MB" - 1 kernel$hz $tools
done
end_part
