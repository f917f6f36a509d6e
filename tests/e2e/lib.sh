# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh
#
# lib.sh - what every end-to-end test sources: TAP, a scratch directory, and
# `record`, which checks the ledger of each run that it makes.
#
# A row is one of
#	check "sentence" COMMAND...	ok if COMMAND succeeds
#	refuse "sentence" COMMAND...	ok if COMMAND fails
#	skip "sentence" "reason"
# and done_testing prints the plan.  Everything that a test starts in the
# background is started with `start`, and ended by its pid at the exit.

set -u

# Absolute: tests change their directory.
B=$(cd "${B:-build}" && pwd)
WICK=$B/wick
# shellcheck disable=SC2034
WORKLOADS=$B/tests/workloads
if [ ! -x "$WICK" ]; then
	echo "Bail out! no program $WICK: run make"
	exit 1
fi
RUN_LIMIT_S=${RUN_LIMIT_S:-60}	# no run of wick here lasts a tenth of it
NAME=$(basename "$0" .sh)
T=$(mktemp -d "${TMPDIR:-/tmp}/wick-$NAME.XXXXXX") || exit 1
chmod 755 "$T"
rows=0
started=

# shellcheck source=../e2e/priority.sh
. "$(dirname "$0")/../e2e/priority.sh"

last=
status=0
exec </dev/null

# Also the commands that a test wants to run at its end, in `at_exit`.
clean_up() {
	trap - EXIT INT TERM
	for pid in $started; do
		kill -9 "$pid" 2>/dev/null
	done
	wait 2>/dev/null
	give_priority_back
	eval "${at_exit:-}"
	rm -rf "$T"
}
trap clean_up EXIT
trap 'exit 1' HUP INT PIPE TERM

diag() {
	sed 's/^/# /' >&2
}

pass() {
	rows=$((rows + 1))
	echo "ok $rows - $1"
}

fail() {
	rows=$((rows + 1))
	echo "not ok $rows - $1"
}

# With what the last run of wick said, when a row fails.
explain() {
	if [ -s "$T/last.err" ]; then
		echo "exit status $status, stderr:" | diag
		tail -n 15 "$T/last.err" | diag
	fi
}

check() {
	sentence=$1
	shift
	if "$@" >"$T/check.out" 2>&1; then
		pass "$sentence"
	else
		fail "$sentence"
		echo "$*" | diag
		tail -n 15 "$T/check.out" | diag
		explain
	fi
}

refuse() {
	sentence=$1
	shift
	if "$@" >"$T/check.out" 2>&1; then
		fail "$sentence"
		echo "! $*" | diag
		tail -n 15 "$T/check.out" | diag
		explain
	else
		pass "$sentence"
	fi
}

skip() {
	rows=$((rows + 1))
	echo "ok $rows - $1 # SKIP $2"
}

skip_all() {
	echo "1..0 # SKIP $1"
	exit 0
}

done_testing() {
	echo "1..$rows"
}

need_root() {
	[ "$(id -u)" = 0 ] || skip_all "needs root"
}

have() {
	command -v "$1" >/dev/null 2>&1
}

# start COMMAND... : in the background; its pid is $last.
start() {
	"$@" &
	last=$!
	started="$started $last"
}

# End what `start` started: by its pid, and wait for it.
stop() {
	kill "$1" 2>/dev/null
	wait "$1" 2>/dev/null
	started=$(echo "$started" | sed "s/ $1\\>//")
}

# wait_for COMMAND... : until it succeeds, ten seconds at the most.
wait_for() {
	tries=0
	until "$@" >/dev/null 2>&1; do
		tries=$((tries + 1))
		[ $tries -lt 200 ] || return 1
		sleep 0.05
	done
}

# wick ARGS... : its exit status in $status, what it printed in last.out and last.err.
wick() {
	timeout -k 5 "$RUN_LIMIT_S" "$WICK" "$@" >"$T/last.out" 2>"$T/last.err"
	status=$?
	return $status
}

exited() {
	[ "$status" = "$1" ]
}

# said WORDS : what the last run of wick printed on stderr.
said() {
	grep -q -e "$1" "$T/last.err"
}

# take NAME ARGS... : a run with $T/NAME.folded and $T/NAME.json.
take() {
	run=$1
	shift
	wick record -o "$T/$run.folded" --stats "$T/$run.json" "$@"
}

# record NAME ARGS... : the same, and its ledger must add up; three rows.
record() {
	take "$@"
	check_ledger "$run"
}

check_ledger() {
	check "$1: ticks == stored + idle + filtered + lost" ledger_adds_up "$T/$1.json"
	check "$1: the stacks of the user's code are stored samples" stacks_add_up "$T/$1.json"
	check "$1: the folded counts are those of the stored samples" counts_add_up "$1"
}

counts_add_up() {
	[ -f "$T/$1.folded" ] && [ -f "$T/$1.json" ] &&
		[ "$(total "$T/$1.folded")" = "$(stat_of "$1" counted)" ]
}

# The ledger as lines "lost.ring_full 0".
flat_json() {
	sed 's/[{}]/\n&\n/g; s/,/\n/g' "$1" | awk '
		$0 == "}" { depth--; next }
		$0 == "{" { depth++; path[depth] = key; next }
		/":/ {
			split($0, part, "\"")
			key = part[2]
			value = $0
			sub(/^[^:]*: */, "", value)
			if (value == "") next
			prefix = ""
			for (i = 2; i <= depth; i++)
				prefix = prefix path[i] "."
			print prefix key, value
		}'
}

