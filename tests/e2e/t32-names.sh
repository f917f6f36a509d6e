#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Names that are not in an ELF file's plain text: JIT code, vDSO, C++ and Rust.
. "$(dirname "$0")/lib.sh"
need_root

start "$WORKLOADS/jit" 60 >"$T/jit.out"
jit=$last
at_exit="rm -rf /tmp/perf-$jit.map /tmp/perf-1.map"
wait_for grep -q READY "$T/jit.out"
record jit -p "$jit" -F 999 -d 1
check "a function of the perf map has its name, marked _[j]" seen jit ';main;run;(jit_hot)_\[j\]$' 3
check "a semicolon in a name becomes a colon" seen jit ';jit:semicolon_\[j\]$' 3
check "code that the map does not name is unknown" seen jit ';run;\[(unknown|anon[^;]*)\]$' 3
check "and counted by its reason" grep -q '"unnamed": {"[a-z_]*": [0-9]' "$T/jit.json"
record plain -p "$jit" --no-annotations -F 999 -d 0.5
check "--no-annotations: without the mark" seen plain ';jit_hot$' 3

# A process in its own pid namespace writes the map under its own number.  In a chroot the root
# need not be a mount, which unshare --mount-proc wants to make private; /proc is one.
own_pids() {
	exec unshare -p -m --propagation unchanged --fork --kill-child sh -c \
		'mount --make-private /proc && mount -t proc proc /proc && exec "$@"' - "$@"
}
if (own_pids true) 2>/dev/null; then
	start own_pids "$WORKLOADS/jit" 60 >"$T/jit2.out" 2>&1
	wait_for grep -q READY "$T/jit2.out"
	inner=$(awk '{ print $1 }' "/proc/$last/task/$last/children")
	record pidns -p "$inner" -F 999 -d 0.7
	check "in a pid namespace: the map of the inner number" seen pidns ';jit_hot_\[j\]$' 3
	kill -9 "$inner"
	wait "$last"
	rm -f /tmp/perf-1.map
else
	skip "in a pid namespace" "unshare is not allowed"
fi

# Hostile maps: each is written over the map of a running process.
hostile_map() {
	what=$1
	record hostile -p "$jit" -F 999 -d 0.3
	check "perf map, $what: exit status 0" exited 0
	check "perf map, $what: the rest of the profile is whole" seen hostile ';main;run' 3
}
map=/tmp/perf-$jit.map
: >"$map"
hostile_map "empty"
head -c 300000 /dev/urandom >"$map"
hostile_map "random bytes"
awk 'BEGIN { printf "1000 "; for (i = 0; i < 100000; i++) printf "f"; print " x" }' >"$map"
hostile_map "a number of 100,000 digits"
awk 'BEGIN { for (i = 0; i < 200000; i++) printf "x" }' >"$map"
hostile_map "one line without an end"
printf 'ffffffffffffffff ffffffffffffffff top\n0 ffffffffffffffff all\n10 0 none\n-5 -5 minus\n' >"$map"
hostile_map "ranges that wrap around"
printf '0 7fffffffffff evil\001;<b>&"name\n' >"$map"
hostile_map "control characters"
refuse "control characters do not reach the output" grep -q "$(printf '\001')" "$T/hostile.folded"
rm "$map"
mkdir "$map"
hostile_map "a directory"
rmdir "$map"
mkfifo "$map"
hostile_map "a pipe that nobody writes"
rm "$map"
ln -s "$map" "$map"
hostile_map "a link to itself"
rm "$map"
stop "$jit"

# A map that comes late, grows, and is replaced by another file.
start "$WORKLOADS/jit" 60 nomap >"$T/jit3.out"
late=$last
wait_for grep -q READY "$T/jit3.out"
code=$(awk '$2 == "r-xp" && NF == 5 { sub(/-.*/, "", $1); print $1; exit }' "/proc/$late/maps")
page() {
	printf '%x' $((0x$code + $1 * 4096))
}
write_maps() {
	sleep 0.3
	echo "$(page 0) 1000 first_name" >"/tmp/perf-$late.map"
	sleep 0.1
	echo "$(page 1) 1000 grown_name" >>"/tmp/perf-$late.map"
	sleep 0.2
	echo "$(page 2) 1000 replaced_name" >"$T/newer.map"
	chmod 644 "$T/newer.map"
	mv "$T/newer.map" "/tmp/perf-$late.map"
}
at_exit="$at_exit; rm -f /tmp/perf-$late.map"
start write_maps
record late -p "$late" -F 999 -d 1
check "a perf map that is written while we sample" seen late ';replaced_name_\[j\]$' 3
wait "$last"
echo "$(page 0) 1000 first_name" >"/tmp/perf-$late.map"
echo "$(page 1) 1000 second_name" >>"/tmp/perf-$late.map"
start sh -c 'sleep 0.4; kill -9 "$0"; sleep 0.1; rm "/tmp/perf-$0.map"' "$late"
record killed -a -F 999 -d 1
check "of a process that was killed, and its map removed" seen killed ';first_name_\[j\]$' 3
check "all of the map" seen killed ';second_name_\[j\]$' 3
wait "$last"

record names -F 999 -- "$WORKLOADS/names" 2
check "C++ names are demangled" seen names ';main;store::Shelf<long>::find(\(|;|$)' 3
check "Rust names are (legacy)" seen names ';main;shelf::Book::open(;|$)' 3
check "Rust names are (v0)" seen names ';main;shelf::book::close(;|$)' 3
check "the vDSO has a name" seen names ';main;.*(__vdso_clock_gettime|\[vdso\])$' 3
record raw --no-demangle -F 999 -- "$WORKLOADS/names" 1
check "--no-demangle: C++ as it is" seen raw ';_ZN5store5ShelfIlE4findERKSs(;|$)' 3
check "--no-demangle: Rust as it is" seen raw ';_RNvNtCs1234_5shelf4book5close(;|$)' 3
check "a function that was inlined is marked _[i]" seen names ';shelf::Book::open;spin_\[i\]$' 3
record inlines --no-inlines -F 999 -- "$WORKLOADS/names" 2
check "--no-inlines: the function that holds it" seen inlines ';shelf::Book::open$' 3
refuse "--no-inlines: no inlined frame" grep -q '_\[i\]' "$T/inlines.folded"

done_testing
