#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# guest.sh RELEASE btf|nobtf [long] - what wick does on the kernel that run.sh booted.
B=/build
RUN_LIMIT_S=100	# an emulated machine is slow
. "$(dirname "$0")/../e2e/lib.sh"
release=$1
btf=$2
long=${3:-}

check "the kernel is $release" [ "$(uname -r)" = "$release" ]

# What the doctor says, and what it must say then.

doctor_says() {
	grep -q "^$1" "$T/doctor.out"
}

wick doctor
check "doctor: exit status 0" exited 0
mv "$T/last.out" "$T/doctor.out"
check "doctor: sampling works" doctor_says 'ok    sampling  .* all 2 online CPUs'
check "doctor: following a command works" doctor_says 'ok    following a command'
check "doctor: kernel functions have names" doctor_says 'ok    kernel names'
if [ "$btf" = btf ]; then
	check "doctor: stacks can be walked by tables" doctor_says 'ok    unwind tables'
	check "doctor: without a word on stderr" [ ! -s "$T/last.err" ]
else
	check "there is no /sys/kernel/btf" [ ! -e /sys/kernel/btf ]
	check "doctor: stacks can be walked by frame pointers only" \
		doctor_says 'note  unwind tables .*frame pointers only'
fi

# By frame pointers.
record fp --unwind fp -F 499 -- "$WORKLOADS/calltree" 2
check "--unwind fp: exit status 0" exited 0
check "--unwind fp: whole paths" seen fp '^calltree;.*;main;run;phase_a;leaf_a(;|$)' 50
record kernel --unwind fp -K -F 499 -- "$WORKLOADS/faults" 1
check "kernel functions have names" seen kernel '_\[k\]' 20
check "and the path into the kernel is there" seen kernel '(exc_page_fault|entry_SYSCALL_64).*_\[k\]' 10

# By tables.
record tree -F 499 -- "$WORKLOADS/nofp/calltree" 2
check "auto: exit status 0" exited 0
if [ "$btf" = btf ]; then
	refuse "auto: does not fall back" said 'falling back'
	check "auto: stacks are complete" complete tree 95
	check "auto: whole paths" seen tree ';_start;(.*;)?main;run;phase_a;leaf_a(;|$)' 50
	record cfi --unwind cfi -F 499 -- "$WORKLOADS/nofp/calltree" 1
	check "--unwind cfi: complete" complete cfi 95
	LD_PRELOAD=/build/tests/vm/noloop.so
	export LD_PRELOAD
	record tail --unwind cfi -F 499 -- env -u LD_PRELOAD "$WORKLOADS/nofp/calltree" 2
	record deep --unwind cfi -F 499 -- env -u LD_PRELOAD "$WORKLOADS/nofp/deep" 500 2
	wick doctor
	unset LD_PRELOAD
	check "without bpf_loop: doctor knows the walk by tail calls" \
		grep -q '^ok    unwind tables' "$T/last.out"
	check "without bpf_loop: complete" complete tail 95
	check "without bpf_loop: whole paths" seen tail ';_start;(.*;)?main;run;phase_a;leaf_a(;|$)' 50
	check "without bpf_loop: 500 frames" complete deep 95
	record loop --unwind cfi -F 499 -- "$WORKLOADS/nofp/deep" 500 2
	check "500 frames: complete" complete loop 95
	record deeper --unwind cfi -F 499 -- "$WORKLOADS/nofp/deep" 600 2
	check "600 frames: cut, and marked" [ "$(stat_of deeper incomplete_why.too_deep)" -ge 50 ]
else
	check "auto: says that it falls back" said 'falling back to frame pointers'
	check "auto: once" [ "$(grep -c 'falling back' "$T/last.err")" = 1 ]
	check "auto: functions are there" seen tree '^calltree;.*leaf_a(;|$)' 50
	wick record --unwind cfi -d 0.2 -o "$T/none.folded"
	check "--unwind cfi: exit status 1" exited 1
	check "--unwind cfi: says why" said 'cannot load the sampling program'
	check "--unwind cfi: nothing is written" [ ! -e "$T/none.folded" ]
