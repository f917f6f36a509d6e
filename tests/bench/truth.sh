#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# truth.sh - what the tools find of a program whose call tree is known, built with and
# without frame pointers, at 999 Hz: the share of its stacks that reach the program's
# entry, and the share that are a path of the tree from there.  And of a loop of 999 Hz, the
# share of the part that is seen most: it has 50 % of the time.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need_root

# share FROM [FILE] : two percentages, or one of beat, and the number of samples.
share() {
	from=$1
	shift
	awk -v from="$from" -v program="${judged:-calltree}" -f "$here/stackshare.awk" "$@"
}

# calltree prints its own names only while it runs, which bpftrace needs.
take() {
	case $1 in
	wick)
		"$wick" record -q -p "$last" -F 999 -d 2 --no-inlines -o take.folded
		share folded take.folded
		;;
	perf-fp | perf-dwarf)
		perf record -q -p "$last" -e cpu-clock:u -F 999 --call-graph "${1#perf-}" -o take.data \
			-- sleep 2 >/dev/null 2>&1
		perf script --no-inline -F comm,ip,sym -i take.data 2>/dev/null |
			share perf
		;;
	perf-all)
		perf record -q -a -e cpu-clock:u -F 999 --call-graph fp -o take.data -- sleep 2 \
			>/dev/null 2>&1
		perf script --no-inline --pid "$last" -F comm,ip,sym -i take.data 2>/dev/null |
			share perf
		;;
	bpftrace)
		bpftrace -e "profile:hz:999 /pid == $last/ { @[ustack] = count(); }
			interval:s:2 { exit(); }" 2>/dev/null |
			share bpftrace
		;;
	esac >>"$1.$2"
}

round() {
	start_load "$2"
	for tool in $(rotated "$1" wick perf-fp perf-dwarf bpftrace); do
		have "${tool%-*}" || [ "$tool" = wick ] || continue
		take "$tool" "${2##*/}${3:-}"
	done
	end_load
}

# A new run for each tool: the loop's place in the sampler's period is then another one.
# perf has a clock for the process (-p), which stands still when that waits, or one a CPU (-a).
round_beat() {
	for tool in $(rotated "$1" wick perf-fp perf-all bpftrace); do
		have "${tool%-*}" || [ "$tool" = wick ] || continue
		"$workloads/beat" 999 600 >/dev/null &
		last=$!
		load=$last
		take "$tool" beat
		end_load
	done
}

turns=$(least "$rounds" 3)
repeat "$turns" round calltree
repeat "$turns" round nofp/calltree -nofp
for kind in calltree calltree-nofp; do
	built="with fp"
	[ $kind = calltree ] || built="without fp"
	compare "calltree $built: stacks that reach the entry, %" ">=99" 1 $kind \
		wick perf-fp perf-dwarf bpftrace
	compare "calltree $built: stacks that are of its tree, %" ">=99" 2 $kind \
		wick perf-fp perf-dwarf bpftrace
done
judged=beat
repeat "$rounds" round_beat
compare "beat: largest share of three parts, in truth 50 %" - 1 beat \
	wick perf-fp perf-all bpftrace
end_part
