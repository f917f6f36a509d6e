#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# `wick record -G`: the tasks of a cgroup v2 and below.
. "$(dirname "$0")/lib.sh"
need_root

mount=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
[ -n "$mount" ] || skip_all "no cgroup v2 is mounted"
group=wick-test-$$
mkdir -p "$mount/$group/below" || skip_all "cannot make a cgroup below $mount"
at_exit="rmdir '$mount/$group/below' '$mount/$group'"

# shellcheck disable=SC2016
start sh -c 'echo $$ >"$0/cgroup.procs"; exec "$1" 60' "$mount/$group/below" "$WORKLOADS/calltree" \
	>/dev/null
inside=$last
start "$WORKLOADS/names" 60
wait_for grep -q "$inside" "$mount/$group/below/cgroup.procs"

for path in "$group" "$mount/$group" "$group/below"; do
	record group -G "$path" -F 999 -d 2 # several rounds, also of an emulated program
	check "-G $path: exit status 0" exited 0
	check "-G $path: tasks of the group and below are seen" seen group '^calltree;.*;leaf_a(;|$)' 10
	refuse "-G $path: others are not" seen group '^names'
done
stop "$inside"

mkdir "$mount/$group/empty"
at_exit="rmdir '$mount/$group/empty' '$mount/$group/below' '$mount/$group'"
record empty -G "$group/empty" -F 999 -d 0.3
check "a group without tasks: exit status 0" exited 0

wick record -G no-such-group -d 0.2 -o "$T/none.folded"
check "no such group: exit status 1" exited 1
check "no such group: says its name" said "no cgroup v2 'no-such-group'"
wick record -G "$T" -d 0.2 -o "$T/none.folded"
check "a directory that is no cgroup: exit status 1" exited 1
check "and nothing is written" [ ! -e "$T/none.folded" ]

done_testing
