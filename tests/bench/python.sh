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
#
# What a tool costs the work is told in two ways: how much longer a unit takes, and the same with what
# the tool itself took of a CPU meanwhile.  The second one is what the work loses where no CPU is idle,
# and has the bound: a tool that reads from a CPU of its own is not free.
# shellcheck source-path=SCRIPTDIR source=lib.sh disable=SC2086 # $tools are words
. "$(dirname "$0")/lib.sh"
need_root

hz=999
units=150
long_units=750
five=$here/../workloads/python/five.py
functions="scan rank digest replace encode"
peers="py-spy austin pyinstrument"
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

# present : the tools that there are.
present() {
	echo wick
	for tool in py-spy austin; do
		! have $tool || echo $tool
	done
	! "$python" -c 'import pyinstrument' 2>/dev/null || echo pyinstrument
}

# pyinstrument has a tree of seconds, in all and not of the calls below.
fold_tree() {
	"$python" -c '
import json, sys

def fold(frame, above):
    stack = above + ["%s (%s:%d)" % (frame["function"], frame["file_path"], frame["line_no"])]
    own = frame["time"] - sum(child["time"] for child in frame["children"])
    print(";".join(stack), round(own * 1e6))
    for child in frame["children"]:
        fold(child, stack)

sys.setrecursionlimit(10000)
fold(json.load(sys.stdin)["root_frame"], [])'
}

# run TOOL UNITS : its line, of two numbers, is in the file `work`, what the program says of its
# functions in `truth`, the stacks in `folded`.
run() {
	rm -f work folded
	set -- "$1" "$python" "$five" "$2" work
	tool_of=$1
	shift
	case $tool_of in
	none) "$@" ;;
	wick | again) "$wick" record -q -F $hz -o folded --format folded -- "$@" ;;
	py-spy) py-spy record -r $hz -f raw -o folded -- "$@" 2>/dev/null ;;
	austin) austin -i $((1000000 / hz)) -o folded "$@" 2>/dev/null ;;
	pyinstrument)
		shift
		"$python" -m pyinstrument -i 0.001 -r json -o tree "$@" 2>/dev/null
		fold_tree <tree >folded
		;;
	esac >truth
}

# round TURN TOOL... : appends a line "TURN MILLISECONDS" to TOOL.work for each, and to TOOL.all one
# that has what the tool itself took of a CPU in it.
round() {
	turn_of=$1
	shift
	for tool in $(rotated "$turn_of" "$@"); do
		run "$tool" $units
		[ -s work ] || continue
		awk -v turn="$turn_of" '{ print turn, $1 }' work >>"$tool.work"
		awk -v turn="$turn_of" '{ print turn, $1 + $2 }' work >>"$tool.all"
	done
}

# round_shares TURN TOOL... : appends a line "TURN PERCENTAGE" to TOOL.FUNCTION.  Without a tool it is
# what the program says itself.
round_shares() {
	turn_of=$1
	shift
	for tool in $(rotated "$turn_of" "$@"); do
		run "$tool" $long_units
		if [ "$tool" = none ]; then
			awk '$1 == "TRUTH" { print $2, 100 * $3 }' truth
		else
			awk -v names="$functions" -f "$here/pyshare.awk" folded
		fi | while read -r name percentage; do
			echo "$turn_of $percentage" >>"$tool.$name"
		done
	done
}

# judge_share NAME : of the rounds that TOOL.NAME.error has.  Which error is larger in one round is
# chance for the greater part.
judge_share() {
	for tool in $tools; do
		row "five.py at $hz Hz: error of the share of $1, points" - "$tool.$1.error" 2 "$tool"
	done
	best=$(for tool in $tools; do
		[ "$tool" = wick ] || echo "$(median "$tool.$1.error" 2) $tool"
	done | sort -g | sed -n '1s/.* //p')
	[ -n "$best" ] || return 0
	case=$1.error
	cp "$best.$case" "none.$case"
	each_round wick "$best" "own - other"
	estimate "five.py at $hz Hz: larger than $best's error, points" wick 0
}

# shares : the truth is that of the program without a tool, as a tool that slows down some of its
# functions more than others changes what is to be known.
shares() {
	repeat $((6 * rounds)) round_shares none $tools
	for tool in $tools; do
		for name in $functions; do
			awk -v truth="$(median "none.$name" 2)" '
				{ print $1, ($2 > truth) ? $2 - truth : truth - $2 }' "$tool.$name" >"$tool.$name.error"
			cat "$tool.$name.error" >>"$tool.errors"
		done
		awk '{ sum[$1] += $2 } END { for (turn in sum) print turn, sum[turn] }' "$tool.errors" >"$tool.five.error"
	done
	for name in $functions five; do
		judge_share $name
	done
}

# slowdown : a second run of wick shows whether the machine is fit, as in slowdown.sh.  Of 99 % of
# the throughput a unit takes 1.01 % longer.
slowdown() {
	repeat $((6 * rounds)) round none $tools again
	if [ "$(cat wick.work again.work | wc -l)" != $((12 * rounds)) ]; then
		echo "python: a run of wick failed"
		failed=1
	fi
	case=work
	points again wick
	estimate "five.py at $hz Hz: second run slower by, points" wick equal 99
	points wick none
	estimate "five.py at $hz Hz: slower by, %" wick 1.01
	beside "five.py at $hz Hz: slower" 0
	case=all
	points wick none
	estimate "five.py and the tool itself at $hz Hz: slower by, %" wick -
	beside "five.py and the tool itself at $hz Hz: slower" 0
}

# beside FIGURE BOUND : what it is with each peer, and how much more with wick.
beside() {
	for peer in $tools; do
		[ "$peer" != wick ] || continue
		points "$peer" none
		estimate "$1 by, %" "$peer" -
		points wick "$peer"
		estimate "$1 than with $peer by, points" wick "$2"
	done
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
tools=$(present)
for peer in $peers; do
	echo "$tools" | grep -qx "$peer" || echo "python: $peer is left out: it is not in PATH, or not of its python3"
done
costs "five.py" 2.0 "$python" "$five" $units
costs "native program" 1.02 "$workloads/nofp/calltree" 1
slowdown
shares
losses
end_part
