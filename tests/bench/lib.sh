# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh
#
# lib.sh - what every part of the benchmark sources: a scratch directory, background
# load, medians, and the rows of the table.
#
# A part measures in turns, one line a run into a file of the scratch directory, then
# calls `row` or `compare`, and ends with `end_part`.  Its argument is the number of
# rounds.  It runs alone, or as one of the parts of bench.sh.
# shellcheck disable=SC2034

set -u
LC_ALL=C
export LC_ALL

here=$(cd "$(dirname "$0")" && pwd)
B=$(cd "${B:-build}" && pwd)
wick=$B/wick
# Another build of wick to compare with.
base=${BASE:+$(realpath "$BASE")}
tools="wick${base:+ base} perf bpftrace"
measure=$B/tests/bench/measure
workloads=$B/tests/workloads
rounds=${1:-5}
part=$(basename "$0" .sh)
failed=0
# Of each_round and estimate.
case='' fit=''
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

need_root() {
	[ "$(id -u)" = 0 ] || {
		echo "$part: needs root (try sudo make bench)" >&2
		exit 1
	}
}

have() {
	command -v "$1" >/dev/null
}

# runnable TOOL : one of $tools.
runnable() {
	[ "$1" = wick ] || [ "$1" = base ] || have "$1"
}

# program_of TOOL : wick, or the other one.
program_of() {
	if [ "$1" = base ]; then echo "$base"; else echo "$wick"; fi
}

# start_load PROGRAM [ARGUMENT...] : until end_load; its pid is $last.
start_load() {
	program=$1
	shift
	"$workloads/$program" 600 "$@" >/dev/null &
	last=$!
	load="$load $last"
}

# repeat TIMES FUNCTION [ARGUMENT...] : with the number of the turn before the arguments.
repeat() {
	times=$1
	function=$2
	shift 2
	turn=0
	while [ $turn -lt "$times" ]; do
		$function $turn "$@"
		turn=$((turn + 1))
	done
}

# rotated TURN WORD... : the words, another one first in each turn.
rotated() {
	echo "$@" | awk '{ for (i = 0; i < NF - 1; i++) print $(2 + ($1 + i) % (NF - 1)) }'
}

bpftrace_program() {
	echo "profile:hz:$1 { @[ustack, kstack, comm] = count(); } $2"
}

# median FILE COLUMN
median() {
	[ -s "$1" ] || {
		echo -
		return
	}
	awk -v column="$2" '{ print $column }' "$1" | sort -g | awk '
		{ value[NR] = $1 }
		END { print NR % 2 ? value[(NR + 1) / 2] : (value[NR / 2] + value[NR / 2 + 1]) / 2 }'
}

range() {
	awk -v column="$2" '{ print $column }' "$1" | sort -g | awk '
		NR == 1 { low = $1 } { high = $1 } END { printf "%.4g..%.4g", low, high }'
}

# The smallest of the words that are numbers.
least() {
	echo "$@" | awk '{
		least = "-"
		for (i = 1; i <= NF; i++)
			if ($i != "-" && (least == "-" || $i + 0 < least)) least = $i
		print least
	}'
}

format='%-58s | %-15s | %9s | %7s | %10s | %-9s | %s\n'

print_header() {
	# shellcheck disable=SC2059
	printf "$format" figure tool median '/ wick' bound '' range
}

# row FIGURE BOUND FILE COLUMN [TOOL] : within the bound or not, if there is one: at the
# most N, or `>=N`.  The ratio is to the last row of wick's.
row() {
	value=$(median "$3" "$4")
	[ "$value" = - ] && return
	tool=${5:-wick}
	ratio=
	[ "$tool" = wick ] && wick_value=$value
	[ "$tool" = wick ] || ratio=$(awk -v value="$value" -v wick="${wick_value:-0}" \
		'BEGIN { if (wick > 0 && value >= 0) printf "%.2f", value / wick }')
	verdict=
	case $2 in
	-) ;;
	'>='*) verdict=$(awk -v value="$value" -v bound="${2#>=}" \
		'BEGIN { print (value >= bound) ? "ok" : "BELOW" }') ;;
	*) verdict=$(awk -v value="$value" -v bound="$2" \
		'BEGIN { print (value <= bound) ? "ok" : "ABOVE" }') ;;
	esac
	case $verdict in ABOVE | BELOW) failed=1 ;; esac
	# shellcheck disable=SC2059
	printf "$format" "$1" "$tool" "$(awk -v value="$value" 'BEGIN { printf "%.4g", value }')" \
		"$ratio" "$2" "$verdict" "$(range "$3" "$4")"
}

