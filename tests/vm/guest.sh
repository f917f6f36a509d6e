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
check "doctor: following a command works" doctor_says 'ok    following a command'
check "doctor: kernel functions have names" doctor_says 'ok    kernel names'
if [ "$btf" = btf ]; then
	check "doctor: sampling works" doctor_says 'ok    sampling  .* all 2 online CPUs'
	check "doctor: stacks can be walked by tables" doctor_says 'ok    unwind tables'
	check "doctor: without a word on stderr" [ ! -s "$T/last.err" ]
else
	check "there is no /sys/kernel/btf" [ ! -e /sys/kernel/btf ]
	check "doctor: sampling works by perf events" \
		doctor_says 'note  sampling  .* all 2 online CPUs, by perf events'
	check "doctor: stacks can be walked by tables, but not in the kernel" \
		doctor_says 'ok    unwind tables .*on copies of the stacks.*CONFIG_DEBUG_INFO_BTF'
fi

# It is looked for in kernels before 6.4, of which some have it and others not.
case $release in
6.1.*)
	check "doctor: the fix of copy_from_user_nofault() is found in the kernel's code" \
		doctor_says 'ok    kernel .*code has the fix'
	;;
esac

tier() {
	grep -q "\"tier\": \"$2\", ${3:+\"tier_why\": \"$3\", }\"ticks\"" "$T/$1.json"
}

chmod 777 "$T"

# Debian's kernels know a level above 2, against which CAP_PERFMON does not help.
as_user() {
	setpriv --reuid=65534 --regid=65534 --clear-groups "--inh-caps=-all$1" \
		"--ambient-caps=-all$1" "$WICK" record -o "$T/none.folded" -- true >"$T/last.out" 2>"$T/last.err"
	status=$?
}
for level in 3 4; do
	echo $level >/proc/sys/kernel/perf_event_paranoid
	for caps in "" ,+bpf,+perfmon,+sys_ptrace; do
		as_user "$caps"
		check "kernel.perf_event_paranoid $level, a user${caps:+ with $caps}: exit status 1" exited 1
		check "kernel.perf_event_paranoid $level, a user${caps:+ with $caps}: the remedy" \
			said "perf_event_paranoid is $level.*CAP_SYS_ADMIN.*sudo.*perf_event_paranoid=2"
	done
done
echo 2 >/proc/sys/kernel/perf_event_paranoid

# A container's root, without CAP_SYS_PTRACE, which this kernel wants for another user's process.
start setpriv --reuid=65534 --regid=65534 --clear-groups "$WORKLOADS/calltree" 60 >/dev/null
wait_for grep -q calltree "/proc/$last/comm"
setpriv --bounding-set=-all,+sys_admin,+dac_override --inh-caps=-all "$WICK" record -F 499 -d 1 -p "$last" \
	-o "$T/denied.folded" --stats "$T/denied.json" >"$T/last.out" 2>"$T/last.err"
status=$?
check "CAP_SYS_ADMIN alone, another user's process: that it cannot be read is said, and the remedy" \
	said '1 processes are not ours to read.*CAP_SYS_PTRACE.*--cap-add SYS_PTRACE'
check "CAP_SYS_ADMIN alone, another user's process: the ledger has it" \
	[ "$(stat_of denied unwind.processes_denied)" = 1 ]
stop "$last"

# By frame pointers.
record fp --unwind fp -F 499 -- "$WORKLOADS/calltree" 2
check "--unwind fp: exit status 0" exited 0
check "--unwind fp: the tier is bpf" tier fp bpf
check "--unwind fp: whole paths" seen fp '^calltree;.*;main;run;phase_a;leaf_a(;|$)' 50
record kernel --unwind fp -K -F 499 -- "$WORKLOADS/faults" 1
check "kernel functions have names" seen kernel '_\[k\]' 20
check "and the path into the kernel is there" seen kernel '(exc_page_fault|entry_SYSCALL_64).*_\[k\]' 10

# By tables.
record tree -F 499 -- "$WORKLOADS/nofp/calltree" 2
check "auto: exit status 0" exited 0
check "auto: stacks are complete" complete tree 95
check "auto: whole paths" seen tree ';_start;(.*;)?main;run;phase_a;leaf_a(;|$)' 50
if [ "$btf" = btf ]; then
	check "auto: the tier is bpf" tier tree bpf
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
	check "auto: the tier is perf, and why" tier tree perf no_tables
	check "auto: says so" said 'cannot walk stacks by unwind tables.*by perf events'
	check "auto: once" [ "$(grep -c '^wick: ' "$T/last.err")" = 1 ]
	record cfi --unwind cfi -F 499 -- "$WORKLOADS/nofp/calltree" 1
	check "--unwind cfi: the tier is perf" tier cfi perf no_tables
	check "--unwind cfi: complete" complete cfi 95
	record deep -F 499 -- "$WORKLOADS/nofp/deep" 300 2
	check "300 frames: complete" complete deep 95
fi

# A process that runs, and the whole machine.
start "$WORKLOADS/calltree" 60 2 >/dev/null
record pid -F 499 -p "$last" -d 2
check "-p: functions are there" seen pid '^calltree;.*;phase_a;leaf_a(;|$)' 50
check "-p: stacks are complete" complete pid 95
record all -a -F 499 -d 2
check "-a: functions are there" seen all '^calltree;.*;phase_a;leaf_a(;|$)' 50
stop "$last"

