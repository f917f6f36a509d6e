#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Without privileges: which one is missing, and nothing written.
. "$(dirname "$0")/lib.sh"
need_root

have setpriv || skip_all "no setpriv"
chmod 777 "$T"
cp "$WICK" "$T/wick" # another user may not reach the build directory
plain() {
	timeout -k 5 20 setpriv --reuid=65534 --regid=65534 --clear-groups --bounding-set=-all \
		"$T/wick" "$@" >"$T/last.out" 2>"$T/last.err"
	status=$?
}

plain --version
check "another user can run it" exited 0

for target in "-a" "-C 0"; do
	# The target is one or more words.
	# shellcheck disable=SC2086
	plain record -d 0.3 -o "$T/none.folded" $target
	check "$target as a plain user: exit status 1" exited 1
	check "$target as a plain user: names what is missing" said 'CAP_\|paranoid'
	check "$target as a plain user: names the remedy" said 'sudo'
	check "$target as a plain user: nothing is written" [ ! -e "$T/none.folded" ]
done
plain record -p $$ -d 0.3 -o "$T/none.folded"
check "-p as a plain user: exit status 1" exited 1
# His own processes are another matter: t54-tiers.sh.
plain doctor
check "doctor as a plain user: does not say that all is well" grep -q '^\(note\|FAIL\)  sampling' "$T/last.out"
check "doctor as a plain user: names the remedy" grep -q 'sudo\|CAP_' "$T/last.out" "$T/last.err"
plain symbolize -p 1 1000
check "symbolize -p 1 as a plain user: exit status 1" exited 1
check "symbolize -p 1 as a plain user: names the remedy" said 'sudo'

# What needs no privilege works without.
echo 'a;b 1' >"$T/in.folded"
plain flamegraph "$T/in.folded" -o "$T/plain.svg"
check "flamegraph as a plain user: exit status 0" exited 0
cp "$WORKLOADS/calltree" "$WORKLOADS/libinner.so" "$T"
plain symbolize -e "$T/calltree" 1000
check "symbolize -e as a plain user: exit status 0" exited 0

# An output that only root could write, and the process of another user.
start "$T/calltree" 30 >/dev/null
if setpriv --reuid=65534 --clear-groups --inh-caps=-all,+bpf,+perfmon,+sys_ptrace,+dac_read_search \
	--ambient-caps=-all,+bpf,+perfmon,+sys_ptrace,+dac_read_search true 2>/dev/null; then
	timeout 20 setpriv --reuid=65534 --regid=65534 --clear-groups \
		--inh-caps=-all,+bpf,+perfmon,+sys_ptrace,+dac_read_search \
		--ambient-caps=-all,+bpf,+perfmon,+sys_ptrace,+dac_read_search \
		"$T/wick" record -p "$last" -F 999 -d 0.5 -o "$T/caps.folded" \
		--stats "$T/caps.json" >"$T/last.out" 2>"$T/last.err"
	status=$?
	check "with the capabilities alone: exit status 0" exited 0
	check "with the capabilities alone: names too" seen caps ';main;run;phase_a;leaf_a(;|$)' 10
else
	skip "with the capabilities alone" "setpriv does not know CAP_BPF and CAP_PERFMON"
fi

done_testing
