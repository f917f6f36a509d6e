#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# CPUs that are offline, or go offline during the run.
. "$(dirname "$0")/lib.sh"
need_root

online=/sys/devices/system/cpu/cpu1/online
[ -w $online ] || skip_all "there is no CPU that can be taken offline"
echo 0 2>/dev/null >$online || skip_all "this machine does not take its CPUs offline"
at_exit="echo 1 >$online"
if [ "$(cat $online)" != 0 ]; then
	skip_all "this machine does not take its CPUs offline"
fi

record offline -a -F 999 -d 2 -- "$WORKLOADS/calltree" 2
check "an offline CPU: exit status 0" exited 0
check "an offline CPU: the others are sampled" seen offline '^calltree;.*;leaf_a(;|$)' 10
wick record -C 1 -d 0.2 -o "$T/none.folded"
check "-C of an offline CPU: exit status 1" exited 1
check "-C of an offline CPU: says which" said 'CPU 1 is not online'
check "-C of an offline CPU: nothing is written" [ ! -e "$T/none.folded" ]

echo 1 >$online
start "$WORKLOADS/calltree" 10 >/dev/null
start sh -c 'sleep 0.5; echo 0 >$0' $online
record during -a -F 999 -d 3
check "a CPU that goes offline during the run: exit status 0" exited 0
check "a CPU that goes offline during the run: sampled on" seen during '^calltree;.*;leaf_a(;|$)' 30
echo 1 >$online

done_testing
