#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Namespaces: targets in their own, wick in one.
. "$(dirname "$0")/lib.sh"
need_root
unshare -m -p --fork --kill-child true 2>/dev/null || skip_all "unshare is not allowed"
LIVES=$WORKLOADS/lives

# A root as a container has it: an overlay if that can be had, files that nobody
# else sees, a /tmp of its own.
mkdir -p "$T/lower/box" "$T/upper" "$T/scratch" "$T/root"
cp "$WORKLOADS/calltree" "$WORKLOADS/libinner.so" "$WORKLOADS/jit" "$LIVES" "$T/lower/box"
# Everything that they need.
for program in calltree jit lives; do
	ldd "$WORKLOADS/$program"
done | grep -o '/[^ ]*' | grep -v libinner | sort -u | while read -r library; do
	mkdir -p "$T/lower/$(dirname "$library")"
	cp -L "$library" "$T/lower/$library"
done
mkdir -p "$T/lower/tmp" "$T/lower/proc"
at_exit="umount -l $T/root 2>/dev/null"
overlay=
if mount -t overlay overlay -o "lowerdir=$T/lower,upperdir=$T/upper,workdir=$T/scratch" "$T/root" 2>/dev/null; then
	overlay=yes
else
	mount --bind "$T/lower" "$T/root" || skip_all "mount is not allowed"
fi
echo "# overlayfs: ${overlay:-no}"
# container COMMAND... : with its own mounts and pids; it is number 1.  $last of a
# started one is unshare, so that its only child is the process.
container() {
	exec unshare -m -p --fork --kill-child sh -c '
		mount -t tmpfs none "$0/tmp" && mount -t proc proc "$0/proc" &&
		exec chroot "$0" "$@"' "$T/root" "$@"
}
# The process inside, as we count it.
inner() {
	inside=$(awk '{ print $1 }' "/proc/$1/task/$1/children" 2>/dev/null)
	[ -n "$inside" ] && grep -q "$2" "/proc/$inside/maps"
}

start container /box/calltree 60 >/dev/null
wait_for inner "$last" /box/libinner
record outside -p "$inside" -F 999 -d 0.5
check "from outside: the program" seen outside ';main;run;phase_a;leaf_a(;|$)' 5
check "from outside: its library" seen outside ';lib_outer;lib_inner(;|$)' 10
check "from outside: no file is missed" [ -z "$(stat_of outside frames.user.unnamed.no_file)" ]
kill -9 "$inside" # unshare itself waits for it, whatever the signal
wait "$last"

brief_inside() {
	(container /box/lives brief 15)
	(container /box/lives brief 15)
	(container /box/lives forks 4 15)
	touch "$T/done"
}
wait_for_it() {
	record ended -a -F 1999 -- sh -c 'while [ ! -e "$0" ]; do sleep 0.1; done; sleep 0.1' "$T/done"
}
(sleep 0.5 && brief_inside) &
wait_for_it
check "processes of a container that ended: named" seen ended '^lives;.*;main;(forks_\[i\];)?(brief|forked)_work' 10
refuse "and not one is unknown" grep -E '^lives;.*\[(unknown|lives)\]$' "$T/ended.folded"

# A map in a /tmp that only the container sees, under the number that it has inside.
start container /box/jit 60 >"$T/jit.out"
wait_for grep -q READY "$T/jit.out"
inner "$last" /box/jit
record jit -p "$inside" -F 999 -d 0.7
check "the perf map of the inner number, in its own /tmp" seen jit ';jit_hot_\[j\]$' 3
start sleep 0.5
sleeping=$last
ends() {
	sleep 0.5
	kill -9 "$1"
}
start ends "$inside"
record jit_ended -a -F 999 -d 1
check "also when the container has ended" seen jit_ended ';jit_hot_\[j\]$' 3
wait "$sleeping"

# Bind mounts: the path outside leads to another file than inside.
mkdir "$T/bin"
cp "$LIVES" "$T/bin/calltree"
cp "$WORKLOADS/libinner.so" "$T/bin"
start unshare -m sh -c 'mount --bind "$1/calltree" "$0/calltree" && exec "$0/calltree" 60' \
	"$T/bin" "$WORKLOADS" >/dev/null
