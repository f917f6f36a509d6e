#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# slowdown.sh - how much longer a fixed piece of work takes on every CPU while it is
# profiled, in stacks of 40 frames that all the tools can walk: to a part of a percentage
# point.
#
#	slowdown.sh [ROUNDS [self-test]]	it makes six times as many
#
# In a round each tool has one run, and so has no tool at all: 150 units of work on each CPU,
# of 2 ms, which time themselves (tests/workloads/fixed.c).  The tools take turns, another one
# first in each round, and only runs of one round are compared, as machines drift.  A figure
# is the median of the rounds, and its interval has the true one with 95 % confidence.  There
# is a verdict if all of the interval is on one side of the bound; else it is "undecided".
#
# wick runs twice in each round.  Where the two differ by more than what chance makes of one
# such pair in a hundred, the machine is not fit to be measured, and nothing is decided.
#
# The time that the profiler itself takes of the CPUs is a figure of its own: it depends on
# which other programs start and end meanwhile.
#
# The self-test has tools whose truth is known: none at all, and work that is 1 % longer, be it
# evenly or by 5 % in each fifth unit.  It needs no root.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

units=150

# run TOOL WHOM HZ : its line, of two numbers, is in the file `work`.
run() {
	all=-a
	filter=
	if [ "$2" = program ]; then
		all=
		filter='/pid == cpid/'
	fi
	rm -f work
	# Without a word there is none.
	# shellcheck disable=SC2086
	case $1 in
	none | same) "$workloads/fixed" work $units ;;
	longer) "$workloads/fixed" work $units 1 1 ;;
	bursts) "$workloads/fixed" work $units 5 5 ;;
	wick | again)
		"$wick" record -q $all -F "$3" -o work.folded --stats work.json -- \
			"$workloads/fixed" work $units
		sed 's/.*"lost": {\([^}]*\)}.*/\1/' work.json | tr ',' '\n' |
			awk -F: '{ sum += $2 } END { print sum }' >>"lost.$2$3"
		;;
	perf)
		perf record -q $all -g -e cpu-clock -F "$3" -o work.data -- \
			"$workloads/fixed" work $units 2>/dev/null
		;;
	bpftrace)
		bpftrace -e "profile:hz:$3 $filter { @[ustack, kstack, comm] = count(); }" \
			-c "$workloads/fixed $T/work $units" >work.txt 2>/dev/null
		;;
	esac
}

# round TURN WHOM HZ TOOL... : appends a line "TURN MILLISECONDS PERCENT" for each.
round() {
	turn_of=$1 whom=$2 hz=$3
	shift 3
	for tool in $(rotated "$turn_of" "$@"); do
		case $tool in perf | bpftrace) have "$tool" || continue ;; esac
		run "$tool" "$whom" "$hz"
		[ -s work ] && echo "$turn_of $(cat work)" >>"$tool.$whom$hz"
	done
}

# multiple TOOL OTHER : the slowdown by one, as a multiple of that by the other.
multiple() {
	each_round "$1" "$2" "(other > none) ? (own - none) / (other - none) : 1e9"
}

# share TOOL : what the tool itself took of the CPUs.
share() {
	: >values
	[ ! -s "$1.$case" ] || awk '{ print $3 }' "$1.$case" >values
}

# compare_tools WHOM HZ
compare_tools() {
	case=$1$2
	fit=
	figure="work, -a at $2 Hz"
	[ "$1" = all ] || figure="work alone at $2 Hz"
	repeat $((6 * rounds)) round "$1" "$2" none wick perf bpftrace again
	if [ "$(cat "wick.$case" "again.$case" | wc -l)" != $((12 * rounds)) ]; then
		echo "slowdown: a run of wick failed"
		failed=1
	fi
	points again wick
	estimate "$figure: second run slower by, points" wick equal 99
	for tool in wick perf bpftrace; do
		points "$tool" none
		estimate "$figure: slower by, %" "$tool" -
	done
	points wick perf
	estimate "$figure: slower than with perf -g by, points" wick sign
	if [ "$2" = 99 ]; then
		estimate "$figure: slower than with perf -g by, points" wick 1
	else
		multiple wick perf
		estimate "$figure: times the slowdown by perf -g" wick 1.15
	fi
	for tool in wick perf bpftrace; do
		share "$tool"
		estimate "$figure: the tool's own share of CPUs, %" "$tool" -
	done
	row "$figure: samples that wick lost" 0 "lost.$case" 1
}

# expect VERDICT WHAT : is it the one of the last row?
expect() {
	[ "$verdict" = "$1" ] && return
	echo "slowdown: self-test: $2 is called $verdict, not $1"
	failed=1
}

self_test() {
	case=none0
	fit=
	seq 20 | awk -f "$here/interval.awk" >interval
	[ "$(cat interval)" = "10.5000 6.0000 15.0000" ] || {
		echo "slowdown: self-test: the interval of 1 to 20 is $(cat interval)"
		failed=1
	}
	repeat $((6 * rounds)) round none 0 none same longer bursts
	points same none
	estimate "the same work: slower by, %" same equal 99
	expect ok "the same work"
	points longer none
	estimate "1 % more work: slower by, %" longer sign
	expect more "1 % more work"
	points bursts none
	estimate "5 % more work in each fifth unit: slower by, %" bursts sign
	expect more "5 % more work in each fifth unit"
}

if [ "${2:-}" = self-test ]; then
	self_test
else
	need_root
	for whom in all program; do
		compare_tools $whom 99
		compare_tools $whom 4999
	done
fi
end_part