# Without privileges: perf events, walked by tables also where the kernel cannot.
echo 2 >/proc/sys/kernel/perf_event_paranoid	# Debian's is 3
chmod 777 "$T"
record_as_user() {
	run=$1
	shift
	timeout -k 5 "$RUN_LIMIT_S" setpriv --reuid=65534 --regid=65534 --clear-groups \
		--bounding-set=-all "$WICK" record -o "$T/$run.folded" --stats "$T/$run.json" "$@" \
		>"$T/last.out" 2>"$T/last.err"
	status=$?
	check_ledger "$run"
}
record_as_user user -F 499 -- "$WORKLOADS/nofp/calltree" 2
check "an ordinary user's command: exit status 0" exited 0
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

# The clock jumps by an hour, on and back, every few milliseconds: nothing is timed by it.
JUMPS=$B/tests/vm/jumps

uptime_s() {
	cut -d ' ' -f 1 /proc/uptime
}

# within VALUE LEAST MOST
within() {
	awk -v value="$1" -v least="$2" -v most="$3" 'BEGIN {
		print least " <= " value " <= " most
		exit !(value != "" && value >= least && value <= most)
	}'
}

# date_of FILE : of a pprof profile (field 9), in seconds.
date_of() {
	gzip -dc "$1" | od -An -v -t u1 | awk '
		function varint(  value, unit) {
			for (unit = 1; byte[at] >= 128; unit *= 128)
				value += (byte[at++] - 128) * unit
			return value + byte[at++] * unit
		}
		{ for (i = 1; i <= NF; i++) byte[++cnt] = $i }
		END {
			for (at = 1; at <= cnt;) {
				tag = varint()
				if (tag % 8 == 2) { size = varint(); at += size }
				else if (tag % 8 == 0) { value = varint(); if (tag == 72) printf "%.3f\n", value / 1e9 }
				else exit 1
			}
		}'
}

began=$(uptime_s)
date=$(date +%s)
record clock -F 499 -o "$T/clock.pb.gz" -- sh -c '"$0" 7 200 & "$1" 2; wait' \
	"$JUMPS" "$WORKLOADS/nofp/calltree"
took_s=$(awk -v now="$(uptime_s)" -v began="$began" 'BEGIN { print now - began }')
check "the clock jumps: exit status 0" exited 0
check "the clock jumps: and it did" [ $(($(date +%s) - date)) -ge 3600 ]
check "the clock jumps: the duration is what it was" \
	within "$(stat_of clock duration_s)" 1.9 "$took_s"
check "the clock jumps: so is the time that the report took" \
	within "$(stat_of clock overhead.report_s)" 0 "$took_s"
check "the clock jumps: the date is that of the start" within "$(date_of "$T/clock.pb.gz")" \
	"$date" "$(awk -v date="$date" -v s="$took_s" 'BEGIN { printf "%.3f", date + s + 1 }')"
check "the clock jumps: functions are there" seen clock ';main;run;phase_a;leaf_a(;|$)' 50
start "$WORKLOADS/nofp/calltree" 60 >/dev/null
calltree=$last
start "$JUMPS" 7 100000
jumps=$last
record limit -F 499 -d 1 -p "$calltree"
check "the clock jumps: -d 1 is a second" within "$(stat_of limit duration_s)" 1 3
check "the clock jumps: tables were waited for" complete limit 95
record_as_user jumpy -F 499 -- "$WORKLOADS/nofp/calltree" 1
check "the clock jumps: an ordinary user's command: complete" complete jumpy 95
stop "$calltree"
start "$WORKLOADS/jit" 60
wait_for [ -s "/tmp/perf-$last.map" ]
record jit -F 499 -d 1 -p "$last"
check "the clock jumps: functions of a perf map" seen jit ';jit_hot_\[j\]' 20
stop "$last"
start "$WORKLOADS/server" hang >"$T/port"
wait_for [ -s "$T/port" ]
mkdir "$T/cache"
HOME=$T/cache DEBUGINFOD_URLS=http://127.0.0.1:$(cat "$T/port")
export HOME DEBUGINFOD_URLS
record hangs -F 499 --debuginfod-timeout 3 -- \
	sh -c 'i=0; while [ $i -lt 200000 ]; do i=$((i + 1)); done'
unset DEBUGINFOD_URLS
if said 'debuginfod: .*install libdebuginfod'; then
	skip "the clock jumps: a server that hangs" "no libdebuginfod on the machine that this is made of"
else
	check "the clock jumps: a server that hangs has its three seconds" \
		within "$(stat_of hangs overhead.report_s)" 2.9 9
	check "the clock jumps: and that is said" said 'debuginfod.*--debuginfod-timeout'
fi
stop "$last"
stop "$jumps"

# It sleeps until its tables are built and it is known how it is walked: an emulated machine is slow.
if [ -x /usr/bin/python3 ]; then
	record python -F 499 --native-frames all -- /usr/bin/python3 -S -c '
import time
time.sleep(4)
def fib(n): return n if n < 2 else fib(n - 1) + fib(n - 2)
fib(25)'
	check "python3: exit status 0" exited 0
	check "python3: stacks are complete" complete python 95
	check "python3: the interpreter's loop is on them" seen python '_PyEval_EvalFrameDefault' 50
	[ "$btf" != btf ] ||
		check "python3: so are its own functions" seen python ';fib .<string>:4._\[p\]' 20
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