wait_for grep -q libinner "/proc/$last/maps"
record bind -p "$last" -F 999 -d 0.5
check "a bind mount: what is mounted there is named" seen bind ';main;run;phase_a;leaf_a(;|$)' 5
stop "$last"
bind_brief() {
	sleep 0.3
	unshare -m sh -c 'mount --bind "$1/calltree" "$0/calltree" && "$0/calltree" 0.05' "$T/bin" "$WORKLOADS"
	sleep 0.1
} >/dev/null
start bind_brief
record bind_ended -a -F 1999 -d 0.8
refuse "and never what lies there outside" grep -E '^calltree;.*brief_work' "$T/bind_ended.folded"
wait "$last"

# wick in a pid namespace.
# inside SCRIPT : $0 is wick, $1 the workloads, $2 the directory for what it writes.
inside() {
	timeout -k 5 60 unshare -p --fork --mount-proc --kill-child sh -c "$1" \
		"$WICK" "$WORKLOADS" "$T" >"$T/inside.out" 2>"$T/last.err"
	status=$?
}
inside '"$1/calltree" 60 >/dev/null & pid=$!
	sleep 0.2
	echo "$pid" >"$2/inside.pid"
	"$0" record -p "$pid" --per-process -F 999 -d 0.5 -o "$2/in_p.folded" --stats "$2/in_p.json"
	"$0" record -t "$pid" -F 999 -d 0.3 -o "$2/in_t.folded" --stats "$2/in_t.json"
	"$0" record -a -F 999 -d 0.5 -o "$2/in_a.folded" --stats "$2/in_a.json"
	"$0" record --children -p 1 -F 999 -d 0.5 -o "$2/in_children.folded" --stats "$2/in_children.json"
	kill "$pid"
	"$0" record -F 999 -o "$2/in_cmd.folded" --stats "$2/in_cmd.json" -- "$1/lives" tree 300
	"$0" record -F 1999 -o "$2/in_forks.folded" --stats "$2/in_forks.json" -- "$1/lives" forks 10 10'
check "the namespace counts for itself" [ "$(cat "$T/inside.pid")" -lt 100 ]
for run in in_p in_t in_a in_children in_cmd in_forks; do
	check_ledger $run
done
check "inside: -p by the inner number" seen in_p ';main;run;phase_a;leaf_a(;|$)' 5
check "inside: --per-process prints it" seen in_p "^calltree-$(cat "$T/inside.pid");" 20
check "inside: -t by the inner number" seen in_t ';main;run;phase_a;leaf_a(;|$)' 5
check "inside: system-wide names what it sees" seen in_a '^calltree;.*;main;run;phase_a;leaf_a(;|$)' 5
check "inside: --children" seen in_children '^calltree;.*;main;run;phase_a;leaf_a(;|$)' 5
check "inside: a command" seen in_cmd ';main;(tree_\[i\];)?parent_work' 5
check "inside: and its descendants" seen in_cmd ';main;(tree_\[i\];)?grandchild_work' 5
check "inside: children without exec" seen in_forks ';main;(forks_\[i\];)?forked_work' 10
refuse "inside: a command's own processes have no unknown frames" \
	grep -E '^lives;(.*;)?\[unknown\]' "$T/in_forks.folded"

# Others run outside: seen, not named, and said to be what they are.
start "$WORKLOADS/calltree" 60 >/dev/null
inside '"$0" record -a -F 999 -d 0.7 -o "$2/foreign.folded" --stats "$2/foreign.json"'
check_ledger foreign
check "inside: a process outside is there by its name" seen foreign '^calltree;' 20
check "and its frames have their reason" [ "$(stat_of foreign frames.user.unnamed.foreign)" -ge 20 ]
check "the summary says it" said 'another pid namespace'
stop "$last"

# A container in the container.
inside 'unshare -p --fork --kill-child "$1/calltree" 60 >/dev/null &
	sleep 0.4
	"$0" record -a -F 999 -d 0.5 -o "$2/nested.folded" --stats "$2/nested.json"'
check_ledger nested
if [ -e /sys/kernel/btf/vmlinux ]; then
	check "inside: a namespace below ours" seen nested '^calltree;.*;main;run;phase_a;leaf_a(;|$)' 5
else
	skip "inside: a namespace below ours" "no BTF"
fi

# A /proc that counts otherwise would name the wrong processes.
timeout 20 unshare -p --fork --kill-child "$WICK" record -a -d 0.1 -o "$T/none.folded" 2>"$T/last.err"
check "/proc of another namespace: an error" [ $? = 1 ]
check "which says how to mend it" said '--mount-proc'

done_testing
