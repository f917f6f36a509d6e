#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Stacks of code without frame pointers reach the thread's entry; what cannot is marked.
. "$(dirname "$0")/lib.sh"
need_root
[ -e /sys/kernel/btf/vmlinux ] || skip_all "walking by tables needs the kernel's BTF"

# Programs with a known tree.
record tree -F 999 -- "$WORKLOADS/nofp/calltree" 3
check "without frame pointers: stacks are complete" complete tree 99.5
check "without frame pointers: the caller of a leaf is there" \
	seen tree ';_start;(.*;)?main;run;phase_a;leaf_a(;|$)' 100
refuse "without frame pointers: no leaf lacks its caller" seen tree ';run;leaf_a(;|$)'
record by_fp --unwind fp -F 999 -- "$WORKLOADS/nofp/calltree" 1
refuse "by frame pointers the same program is incomplete" complete by_fp 50
record by_cfi --unwind cfi -F 999 -- "$WORKLOADS/nofp/calltree" 3
check "--unwind cfi walks as auto does" complete by_cfi 99.5

# Depth.
record deep500 -F 999 -- "$WORKLOADS/nofp/deep" 500 1
check "500 frames: complete" complete deep500 99
record deep600 -F 999 -- "$WORKLOADS/nofp/deep" 600 1
check "600 frames: cut, and marked" of_program deep600 deep 0
check "600 frames: the ledger says why" [ "$(stat_of deep600 incomplete_why.too_deep)" -ge 50 ]
refuse "600 frames: no stack passes for complete" seen deep600 '^deep;recurse'

# Functions that are bound at their first call: the resolver's CFA is in RBX.
start "$B/tests/truth/frames"
record lazy -F 4999 -p "$last" -d 1
stop "$last"
check "lazy binding: its stacks are on the way" [ "$(stat_of lazy user_stacks.complete)" -ge 100 ]
check "lazy binding: no stack ends there" \
	[ "$(stat_of lazy incomplete_why.register_not_saved)" = 0 ]

# Distribution programs as they are.
if have openssl; then
	record openssl -F 999 -- openssl speed -seconds 1 -evp sha256 -bytes 16384
	check "openssl: stacks are complete" complete openssl 99.5
fi
if [ -x /usr/bin/python3 ]; then
	record python -F 999 -- /usr/bin/python3 -c '
def fib(n): return n if n < 2 else fib(n - 1) + fib(n - 2)
fib(34)'
	check "python3: stacks are complete" complete python 99
	# What python 3.14 has for a loop bears no name, but the walk gets through it to its caller.
	check "python3: the interpreter's loop is on them" seen python ';PyEval_EvalCode;' 50
	record starts -F 4999 -- sh -c 'for i in 1 2 3 4 5 6 7 8; do
		for j in 1 2 3 4 5; do /usr/bin/python3 -c pass; done; done'
	check "python3 as it starts: it was sampled" seen starts '^python3;.*Py_BytesMain' 500
	check "python3 as it starts: no stack ends before a library that has just been mapped" \
		[ "$(stat_of starts incomplete_why.unknown_code)" -le 4 ]
fi
if have gzip; then
	head -c 30000000 /dev/urandom >"$T/random"
	record gzip -F 999 -- gzip -9 -c "$T/random"
	check "gzip: stacks are complete" complete gzip 98
fi

# Processes that are over before anybody could look at them.
start "$WORKLOADS/nofp/calltree" 30	# its libraries are known by then
record warm -F 99 -d 0.3
record short -F 999 -a -- "$WORKLOADS/nofp/children" 60 20
check "processes of 20 ms: they were sampled" seen short '^(exe|children);.*child_work' 200
check "processes of 20 ms: stacks are complete" of_program short 'exe|children' 97

# What a process maps may be anything.
start "$WORKLOADS/nofp/deep" maps 30000 15 >"$T/maps.out"
many=$last
wait_for grep -q ready "$T/maps.out"
record many -F 999 -p "$many" -d 1
check "30,000 mappings: stacks are complete" complete many 99
stop "$many"

cp "$B/tests/workloads/libinner.so" "$T/broken.so"
offset=$(readelf -SW "$T/broken.so" | awk '$2 == ".eh_frame" || $3 == ".eh_frame" {
	for (i = 1; i < NF; i++) if ($i == "PROGBITS") print $(i + 2) }')
printf '\377\377\377\177\001\002\003\004\377\377\377\377' |
	dd of="$T/broken.so" bs=1 seek=$((0x$offset)) conv=notrunc 2>/dev/null
for file in "$T/broken.so" /dev/null /etc/passwd; do
	[ -s "$file" ] || continue
	"$WORKLOADS/nofp/deep" map "$file" 6 >"$T/map.out" &
	last=$!
	started="$started $last"
	wait_for grep -q ready "$T/map.out"
	record "map-$(basename "$file")" -F 999 -p "$last" -d 0.5
	check "$(basename "$file") is mapped: stacks are complete" \
		complete "map-$(basename "$file")" 99
	stop "$last"
done

# A cap on the memory of tables.
record capped --unwind-mem 2 -F 999 -d 1
check "--unwind-mem 2: no more than 2 MiB of tables" [ "$(stat_of capped unwind.table_bytes)" -le 2097152 ]

# A thread whose stack leads nowhere, of which no more copies are wanted: those of a thread whose
# table is being built are.
llvm=$(find /usr/lib/llvm-* -name 'libLLVM*.so.1' 2>/dev/null | head -n 1)
if [ -n "$llvm" ]; then
	record settled -F 999 -- "$WORKLOADS/settled" "$llvm" 1
	check "beside a broken stack: others wait for their tables" seen settled ';main;.*LLVMContext' 5
	check "beside a broken stack: none is cut for want of one" \
		[ "$(stat_of settled incomplete_why.table_not_ready)" = 0 ]
else
	skip "beside a broken stack" "no library of LLVM"
fi

# The report of how files are unwound.
wick doctor -p $$
check "doctor -p: exit status 0" exited 0
check "doctor -p: says how libc is unwound" grep -q 'libc.*\.eh_frame, [0-9]* functions' "$T/last.out"
wick doctor -p 99999999
check "doctor -p of no process: exit status 1" exited 1
check "doctor -p of no process: says so" said 'no process 99999999'

# The programs have no CO-RE relocation: BTF in /sys is not needed.
if mkdir "$T/empty" && unshare -m true 2>/dev/null; then
	timeout 30 unshare -m sh -c "mount --bind '$T/empty' /sys/kernel/btf && exec '$WICK' record \
		--unwind cfi -F 999 -o '$T/nobtf.folded' --stats '$T/nobtf.json' -- \
		'$WORKLOADS/nofp/calltree' 3" >"$T/last.out" 2>"$T/last.err"
	status=$?
	check "without /sys/kernel/btf: exit status 0" exited 0
	check_ledger nobtf
	check "without /sys/kernel/btf: stacks are complete" complete nobtf 99.5
fi

done_testing