fi

# A process that runs, and the whole machine.
start "$WORKLOADS/calltree" 60 2 >/dev/null
record pid -F 499 -p "$last" -d 2
check "-p: functions are there" seen pid '^calltree;.*;phase_a;leaf_a(;|$)' 50
record all -a -F 499 -d 2
check "-a: functions are there" seen all '^calltree;.*;phase_a;leaf_a(;|$)' 50
stop "$last"

# Without privileges: perf events, walked by tables also where the kernel cannot.
echo 2 >/proc/sys/kernel/perf_event_paranoid	# Debian's is 3
chmod 777 "$T"
timeout -k 5 "$RUN_LIMIT_S" setpriv --reuid=65534 --regid=65534 --clear-groups --bounding-set=-all \
	"$WICK" record -o "$T/user.folded" --stats "$T/user.json" -F 499 -- \
	"$WORKLOADS/nofp/calltree" 2 >"$T/last.out" 2>"$T/last.err"
status=$?
check "an ordinary user's command: exit status 0" exited 0
check_ledger user
check "an ordinary user's command: the tier is named" grep -q '"tier": "perf-user"' "$T/user.json"
check "an ordinary user's command: complete" complete user 95
check "an ordinary user's command: whole paths" \
	seen user ';_start;(.*;)?main;run;phase_a;leaf_a(;|$)' 50

# What a command starts.
record follow -F 499 -- sh -c 'for i in 1 2; do "$0" 1 >/dev/null & done; wait; exit 7' \
	"$WORKLOADS/calltree"
check "-- CMD: the command's status" exited 7
check "-- CMD: its children are followed" seen follow '^calltree;.*;phase_a;leaf_a(;|$)' 50
record storm -F 499 -- "$WORKLOADS/children" 20 100
check "short processes: exit status 0" exited 0
check "short processes: children are seen" seen storm '^(child|exe);.*;child_work(;|$)' 20
check "short processes: theirs too" seen storm '^(child|exe);.*;grandchild_work(;|$)' 20

# The clock is set while it runs: nothing is timed by it.
start sh -c 'sleep 1; busybox date -s 2031-01-01 >/dev/null; sleep 0.5; busybox date -s 1999-01-01' \
	>/dev/null
record clock -F 499 -d 3 -- "$WORKLOADS/calltree" 3
check "the clock jumps: exit status 0" exited 0
check "the clock jumps: the duration is what it was" awk -v s="$(stat_of clock duration_s)" \
	'BEGIN { exit !(s > 2 && s < 12) }'

if [ -x /usr/bin/python3 ] && [ "$btf" = btf ]; then
	record python -F 499 -- /usr/bin/python3 -S -c '
def fib(n): return n if n < 2 else fib(n - 1) + fib(n - 2)
fib(25)'
	check "python3: exit status 0" exited 0
	check "python3: stacks are complete" complete python 95
	check "python3: the interpreter's loop is on them" seen python '_PyEval_EvalFrameDefault' 50
fi

# run_test NAME : one of the end-to-end tests; its own rows are not printed unless they failed.
run_test() {
	TMPDIR=$T sh "/tests/e2e/$1.sh" >"$T/$1.tap" 2>"$T/$1.err"
	ran=$?
	grep '^not ok' "$T/$1.tap"
	tail -n 60 "$T/$1.err"
	[ $ran = 0 ] && grep -q '^1\.\.' "$T/$1.tap" && ! grep -q '^not ok' "$T/$1.tap"
}

if [ "$long" ]; then
	# The others take a machine's speed for granted, in what they wait for or count.
	for test in t22-cgroup t23-signals t52-kernels t60-cpus; do
		check "$test passes" run_test $test
		grep '^1\.\.0' "$T/$test.tap" | diag
	done
fi

kernel_is_well() {
	dmesg >"$T/dmesg"
	! grep -E 'BUG:|Oops|WARNING:|Call Trace|soft lockup|stall' "$T/dmesg"
}
check "the kernel has no complaint" kernel_is_well

done_testing
