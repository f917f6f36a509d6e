#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Damaged ELF files: of a running program, and given by name.
. "$(dirname "$0")/lib.sh"
need_root

# The pages that run are in memory; what is written over here is only read by
# those who want names.  (A program's own file is busy; a library's is not.)
overwrite() {
	dd if=/dev/urandom of="$1" bs=1 seek="$2" count="$3" conv=notrunc 2>/dev/null
}

# hostile_library "what" COMMAND... : run calltree, do that to its library, profile it.
hostile_library() {
	what=$1
	shift
	rm -rf "$T/victim"
	mkdir "$T/victim"
	cp "$WORKLOADS/calltree" "$WORKLOADS/libinner.so" "$T/victim"
	start "$T/victim/calltree" 60 >/dev/null
	wait_for grep -q libinner "/proc/$last/maps"
	sleep 0.1
	"$@"
	record hostile -p "$last" -F 999 -d 0.4
	check "$what: exit status 0" exited 0
	check "$what: the program's own functions have names" \
		seen hostile ';main;run;phase_a;leaf_a(;|$)' 10
	check "$what: nothing is made up" test "$(total "$T/hostile.folded" ';phase_d')" \
		-eq "$(total "$T/hostile.folded" ';phase_d(;(lib_outer|lib_inner|\[libinner.so\]|\[unknown\]|spin_\[i\]|.*_\[k\]))*$')"
	stop "$last"
}

lib=$T/victim/libinner.so
size=$(stat -c %s "$WORKLOADS/libinner.so")
hostile_library "library with another magic number" overwrite "$lib" 0 4
hostile_library "library with a random header" overwrite "$lib" 4 60
hostile_library "library with random program headers" overwrite "$lib" 64 400
hostile_library "library with a random end" overwrite "$lib" $((size - 3000)) 3000
hostile_library "library cut behind its code" truncate -s 12288 "$lib"
hostile_library "library without a byte of its tables" truncate -s $((size - 2000)) "$lib"

# While wick runs: it has looked at the file already, and needs it again at the end.
(
	sleep 0.6
	truncate -s 12288 "$T/victim/libinner.so"
) &
cutter=$!
hostile_library "library cut during the run" true
wait $cutter

# The same by name: each byte range of the header and the tables, and each length.
cp "$WORKLOADS/calltree" "$T/whole"
address=$(nm "$T/whole" 2>/dev/null | awk '$3 == "leaf_a" { print $1 }')
wick symbolize -e "$T/whole" "${address:-1000}"
check "a whole file is read" exited 0
size=$(stat -c %s "$T/whole")
survives() {
	wick symbolize -e "$1" "${address:-1000}"
	echo "status $status"
	[ "$status" = 0 ] || [ "$status" = 1 ]
}
bad=0
for at in 0 4 16 18 24 32 40 52 54 56 58 60 62 64 72 96 104; do
	cp "$T/whole" "$T/broken"
	overwrite "$T/broken" $at 2
	survives "$T/broken" >"$T/survives.out" || { bad=$((bad + 1)); cat "$T/survives.out" >&2; }
done
check "a file with two random bytes in its headers: an answer or an error" [ $bad = 0 ]
bad=0
for length in 0 1 4 15 16 63 64 100 512 4096 8191 $((size / 2)) $((size - 64)) $((size - 1)); do
	head -c "$length" "$T/whole" >"$T/broken"
	survives "$T/broken" >"$T/survives.out" || { bad=$((bad + 1)); cat "$T/survives.out" >&2; }
done
check "a file cut at any length: an answer or an error" [ $bad = 0 ]
i=0
bad=0
while [ $i -lt 20 ]; do
	cp "$T/whole" "$T/broken"
	overwrite "$T/broken" $((size - 4000 + i * 200)) 100
	survives "$T/broken" >"$T/survives.out" || { bad=$((bad + 1)); cat "$T/survives.out" >&2; }
	i=$((i + 1))
done
check "a file with random tables: an answer or an error" [ $bad = 0 ]

# The functions of 40 units, 200 times each, lead to one list of a million ranges.
bomb() {
	echo ".text"
	i=0
	while [ $i -lt 40 ]; do
		echo ".globl f$i; .type f$i,@function; f$i: ret; fe$i: .size f$i,1"
		i=$((i + 1))
	done
	echo '.globl main; .type main,@function; main: ret; .size main,1'
	echo '.section .debug_abbrev,"",@progbits'
	echo 'abbrev: .uleb128 1,0x11; .byte 1; .uleb128 0x11,1,0x12,7,0,0'
	echo '.uleb128 2,0x2e; .byte 0; .uleb128 0x55,0x17,0,0; .byte 0'
	echo '.section .debug_ranges,"",@progbits'
	echo 'list: .rept 1000000; .quad 1,2; .endr; .quad 0,0'
	echo '.section .debug_info,"",@progbits'
	i=0
	while [ $i -lt 40 ]; do
		echo ".long e$i-s$i; s$i: .short 4; .long abbrev; .byte 8; .uleb128 1; .quad f$i,1"
		echo ".rept 200; .uleb128 2; .long list; .endr; .byte 0; e$i:"
		i=$((i + 1))
	done
}
if have cc && have nm && bomb >"$T/bomb.s" && cc -no-pie -o "$T/bomb" "$T/bomb.s" 2>/dev/null; then
	nm "$T/bomb" | awk '$3 ~ /^f[0-9]+$/ { print $1 }' >"$T/addresses"
	before=$(awk '{ print $16 + $17 }' /proc/$$/stat)
	wick symbolize -e "$T/bomb" <"$T/addresses"
	after=$(awk '{ print $16 + $17 }' /proc/$$/stat)
	check "DWARF with work without end: its functions are named by their symbols" \
		[ "$(grep -c '^0x[0-9a-f]* f[0-9]' "$T/last.out")" = 40 ]
	check "DWARF with work without end: that is said" said "takes more than one file may"
	check "DWARF with work without end: it took less than 10 s of a CPU" \
		[ $(((after - before) / $(getconf CLK_TCK))) -lt 10 ]
else
	skip "DWARF with work without end" "no compiler and linker"
fi

done_testing
