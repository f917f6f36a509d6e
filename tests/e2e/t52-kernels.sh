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

# lacking CALL ERRNO COMMAND... : on a kernel where CALL fails with ERRNO, and has no sysctl.
lacking() {
	rm -rf "$T/sysctl"
	mkdir "$T/sysctl"
	case $1 in
	bpf) cp /proc/sys/kernel/perf_event_* "$T/sysctl" ;;
	perf) cp /proc/sys/kernel/unprivileged_bpf_disabled "$T/sysctl" ;;
	esac
	# shellcheck disable=SC2016
	timeout 20 unshare -m sh -c 'mount --bind "$0" /proc/sys/kernel && exec "$@"' "$T/sysctl" \
		"$WORKLOADS/deny" "$@" >"$T/last.out" 2>"$T/last.err"
	status=$?
}
unshare -m true 2>/dev/null || skip_all "unshare is not allowed"

# filtered CALL ERRNO COMMAND... : in a container that forbids CALL.
filtered() {
	timeout 20 "$WORKLOADS/deny" "$@" >"$T/last.out" 2>"$T/last.err"
	status=$?
}

# without CALL ERRNO WORDS [HOW] : a run where CALL fails with ERRNO.
without() {
	${4:-filtered} "$1" "$2" "$WICK" record -a -d 0.2 -o "$T/none.folded"
	check "$1 fails with $2: exit status 1" exited 1
	check "$1 fails with $2: says why" said "$3"
	check "$1 fails with $2: nothing is written" [ ! -e "$T/none.folded" ]
}

without bpf 22 'Invalid argument'
check "a program that is refused: libbpf's own words are shown" said '^libbpf: '
without perf 38 'this kernel has no perf events (CONFIG_PERF_EVENTS)' lacking
without perf 38 'seccomp filter.*perf_event_open.*--cap-add'
without perf 1 'seccomp filter.*perf_event_open.*--cap-add'
without perf 13 'seccomp filter.*perf_event_open.*--cap-add'
without perf 2 'no such counter'

# without_bpf ERRNO WORDS REASON [HOW] : perf events do instead, and it is said why.
without_bpf() {
	${4:-filtered} bpf "$1" "$WICK" record -o "$T/bpf$1.folded" \
		--stats "$T/bpf$1.json" -F 999 -- "$WORKLOADS/calltree" 1
	check "bpf fails with $1: exit status 0" exited 0
	check "bpf fails with $1: says why" said "$2"
	check "bpf fails with $1: the tier is named" grep -q '"tier": "perf"' "$T/bpf$1.json"
	check "bpf fails with $1: so is the reason" grep -q "\"tier_why\": \"$3\"" "$T/bpf$1.json"
	check_ledger "bpf$1"
	check "bpf fails with $1: stacks are whole" seen "bpf$1" ';main;run;phase_a;leaf_a(;|$)' 50
}

without_bpf 38 'this kernel has no BPF (CONFIG_BPF_SYSCALL)' no_bpf lacking
without_bpf 38 'seccomp filter.*forbids bpf.*--cap-add' seccomp
without_bpf 1 'seccomp filter.*forbids bpf.*--cap-add' seccomp
without_bpf 12 'no memory for BPF maps' no_memory
filtered bpf 1 "$WICK" doctor
check "doctor with a filter: says so" grep -q '^note  sampling.*seccomp filter.*--cap-add' "$T/last.out"
lacking bpf 38 "$WICK" doctor
check "doctor without bpf: exit status 0" exited 0
check "doctor without bpf: perf events are noted" grep -q '^note  sampling.*perf events' "$T/last.out"

filtered perf 1 "$WICK" doctor
check "doctor with a filter of perf events: says so" said 'seccomp filter.*perf_event_open.*--cap-add'
lacking perf 38 "$WICK" doctor
check "doctor without perf: exit status 1" exited 1
check "doctor without perf: sampling fails" grep -q '^FAIL  sampling' "$T/last.out"
lacking perf 38 "$WICK" record -o "$T/none.folded" -- touch "$T/ran"
check "-- CMD without perf: exit status 1" exited 1
check "-- CMD without perf: CMD was not run" [ ! -e "$T/ran" ]

# /proc that is not there, or another namespace's: each with its remedy.
unshare -m sh -c 'umount -l /proc; exec "$@"' - "$WICK" record -a -d 0.2 -o "$T/none.folded" \
	>"$T/last.out" 2>"$T/last.err"
check "without /proc: says so, and the remedy" said '/proc is not mounted.*mount -t proc proc /proc'
unshare -m sh -c 'umount -l /proc; exec "$@"' - "$WICK" doctor >"$T/last.out" 2>"$T/last.err"
check "doctor without /proc: says so" grep -q '^FAIL  /proc .*not mounted.*mount -t proc' "$T/last.out"
unshare -p --fork --kill-child "$WICK" doctor >"$T/last.out" 2>"$T/last.err"
check "doctor with another namespace's /proc: says so" \
	grep -q '^FAIL  /proc .*another pid namespace.*mount-proc' "$T/last.out"

done_testing
