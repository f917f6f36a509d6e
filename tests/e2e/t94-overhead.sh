#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# What the profiling costs is said, and --max-overhead limits it.
. "$(dirname "$0")/lib.sh"
need_root

# Two stacks of 300 frames, for SECONDS.
deep_load() {
	start "$WORKLOADS/deep" 300 "$1"
	start "$WORKLOADS/deep" 300 "$1"
}

changed_hz() {
	tr '{' '\n' <"$T/$1.json" | sed -n 's/.*"at_s": .*"hz": \([0-9.]*\).*/\1/p'
}

# counts_are_time NAME : of calltree, as a second recording at a rate of its own has it.
counts_are_time() {
	awk -v ticks="$(total "$T/$1.folded" '^calltree;')" \
		-v reference="$(total "$T/reference.folded" '^calltree;')" 'BEGIN {
			printf "%d ticks of 4999 Hz, %d of 997 Hz\n", ticks, reference
			ratio = reference ? ticks / 4999 / (reference / 997) : 0
			exit !(reference > 500 && ratio > 0.88 && ratio < 1.12)
		}'
}

deep_load 60
start "$WICK" record -q -a -F 997 -o "$T/reference.folded"
reference=$last
record lowered -a -F 4999 --max-overhead 1 -- "$WORKLOADS/calltree" 5 2
stop "$reference"
check "above the limit the rate falls" \
	awk -v hz="$(stat_of lowered rate.lowest_hz)" 'BEGIN { print hz; exit !(hz >= 10 && hz < 2500) }'
check "it says so" said 'wick: profiling takes .* % of the CPU time, more than --max-overhead 1: '
check "once" [ "$(grep -c 'more than --max-overhead' "$T/last.err")" = 1 ]
check "the summary has the limit, and what it was" said 'overhead while sampling: .* --max-overhead 1$'
check "the summary has the rate" said 'the rate was changed [0-9]* times, first after '
check "the ledger has the time of each change" [ "$(changed_hz lowered | wc -l)" = \
	"$(stat_of lowered rate.changes)" ]
check "far fewer samples were taken than are counted" \
	[ "$(stat_of lowered counted)" -gt $((2 * $(stat_of lowered stored))) ]
check "the counts are still time: a recording at a steady rate agrees" counts_are_time lowered

record kept -a -F 4999 -d 2 --max-overhead 50
check "below the limit the rate stays" [ "$(stat_of kept rate.changes)" = 0 ]
check "a sample then counts once" [ "$(stat_of kept counted)" = "$(stat_of kept stored)" ]
refuse "and nothing is said of a change" said 'more than --max-overhead\|rate was changed'
check "the summary has what it was" said '--max-overhead 50: the rate was kept'
check "the full rate was held" awk -v ticks="$(stat_of kept ticks)" \
	-v cpus="$(stat_of kept cpus)" 'BEGIN { print ticks; exit !(ticks > 0.8 * 4999 * cpus * 2) }'

record formats -a -F 4999 -d 2 --max-overhead 0.5 -o "$T/formats.pb.gz"
wick flamegraph -q "$T/formats.pb.gz" -o "$T/pprof.folded"
check "a pprof profile has the same counts" \
	[ "$(total "$T/pprof.folded")" = "$(stat_of formats counted)" ]
check "which are more than the samples" \
	[ "$(stat_of formats counted)" -gt "$(stat_of formats stored)" ]

record free -a -F 999 -d 0.5
refuse "without the option there is no limit in the ledger" grep -q max_overhead "$T/free.json"
check "the summary always has what it cost" \
	said 'cost: [0-9.]* us a tick, [0-9.]* % of a CPU; wick itself [0-9.]* s .* user, .* MB'

start "$WORKLOADS/faults" 60
record faults -p "$last" -e page-faults -F 4999 -d 3 --max-overhead 0.0001
check "another event's rate falls as well" [ "$(stat_of faults rate.changes)" -ge 1 ]
check "and it is still sampled" seen faults '^faults;.*;touch_pages' 10
record slow -a -F 19 -d 0.3 --max-overhead 0.001
check "a rate that cannot be lowered is said" said 'no effect at 19 Hz'
for pid in $started; do
	stop "$pid"
done

# Without CAP_SYS_ADMIN the kernel does not measure its programs for us.  Idle CPUs cost too little.
start "$WORKLOADS/calltree" 60 2 >/dev/null
calltree=$last
caps=-all,+bpf,+perfmon,+sys_ptrace,+dac_read_search
if setpriv --reuid=65534 --clear-groups --inh-caps=$caps --ambient-caps=$caps true 2>/dev/null; then
	chmod 777 "$T"
	timeout 20 setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=$caps \
		--ambient-caps=$caps "$WICK" record -a -F 999 -d 0.5 -o "$T/caps.folded" \
		--stats "$T/caps.json" >"$T/last.out" 2>"$T/last.err"
	status=$?
	check "with few capabilities: exit status 0" exited 0
	check "with few capabilities: the cost of a tick is measured" \
		awk -v ns="$(stat_of caps overhead.bpf_ns_per_tick)" \
		'BEGIN { print ns; exit !(ns > 100 && ns < 1000000) }'
	caps=-all,+perfmon,+sys_ptrace,+dac_read_search
	timeout 20 setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=$caps \
		--ambient-caps=$caps "$WICK" record -a -F 4999 -d 3 --max-overhead 0.05 \
		-o "$T/tier.folded" --stats "$T/tier.json" >"$T/last.out" 2>"$T/last.err"
	status=$?
	check "without BPF: exit status 0" exited 0
	check_ledger tier
	check "without BPF: the rate falls as well" [ "$(stat_of tier rate.changes)" -ge 1 ]
	check "without BPF: it says so" said 'more than --max-overhead 0.05: '
	check "without BPF: far fewer samples were taken than are counted" \
		[ "$(stat_of tier counted)" -gt $((2 * $(stat_of tier stored))) ]
	check "without BPF: the counts are time" awk -v ticks="$(stat_of tier counted)" \
		-v idle="$(stat_of tier idle)" -v cpus="$(stat_of tier cpus)" -v s="$(stat_of tier duration_s)" \
		'BEGIN { print ticks, s; exit !(ticks < 1.2 * 4999 * cpus * s && (idle || ticks > 0.6 * 4999 * cpus * s)) }'
else
	skip "with few capabilities" "setpriv does not know CAP_BPF and CAP_PERFMON"
fi

# The deep stacks end, the others stay.  The limit is halfway between what the one costs (some
# 10 % of the CPU time) and the other, with what wick has to do for all that other programs start.
stop "$calltree"
start "$WORKLOADS/calltree" 60 1 >/dev/null
calltree=$last
start "$WORKLOADS/deep" 500 2
deep=$last
start "$WORKLOADS/deep" 500 2
record recovers -p "$calltree,$deep,$last" -F 4999 -d 9 --max-overhead 5
check "when what was dear is gone the rate rises again" sh -c "echo '$(changed_hz recovers)' |
	awk '{ print } NR > 1 && \$1 > last { higher = 1 } { last = \$1 } END { exit !higher }'"
stop "$calltree"

done_testing
