#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Programs whose files are gone, elsewhere, or of a process that has ended.
. "$(dirname "$0")/lib.sh"
need_root

cp "$WORKLOADS/unlinked" "$T/unlinked"
start "$T/unlinked" 60 >"$T/unlinked.out"
wait_for grep -q DELETED "$T/unlinked.out"
record deleted -p "$last" -F 999 -d 0.5
check "a deleted program's functions have names" seen deleted ';main;orphan_work(;|$)' 20
stop "$last"

# Replaced by another file of the same name: the old one is still what runs.
cp "$WORKLOADS/calltree" "$WORKLOADS/libinner.so" "$T"
start "$T/calltree" 60 >/dev/null
wait_for grep -q libinner "/proc/$last/maps"
cp "$WORKLOADS/names" "$T/new"
mv "$T/new" "$T/calltree"
record replaced -p "$last" -F 999 -d 0.5
check "a replaced program's functions have its own names" seen replaced ';main;run;phase_a;leaf_a(;|$)' 10
stop "$last"

# The library, too.
cp "$WORKLOADS/calltree" "$T/calltree2"
start "$T/calltree2" 60 >/dev/null
wait_for grep -q libinner "/proc/$last/maps"
rm "$T/libinner.so"
record library -p "$last" -F 999 -d 0.7
check "a deleted library's functions have names" seen library ';lib_outer;lib_inner(;|$)' 10
stop "$last"

# A root directory of its own, as in a container: the paths mean nothing outside.
mkdir -p "$T/root/inside"
cp "$WORKLOADS/calltree" "$WORKLOADS/libinner.so" "$T/root/inside"
ldd "$WORKLOADS/calltree" | grep -o '/[^ ]*' | grep -v libinner | while read -r library; do
	mkdir -p "$T/root/$(dirname "$library")"
	cp -L "$library" "$T/root/$library"
done
start env LD_LIBRARY_PATH=/inside chroot "$T/root" /inside/calltree 60 >/dev/null
wait_for grep -q libinner "/proc/$last/maps"
record chroot -p "$last" -F 999 -d 0.5
check "in a chroot: the program" seen chroot ';main;run;phase_a;leaf_a(;|$)' 10
check "in a chroot: its library" seen chroot ';lib_outer;lib_inner(;|$)' 10
check "in a chroot: no file is missed" [ -z "$(stat_of chroot frames.user.unnamed.no_file)" ]
stop "$last"

if unshare -m true 2>/dev/null; then
	# A file system that only this process sees.
	# shellcheck disable=SC2016
	start unshare -m sh -c 'mount -t tmpfs none /mnt && cp "$0"/calltree "$0"/libinner.so /mnt &&
		exec /mnt/calltree 60' "$WORKLOADS" >/dev/null
	wait_for grep -q /mnt/libinner "/proc/$last/maps"
	record namespace -p "$last" -F 999 -d 0.5
	check "in a mount namespace: the program" seen namespace ';main;run;phase_a;leaf_a(;|$)' 10
	check "in a mount namespace: its library" seen namespace ';lib_outer;lib_inner(;|$)' 10
	stop "$last"
	record unshared -F 999 -- unshare -m sh -c 'mount -t tmpfs none /mnt &&
		cp "$0"/calltree "$0"/libinner.so /mnt && /mnt/calltree 0.5' "$WORKLOADS"
	check "and when it is gone before the end" seen unshared '^calltree;.*;phase_a;leaf_a(;|$)' 10
else
	skip "in a mount namespace" "unshare is not allowed"
fi

# Ends in the middle of a system-wide run, and its file with it.
cp "$WORKLOADS/unlinked" "$T/brief"
start "$T/brief" 1 >/dev/null
record ended -a -F 999 -d 2
check "a process that ended during the run has names" seen ended '^brief;.*;main;orphan_work(;|$)' 20

# Without symbols the file itself is the name; with a debug file beside it, that helps.
if have strip && have objcopy; then
	strip -o "$T/bare" "$WORKLOADS/names"
	record stripped -F 999 -- "$T/bare" 0.5
	check "a stripped program is named by its file" seen stripped '^bare;.*\[bare\]' 10
	check "and the ledger says why" \
		[ "$(stat_of stripped frames.user.unnamed.stripped)" -ge "$(stat_of stripped stored)" ]
	cp "$WORKLOADS/calltree" "$WORKLOADS/libinner.so" "$T"
	mkdir "$T/.debug"
	objcopy --only-keep-debug "$T/calltree" "$T/.debug/calltree.debug"
	strip "$T/calltree"
	objcopy --add-gnu-debuglink="$T/.debug/calltree.debug" "$T/calltree"
	record debuglink -F 999 -- "$T/calltree" 0.5
	check "a debug file found by its link gives the names" \
		seen debuglink ';main;run;phase_a;leaf_a(;|$)' 10
else
	skip "stripped programs" "no strip or objcopy"
fi

done_testing
