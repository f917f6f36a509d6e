#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# python.sh - what it costs to have Python in the stacks, and what is found of it, beside py-spy,
# austin and pyinstrument.
#
#	python.sh [ROUNDS]		six times as many, as slowdown.sh; PATH's python3 and peers
#	LOSS_S=60			how long nothing may be lost
#
# As in slowdown.sh the tools take turns, only runs of one round are compared, a figure is the
# median of the rounds, and there is a verdict if all of its interval is on one side of the bound.
# The program is tests/workloads/python/five.py: each run does the same work, times itself, and
# knows the shares of its five functions.
# shellcheck source-path=SCRIPTDIR source=lib.sh disable=SC2086 # $tools are words
. "$(dirname "$0")/lib.sh"
need_root

hz=999
units=150
five=$here/../workloads/python/five.py
# A shim's place is taken by what it starts.
python=$(python3 -c 'import sys; print(sys.executable)' 2>/dev/null) || {
	echo "python: skipped: no python3"
	exit 0
}

# number NAME : of the ledger `work.json`, where the name is once.
number() {
	tr -d ' \n' <work.json | grep -o "\"$1\":[0-9.]*" | cut -d : -f 2
}

lost() {
	tr -d ' \n' <work.json | sed 's/.*"lost":{\([^}]*\)}.*/\1/' | tr ',' '\n' |
		awk -F: '{ sum += $2 } END { print sum }'
}

# bpf_ns TURN CASE COMMAND... : the time that the BPF program takes for a stored tick, with
# interpreters and without, on a CPU where there is nothing else to be sampled.
bpf_ns() {
	turn_of=$1 case=$2
	shift 2
	for tool in $(rotated "$turn_of" wick none); do
		without=
		[ $tool = wick ] || without=--no-interpreters
		"$wick" record -q -C 0 -F $hz $without -o work.folded --stats work.json -- \
			taskset -c 0 "$@" >/dev/null || failed=1
		echo "$turn_of $(number bpf_cpu_s) $(number stored)" |
			awk '$3 { print $1, 1e9 * $2 / $3 }' >>"$tool.$case"
	done
}

# costs CASE BOUND COMMAND...
costs() {
	figure=$1 bound=$2
	case=$(echo "$1" | tr ' ' _)
	shift 2
	repeat $((6 * rounds)) bpf_ns "$case" "$@"
	row "$figure: BPF for a tick, native walk, ns" - "none.$case" 2
	row "$figure: BPF for a tick, ns" - "wick.$case" 2
	each_round wick none "own / other"
	estimate "$figure: times the BPF time of the native walk" wick "$bound"
}

# run TOOL : its line, of two numbers, is in the file `work`.
run() {
	rm -f work
	case $1 in
	none) "$python" "$five" $units work ;;
	wick | again)
		"$wick" record -q -F $hz -o work.folded -- "$python" "$five" $units work
		;;
	esac >truth.txt
}

# round TURN TOOL... : appends a line "TURN MILLISECONDS" to TOOL.work for each, and to TOOL.all one
# that has what the tool itself took of a CPU in it.
round() {
	turn_of=$1
	shift
	for tool in $(rotated "$turn_of" "$@"); do
		run "$tool"
		[ -s work ] || continue
		awk -v turn="$turn_of" '{ print turn, $1 }' work >>"$tool.work"
		awk -v turn="$turn_of" '{ print turn, $1 + $2 }' work >>"$tool.all"
	done
}

# slowdown : a second run of wick shows whether the machine is fit, as in slowdown.sh.  Of 99 % of
# the throughput a unit takes 1.01 % longer.
slowdown() {
	tools="none wick again"
	repeat $((6 * rounds)) round $tools
	if [ "$(cat wick.work again.work | wc -l)" != $((12 * rounds)) ]; then
		echo "python: a run of wick failed"
		failed=1
	fi
	case=work
	points again wick
	estimate "five.py at $hz Hz: second run slower by, points" wick equal 99
	points wick none
	estimate "five.py at $hz Hz: slower by, %" wick 1.01
}

# One on each CPU, for longer than the recording.
losses() {
	for _ in $(seq "$(nproc)"); do
		timeout $((LOSS_S + 30)) "$python" "$five" 100000000 >/dev/null 2>&1 &
		load="$load $!"
	done
	"$wick" record -q -a -F 4999 -d "$LOSS_S" -o work.folded --stats work.json || failed=1
	end_load
	lost >loss
	number ticks >tick_cnt
	row "Python on each CPU at 4999 Hz, $LOSS_S s: ticks" - tick_cnt 1
	row "Python on each CPU at 4999 Hz, $LOSS_S s: lost" 0 loss 1
}

LOSS_S=${LOSS_S:-60}
costs "five.py" 2.0 "$python" "$five" $units
costs "native program" 1.02 "$workloads/nofp/calltree" 1
slowdown
losses
end_part