# compare FIGURE BOUND COLUMN ENDING TOOL... : a row for each tool's file TOOL.ENDING, wick
# first.  The bound is wick's; `peers` among its words is the smallest of theirs, and another
# build's figure and a tenth bounds it, too.
compare() {
	figure=$1 bound=$2 column=$3 ending=$4
	shift 4
	for tool; do
		case $tool,$bound in
		wick,*) ;;
		base,*) bound="$bound $(median base."$ending" "$column" | awk '$1 > 0 { print 1.1 * $1 }')" ;;
		*,*peers*) bound="$bound $(median "$tool.$ending" "$column")" ;;
		esac
	done
	# Words.
	# shellcheck disable=SC2046,SC2086
	bound=$(least $(echo "$bound" | sed 's/peers//'))
	for each; do
		own=-
		[ "$each" = wick ] && own=$bound
		row "$figure" "$own" "$each.$ending" "$column" "$each"
	done
}

# each_round TOOL OTHER EXPRESSION : its value in each round of $case goes to the file
# `values`.  `none`, `own` and `other` are what the lines "TURN FIGURE" of the files none.$case,
# TOOL.$case and OTHER.$case say of it.
each_round() {
	: >values
	[ -s "$1.$case" ] && [ -s "$2.$case" ] || return
	awk 'FNR == 1 { file++ }
		file == 1 { nones[$1] = $2 }
		file == 2 { owns[$1] = $2 }
		file == 3 && $1 in nones && $1 in owns {
			none = nones[$1]; own = owns[$1]; other = $2
			print '"$3"'
		}' "none.$case" "$1.$case" "$2.$case" >values
}

# points TOOL OTHER : the slowdown by one, less that by the other, in percentage points.
points() {
	each_round "$1" "$2" "100 * (own - other) / none"
}

# estimate FIGURE TOOL BOUND [PERCENT] : a row for the values, if there are any, and its
# $verdict.  BOUND is "-", or the most that there may be; or it is "equal", for which the
# interval has to hold 0, or "sign", for which the verdict says where it is.
estimate() {
	sort -g values | awk -v percent="${4:-95}" -f "$here/interval.awk" >interval
	read -r value low high <interval || return 0
	verdict=$(awk -v bound="$3" -v low="$low" -v high="$high" 'BEGIN {
		if (bound == "-") print ""
		else if (low == "-") print "undecided"
		else if (bound == "equal") print (low <= 0 && high >= 0) ? "ok" : "UNFIT"
		else if (bound == "sign") print (high < 0) ? "less" : (low > 0) ? "more" : "undecided"
		else print (high <= bound) ? "ok" : (low > bound) ? "ABOVE" : "undecided"
	}')
	bound=$3
	case $bound in
	equal) fit=$verdict bound=- ;;
	sign) bound=- ;;
	esac
	[ -z "$verdict" ] || [ "$3" = equal ] || [ "$fit" != UNFIT ] || verdict=undecided
	[ "$verdict" != ABOVE ] || failed=1
	range="too few rounds"
	[ "$low" = - ] || range=$(printf '%.2f..%.2f (%s %%)' "$low" "$high" "${4:-95}")
	# shellcheck disable=SC2059
	printf "$format" "$1" "$2" "$(printf %.2f "$value")" '' "$bound" "$verdict" "$range"
}

# check_runs FILE... : lines of measure, all of commands that ended well?
check_runs() {
	for runs; do
		[ -f "$runs" ] || continue
		awk '$4 != 0 { bad = 1 } END { exit bad }' "$runs" && continue
		echo "$part: a run of $runs failed: its rows are not valid"
		failed=1
	done
}

end_part() {
	exit $failed
}

[ -n "${BENCH_IN_TABLE:-}" ] || print_header
