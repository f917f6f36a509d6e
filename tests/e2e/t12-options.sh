#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# What each option of `wick record` does to the profile.
. "$(dirname "$0")/lib.sh"
need_root

start "$WORKLOADS/calltree" 60 2 >/dev/null
calltree=$last
start "$WORKLOADS/faults" 60
faults=$last

record both -a -F 999 -d 1
check "by default kernel frames follow user frames" seen both '^faults;.*touch_pages;.*_\[k\]$' 10

record user -a -U -F 999 -d 0.5
check "-U: user frames are there" seen user ';touch_pages' 10
refuse "-U: no kernel frame is" grep -q '_\[k\]' "$T/user.folded"

record kernel -a -K -F 999 -d 0.5
check "-K: kernel frames are there" seen kernel '^faults;.*_\[k\]' 10
refuse "-K: no user frame is" grep -q 'touch_pages\|leaf_a' "$T/kernel.folded"
check "-K: samples in user code are counted at their root" seen kernel '^calltree$' 10
check "-K: every sample is without a user stack" \
	[ "$(stat_of kernel user_stacks.none)" = "$(stat_of kernel stored)" ]

record process -a --per-process -F 999 -d 0.5
check "--per-process: roots are comm-PID" seen process "^calltree-$calltree;" 10
refuse "--per-process: no other root of that name" grep -q '^calltree;' "$T/process.folded"

record thread -a --per-thread -F 999 -d 0.5
check "--per-thread: roots are comm-PID/TID" seen thread "^calltree-$calltree/[0-9]+;" 10
check "--per-thread: both threads have one" \
	[ "$(grep -o "^calltree-$calltree/[0-9]*" "$T/thread.folded" | sort -u | wc -l)" -ge 2 ]

record bare -a --no-annotations -F 999 -d 0.5
check "--no-annotations: kernel frames are there" seen bare ';touch_pages;.*fault' 5
refuse "--no-annotations: without a mark" grep -q '_\[[kij]\]' "$T/bare.folded"

record cpu0 -a -C 0 -F 999 -d 0.5
check "-C: one CPU" [ "$(stat_of cpu0 cpus)" = 1 ]
check "-C: its ticks only" [ "$(stat_of cpu0 ticks)" -le 700 ]
wick record -C 4095 -d 0.1 -o "$T/none.folded"
check "-C: a CPU that does not exist is refused" exited 1
check "-C: by its number" said 'CPU 4095 is not online'
check "-C: nothing is written" [ ! -e "$T/none.folded" ]

record slow -a -F 49 -d 1
record fast -a -F 1999 -d 1
check "-F: the rate is what was asked for" \
	[ "$(stat_of fast ticks)" -gt $((10 * $(stat_of slow ticks))) ]
cpus=$(stat_of fast cpus)
check "-F: never more than asked for" awk -v ticks="$(stat_of fast ticks)" -v cpus="$cpus" \
	-v seconds="$(stat_of fast duration_s)" \
	'BEGIN { print ticks, cpus, seconds; exit !(ticks <= 1.1 * 1999 * cpus * seconds) }'
rate=$(cat /proc/sys/kernel/perf_event_max_sample_rate)
wick record -F $((rate + 1)) -d 0.1 -o "$T/none.folded"
check "-F above the kernel's limit: exit status 1" exited 1
check "-F above the kernel's limit: names the sysctl" said 'perf_event_max_sample_rate'
check "-F above the kernel's limit: nothing is written" [ ! -e "$T/none.folded" ]

record faults -p "$faults" -e page-faults -F 999 -d 3
check "-e page-faults: the function that faults" seen faults '^faults;.*;touch_pages' 10
check "-e page-faults: is all there is" \
	[ "$(total "$T/faults.folded" 'touch_pages')" -ge $(($(stat_of faults stored) * 9 / 10)) ]
check "-e: the ledger names the event" grep -q '"event": "page-faults"' "$T/faults.json"
wick record -e cycles -d 0.2 -o "$T/cycles.folded"
if [ "$status" = 0 ]; then
	check "-e cycles: is sampled" [ -s "$T/cycles.folded" ]
else
	check "-e cycles: a machine without that counter says so" said 'no such counter'
fi

