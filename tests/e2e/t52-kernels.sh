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

without bpf 38 'this kernel has no BPF (CONFIG_BPF_SYSCALL)'
without bpf 1 'needs root, or CAP_BPF and CAP_PERFMON'
without bpf 22 'Invalid argument'
check "a program that is refused: libbpf's own words are shown" said '^libbpf: '
without bpf 12 'Cannot allocate memory'
without perf 38 'this kernel has no perf events (CONFIG_PERF_EVENTS)'
without perf 1 'perf_event_paranoid'
without perf 13 'CAP_PERFMON'
without perf 2 'no such counter'

for call in bpf perf; do
	"$WORKLOADS/deny" $call 38 "$WICK" doctor >"$T/last.out" 2>"$T/last.err"
	status=$?
	check "doctor without $call: exit status 1" exited 1
	check "doctor without $call: sampling fails" grep -q '^FAIL  sampling' "$T/last.out"
	timeout 20 "$WORKLOADS/deny" $call 38 "$WICK" record -o "$T/none.folded" -- touch "$T/ran" \
		>"$T/last.out" 2>"$T/last.err"
	status=$?
	check "-- CMD without $call: exit status 1" exited 1
	check "-- CMD without $call: CMD was not run" [ ! -e "$T/ran" ]
done

done_testing
