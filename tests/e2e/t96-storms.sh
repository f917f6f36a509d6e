#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Programs that have the kernel tell wick as much as they can: what wick takes for it is bounded,
# and those beside them are seen as ever.
. "$(dirname "$0")/lib.sh"
need_root

throttled() {
	dmesg 2>/dev/null | grep -c 'RT throttling'
}

# cheap NAME : at most 12 % of a CPU more than without a storm.
cheap() {
	echo "$(cpu "$1") % of a CPU, $(cpu calm) % without"
	awk -v storm="$(cpu "$1")" -v calm="$(cpu calm)" 'BEGIN { exit !(storm <= calm + 12) }'
}

# storm NAME KIND [N]
storm() {
	storm=$1
	shift
	start "$WORKLOADS/storm" "$1" 5 "${2:-0}" >"$T/storm.out"
	if ! wait_for grep -q ready "$T/storm.out"; then
		skip "$storm" "this machine does not let it happen"
		stop "$last"
		return
	fi
	record "$storm" -a -F 199 -d 3
	check "$storm: exit status 0" exited 0
	check "$storm: wick takes little of a CPU" cheap "$storm"
	check "$storm: and of memory" small "$storm"
	check "$storm: another program's stacks are complete" of_program "$storm" calltree 99
	check "$storm: and its functions are named" seen "$storm" '^calltree;.*;main;run;phase_a;leaf_a' 20
	wait "$last"
}

before=$(throttled)
start "$WORKLOADS/nofp/calltree" 300 >/dev/null
record calm -a -F 199 -d 3
storm "one mapping again and again, beside 30,000" same 30000
storm "one mapping of changing code, beside 30,000" moving 30000
storm "30,000 mappings that are replaced" gaps 30000
storm "100 mappings that are replaced" gaps 100
storm "mappings of a file with a long path" long
storm "30,000 mappings that are protected otherwise" protect 30000
storm "processes that map" processes 6
storm "a thread that renames itself" names 1
storm "threads that end at once" threads
storm "processes that end at once" forks
storm "programs that end at once" execs
if grep -q cgroup2 /proc/mounts; then
	storm "a process that changes its cgroup" cgroups 8
else
	skip "a process that changes its cgroup" "no cgroup v2"
fi
check "the kernel did not have to stop us" [ "$(throttled)" = "$before" ]

done_testing
