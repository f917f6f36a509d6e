#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Kernels that lack, forbid or refuse what sampling needs: what is missing is said.
. "$(dirname "$0")/lib.sh"
need_root
case $(uname -m) in
x86_64 | aarch64) ;;
*) skip_all "deny does not know this machine's system calls" ;;
esac
"$WORKLOADS/deny" bpf 38 true || skip_all "no seccomp filters"

# without CALL ERRNO WORDS : a run on a kernel where CALL fails with ERRNO.
without() {
	timeout 20 "$WORKLOADS/deny" "$1" "$2" "$WICK" record -a -d 0.2 -o "$T/none.folded" \
		>"$T/last.out" 2>"$T/last.err"
	status=$?
	check "$1 fails with $2: exit status 1" exited 1
	check "$1 fails with $2: says why" said "$3"
	check "$1 fails with $2: nothing is written" [ ! -e "$T/none.folded" ]
}

without bpf 22 'Invalid argument'
check "a program that is refused: libbpf's own words are shown" said '^libbpf: '
without bpf 12 'Cannot allocate memory'
without perf 38 'this kernel has no perf events (CONFIG_PERF_EVENTS)'
without perf 1 'perf_event_paranoid'
without perf 13 'CAP_PERFMON'
without perf 2 'no such counter'

# without_bpf ERRNO WORDS : perf events do instead, and it is said why.
without_bpf() {
	timeout 20 "$WORKLOADS/deny" bpf "$1" "$WICK" record -o "$T/bpf$1.folded" \
		--stats "$T/bpf$1.json" -F 999 -- "$WORKLOADS/calltree" 1 >"$T/last.out" 2>"$T/last.err"
	status=$?
	check "bpf fails with $1: exit status 0" exited 0
	check "bpf fails with $1: says why" said "$2"
	check "bpf fails with $1: the tier is named" grep -q '"tier": "perf"' "$T/bpf$1.json"
	check_ledger "bpf$1"
	check "bpf fails with $1: stacks are whole" seen "bpf$1" ';main;run;phase_a;leaf_a(;|$)' 50
}

without_bpf 38 'this kernel has no BPF (CONFIG_BPF_SYSCALL)'
without_bpf 1 'without root, or CAP_BPF and CAP_PERFMON'
"$WORKLOADS/deny" bpf 38 "$WICK" doctor >"$T/last.out" 2>"$T/last.err"
status=$?
check "doctor without bpf: exit status 0" exited 0
check "doctor without bpf: perf events are noted" grep -q '^note  sampling.*perf events' "$T/last.out"

"$WORKLOADS/deny" perf 38 "$WICK" doctor >"$T/last.out" 2>"$T/last.err"
status=$?
check "doctor without perf: exit status 1" exited 1
check "doctor without perf: sampling fails" grep -q '^FAIL  sampling' "$T/last.out"
timeout 20 "$WORKLOADS/deny" perf 38 "$WICK" record -o "$T/none.folded" -- touch "$T/ran" \
	>"$T/last.out" 2>"$T/last.err"
status=$?
check "-- CMD without perf: exit status 1" exited 1
check "-- CMD without perf: CMD was not run" [ ! -e "$T/ran" ]

done_testing
