#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Programs on a file system whose server falls silent: wick goes on, and ends in time.
. "$(dirname "$0")/lib.sh"
need_root
[ -c /dev/fuse ] || skip_all "there is no /dev/fuse"

mkdir "$T/mnt"
start "$WORKLOADS/silentfs" "$T/mnt" "$WORKLOADS/nofp/calltree" "$T/silent"
server=$last
at_exit="rm -f $T/silent; kill $server 2>/dev/null; umount -l $T/mnt 2>/dev/null"
wait_for grep -q "$T/mnt" /proc/mounts || skip_all "FUSE cannot be mounted here"
LD_LIBRARY_PATH=$WORKLOADS/nofp:$WORKLOADS
export LD_LIBRARY_PATH
start "$T/mnt/prog" 120 >/dev/null
program=$last
wait_for grep -q libinner "/proc/$program/maps"
sleep 0.3
start "$WORKLOADS/nofp/calltree" 120 >/dev/null
beside=$last

# Its /tmp, where the names of generated code would be, is that file system.
start unshare -m sh -c 'exec 9<"$1" && mount --bind "$0" /tmp && exec /proc/self/fd/9 120 nomap' \
	"$T/mnt" "$WORKLOADS/jit" >/dev/null
jit=$last
wait_for grep -q "$WORKLOADS/jit" "/proc/$jit/maps"

record answers -p "$program" -F 999 -d 0.5
check "while it answers its functions have names" seen answers ';main;run;phase_a;leaf_a' 20

# in_time SECONDS ARGS... : a recording that was over by then.
in_time() {
	limit=$1
	shift
	begin=$(date +%s%N)
	"$WICK" "$@" >"$T/last.out" 2>"$T/last.err"
	status=$?
	took=$((($(date +%s%N) - begin) / 1000000))
	echo "$took ms, status $status"
	[ "$status" = 0 ] && [ $took -lt $((limit * 1000)) ]
}

touch "$T/silent"
check "-p: it ends in time" in_time 6 record -p "$program" -F 999 -d 1 -o "$T/silent.folded"
check "-p: what ran is in it" [ "$(total "$T/silent.folded")" -ge 50 ]
check "-p: it says why there are no names" said 'file system does not answer'
check "-p, its /tmp is silent: it ends in time" in_time 6 record -p "$jit" -F 999 -d 1 -o "$T/jit.folded"
check "-p, its /tmp is silent: what ran is in it" [ "$(total "$T/jit.folded")" -ge 50 ]
check "-p, its /tmp is silent: it is said" said "/tmp/perf-$jit.map: its file system does not answer"
check "-a: it ends in time" in_time 6 record -a -F 999 -d 1 -o "$T/all.folded" --stats "$T/all.json"
check "-a: what runs beside it has its stacks" \
	seen all "^calltree;_start;.*;main;run;phase_a;leaf_a" 50
check_ledger all

start "$WICK" record -a -F 999 -o "$T/signal.folded"
wick=$last
wait_for grep -q '^Seccomp:.2' "/proc/$wick/status"
sleep 1
kill -INT "$wick"
gone() {
	! kill -0 "$wick" 2>/dev/null
}
wait_for gone
check "Ctrl-C: it ends" gone
check "Ctrl-C: the profile is written" [ -s "$T/signal.folded" ]

check "its output's reader sees the end" timeout 10 sh -c '
	"$0" record -a -F 99 -d 1 -q -o /dev/stdout --format folded | cat >"$1"' "$WICK" "$T/pipe.folded"
check "and has it all" [ -s "$T/pipe.folded" ]

rm "$T/silent"
record again -p "$program" -F 999 -d 0.5
check "when it answers again there are names" seen again ';main;run;phase_a;leaf_a' 20
stop "$jit"
stop "$beside"
stop "$program"

done_testing
