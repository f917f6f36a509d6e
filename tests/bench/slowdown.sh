#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# slowdown.sh - how much longer a fixed piece of work takes while the whole machine is
# profiled: every CPU works, in stacks of 40 frames that all the tools can walk.
#
# The work is timed by itself, without the profiler's start and end.  Each run has one
# without a profiler just before it, and their ratio counts, as machines drift.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need_root

rates="99 999 4999"
units=${UNITS:-250}	# a second or so on each CPU

work() {
	"$measure" "$1" "$workloads/fixed" "$units" "$(nproc)"
}

profiled() {
	out=$2.work
	case $1 in
	wick)
		"$wick" record -q -a -F "$3" -o work.folded --stats work.json -- \
			"$measure" "$out" "$workloads/fixed" "$units" "$(nproc)"
		sed 's/.*"lost": {\([^}]*\)}.*/\1/' work.json | tr ',' '\n' |
			awk -F: '{ sum += $2 } END { print sum }' >>"lost.$3"
		;;
	perf)
		perf record -q -a -g -e cpu-clock -F "$3" -o work.data -- \
			"$measure" "$out" "$workloads/fixed" "$units" "$(nproc)" 2>/dev/null
		;;
	bpftrace)
		bpftrace -e "$(bpftrace_program "$3" '')" \
			-c "$measure $T/$out $workloads/fixed $units $(nproc)" >work.txt 2>/dev/null
		;;
	esac
}

# one TOOL HZ : adds percent, and the milliseconds without and with.
one() {
	rm -f none.work "$1.work"
	work none.work
	profiled "$1" "$1" "$2"
	[ -s "$1.work" ] || return
	awk 'NR == FNR { none = $1; next } { printf "%.3f %s %s\n", 100 * ($1 / none - 1), none, $1 }' \
		none.work "$1.work" >>"$1.slow$2"
	# Two equal runs beside each other: the noise.
	[ -s last.work ] && awk 'NR == FNR { last = $1; next }
		{ d = 100 * ($1 / last - 1); print d < 0 ? -d : d }' last.work none.work >>noise
	cp none.work last.work
}

round() {
	for hz in $rates; do
		for tool in $(rotated "$1" wick perf bpftrace); do
			have "$tool" || [ "$tool" = wick ] || continue
			one "$tool" "$hz"
		done
	done
}

work warm.up
repeat "$rounds" round
row "fixed work, no profiler: ms" - wick.slow99 2 none
row "fixed work, no profiler: two runs differ by, %" - noise 1 none
for hz in $rates; do
	compare "fixed work at $hz Hz system-wide: slower by, %" - 1 "slow$hz" wick perf bpftrace
done
for hz in $rates; do
	row "fixed work at $hz Hz: samples that wick lost" 0 "lost.$hz" 1
done
if [ -s perf.slow99 ]; then
	awk -v wick="$(median wick.slow99 1)" -v perf="$(median perf.slow99 1)" \
		-v noise="$(median noise 1)" 'BEGIN { print wick - perf, noise }' >beyond
	row "fixed work at 99 Hz: slower than with perf -g by, %; noise" \
		"$(awk '{ print $2 }' beyond)" beyond 1
	awk -v wick="$(median wick.slow4999 1)" -v perf="$(median perf.slow4999 1)" \
		-v noise="$(median noise 1)" \
		'BEGIN { if (perf > noise) printf "%.3f\n", wick / perf }' >ratio
	[ -s ratio ] || echo "slowdown: perf -g at 4999 Hz is within the noise: no ratio to it"
	row "fixed work at 4999 Hz: times the slowdown by perf -g" 1.15 ratio 1
fi
end_part