record fp -p "$calltree" --unwind fp -F 999 -d 0.5
check "--unwind fp: whole stacks" seen fp ';phase_b;mid_b;leaf_b(;|$)' 10
record auto -p "$calltree" --unwind auto -F 999 -d 0.5
check "--unwind auto: whole stacks" seen auto ';phase_b;mid_b;leaf_b(;|$)' 10

stop "$calltree"
stop "$faults"

# The idle task, which runs when nothing else does: perhaps not at the first look.
for attempt in 1 2 3 4 5 6; do
	record "no_idle$attempt" -a -F 999 -d 0.4
	record "idle$attempt" -a --idle -F 999 -d 0.4
	seen "idle$attempt" '^swapper/[0-9]+;' >/dev/null && break
done
refuse "without --idle the idle task is not seen" seen "no_idle$attempt" '^swapper'
check "--idle: no tick is put aside" [ "$(stat_of "idle$attempt" idle)" = 0 ]
if [ "$(stat_of "no_idle$attempt" idle)" -gt 100 ]; then
	check "--idle: the idle task is seen" seen "idle$attempt" '^swapper/[0-9]+;'
else
	skip "--idle: the idle task is seen" "no CPU was ever idle"
fi

# Several outputs of one run.
"$WICK" record -a -F 99 -d 0.3 -q -o "$T/one.folded" -o "$T/two.svg" -o "$T/three" --format folded \
	-o "$T/four.txt" -o - --stats "$T/stats.json" >"$T/five.folded" 2>"$T/last.err"
status=$?
check "several outputs: exit status 0" exited 0
for copy in three four.txt five.folded; do
	check "several outputs: $copy is the same profile" cmp "$T/one.folded" "$T/$copy"
done
check "several outputs: the picture is one" grep -q '<svg' "$T/two.svg"
check "-q: nothing on stderr" [ ! -s "$T/last.err" ]
wick record -a -F 99 -d 0.2 -o "$T/said.folded" -o - --stats "$T/said.json"
check "each file that was written is said, stdout is not" \
	[ "$(sed -n 's/^wrote //p' "$T/last.err")" = "$(printf '%s\n%s' "$T/said.folded" "$T/said.json")" ]
check "folded lines are sorted bytewise" env LC_ALL=C sort -c "$T/one.folded"
check "outputs are as public as umask says" \
	[ "$(stat -c %a "$T/one.folded")" = "$(printf '%o' $((0666 & ~0$(umask))))" ]

"$WICK" record -a -F 99 -d 0.2 -q --stats - -o "$T/six.folded" >"$T/seven.json"
check "--stats -: the ledger is on stdout" ledger_adds_up "$T/seven.json"

# Without --output.
start "$WORKLOADS/names" 60
cd "$T" || exit 1
"$WICK" record -a -F 999 -d 0.3 2>"$T/last.err" >"$T/eight.folded"
check "no -o and stdout in a pipe: folded stacks" grep -qE '^[^;]+.* [0-9]+$' "$T/eight.folded"
check "no -o and stdout in a pipe: no picture" [ ! -e wick.svg ]
wick record -F 99 -- true
check "no -o and a command: wick.svg" [ -s wick.svg ]
cp wick.svg first.svg
wick record -F 99 -- true
check "no -o twice: the older one is wick.svg.old" cmp first.svg wick.svg.old
if have script; then
	mkdir "$T/terminal"
	(cd "$T/terminal" && script -qec "'$WICK' record -a -F 99 -d 1.2" /dev/null) \
		</dev/null >"$T/terminal.out" 2>&1
	check "on a terminal: wick.svg" [ -s "$T/terminal/wick.svg" ]
	check "on a terminal: it says so" grep -q 'wrote wick.svg' "$T/terminal.out"
	check "on a terminal: a progress line" grep -q '1 s, [0-9]* samples, 0 lost' "$T/terminal.out"
	check "on a terminal: a table" grep -q 'self   total  function' "$T/terminal.out"
else
	skip "on a terminal" "no script"
fi
wick record -v -a -F 99 -d 0.2 -o "$T/nine.folded"
check "-v: works" exited 0
wick record -vv -a -F 99 -d 0.2 -o "$T/nine.folded"
check "-vv: has libbpf's own messages" said 'libbpf:'

done_testing