# stat_of NAME KEY : one number of the ledger of the run NAME.
stat_of() {
	flat_json "$T/$1.json" | awk -v key="$2" '$1 == key { print $2 }'
}

ledger_adds_up() {
	flat_json "$1" | awk '
		$1 == "ticks" { ticks = $2; seen = 1 }
		$1 == "stored" || $1 == "idle" || $1 == "filtered" { sum += $2 }
		$1 ~ /^lost\./ { sum += $2; print $0 }
		END { print ticks " ticks, accounted for " sum + 0; exit !(seen && ticks == sum) }'
}

stacks_add_up() {
	flat_json "$1" | awk '
		$1 == "stored" { stored = $2; seen = 1 }
		$1 ~ /^user_stacks\./ { sum += $2 }
		END { print stored " stored, stacks " sum + 0; exit !(seen && stored == sum) }'
}

# total FILE [REGEX] : the samples of all stacks, or of those that match.  By the environment,
# as awks differ in what a backslash in a -v means.
total() {
	pattern=${2:-} awk '
		BEGIN { pattern = ENVIRON["pattern"] }
		{ cnt = $NF; sub(/ [0-9]+$/, "") }
		pattern == "" || $0 ~ pattern { sum += cnt }
		END { print sum + 0 }' "$1"
}

# seen NAME REGEX [LEAST] : the run NAME has at least LEAST samples (1) in stacks that match.
seen() {
	total "$T/$1.folded" "$2"
	[ "$(total "$T/$1.folded" "$2")" -ge "${3:-1}" ]
}

# near NAME FUNCTION SHARE POINTS : within so many percentage points of what the program measured.
near() {
	awk -v all="$(total "$T/$1.folded")" -v part="$(total "$T/$1.folded" ";$2(;|\$)")" \
		-v truth="$3" -v points="$4" 'BEGIN {
			share = all ? part / all : 0
			printf "measured %.2f %%, truth %.2f %%\n", 100 * share, 100 * truth
			exit !(share - truth <= points / 100 && truth - share <= points / 100)
		}'
}

# check_shares NAME COUNT POINTS : the last run, against the shares that the program printed.
check_shares() {
	grep '^TRUTH' "$T/last.out" >"$T/truth"
	check "$1: the program printed $2 shares" [ "$(wc -l <"$T/truth")" = "$2" ]
	while read -r _ function share; do
		check "$1: the share of $function is right within $3 points" \
			near "$1" "$function" "$share" "$3"
	done <"$T/truth"
}

# complete NAME PERCENT : of the user stacks of the run NAME, at least so many.
complete() {
	awk -v whole="$(stat_of "$1" user_stacks.complete)" -v least="$2" \
		-v cut="$(stat_of "$1" user_stacks.incomplete)" 'BEGIN {
			share = whole + cut ? 100 * whole / (whole + cut) : 0
			printf "%.2f %% of %d\n", share, whole + cut
			exit !(whole + cut >= 50 && share >= least)
		}'
}

# of_program NAME REGEX PERCENT : of the stacks below a task name, so many not [incomplete].
of_program() {
	awk -v all="$(total "$T/$1.folded" "^($2);")" -v least="$3" \
		-v cut="$(total "$T/$1.folded" "^($2);\\[incomplete\\]")" 'BEGIN {
			share = all ? 100 * (all - cut) / all : 0
			printf "%.2f %% of %d\n", share, all
			exit !(all >= 50 && share >= least)
		}'
}

# cpu NAME : of one CPU, in percent of the time that was sampled.
cpu() {
	awk -v user="$(stat_of "$1" overhead.user_cpu_s)" -v sys="$(stat_of "$1" overhead.sys_cpu_s)" \
		-v s="$(stat_of "$1" duration_s)" 'BEGIN { print s ? 100 * (user + sys) / s : 0 }'
}

# small NAME : the process that samples had 64 MiB at the most.
small() {
	stat_of "$1" overhead.max_rss_bytes
	[ "$(stat_of "$1" overhead.max_rss_bytes)" -le $((64 << 20)) ]
}

# counted NAME KEY : a number of the ledger's part about Python.
counted() {
	stat_of "$1" "interpreters.python.$2"
}

# whole NAME LEAST : of the stacks of threads with a state, 99.5 % are whole; there are LEAST.
whole() {
	flat_json "$T/$1.json" | awk -v least="$2" '
		$1 ~ /^interpreters\.python\.stacks\./ && $1 !~ /no_state$/ { all += $2; print $0 }
		$1 == "interpreters.python.stacks.complete" { whole = $2 }
		END { exit !(all >= least && 1000 * whole >= 995 * all) }'
}

# joined NAME [CNT] : one in CNT, 500, at the most is not joined to the native frames.  A copy of a
# stack may have less of these, and is not asked.
joined() {
	flat_json "$T/$1.json" | awk -v cnt="${2:-500}" '
		$1 == "interpreters.python.stacks.complete" { whole = $2; print $0 }
		$1 == "interpreters.python.unpaired" { unpaired = $2; print $0 }
		$1 == "incomplete_why.deeper_than_copy" { cut = $2; print $0 }
		END { exit !(cnt * (unpaired - cut) <= whole) }'
}

# named NAME LEAST : of the frames 99.9 % have names; there are LEAST.
named() {
	awk -v named="$(counted "$1" frames.named)" -v unnamed="$(counted "$1" frames.unnamed)" \
		-v least="$2" 'BEGIN {
			print named " named, " unnamed " not"
			exit !(named >= least && 999 * unnamed <= named)
		}'
}
