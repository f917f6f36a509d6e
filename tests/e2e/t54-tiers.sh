#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Without the privileges for BPF: perf events, the same output, and the tier is named.
. "$(dirname "$0")/lib.sh"
need_root
have setpriv || skip_all "no setpriv"

PARANOID=/proc/sys/kernel/perf_event_paranoid
[ -w $PARANOID ] || skip_all "kernel.perf_event_paranoid cannot be set here"
was=$(cat $PARANOID)
at_exit="echo $was >$PARANOID"
echo 2 >$PARANOID

# What another user can reach.
mkdir -m 777 "$T/user"
cp "$WICK" "$WORKLOADS/deny" "$WORKLOADS/nofp/calltree" "$WORKLOADS/nofp/deep" "$WORKLOADS/nofp/children" "$T/user"
cp "$WORKLOADS/calltree" "$T/user/calltree-fp"
cp "$WORKLOADS/libinner.so" "$T/user"
chmod -R a+rX "$T/user"
BPF_WICK=$WICK
bin=$T/user

# Every run of `record` and `wick` below is one of this user's.
chmod 777 "$T"
cat >"$T/as-user" <<END
#!/bin/sh
exec setpriv --reuid=65534 --regid=65534 --clear-groups --bounding-set=-all '$bin/wick' "\$@"
END
cat >"$T/as-perfmon" <<END
#!/bin/sh
exec setpriv --bounding-set=-bpf,-sys_admin --inh-caps=-bpf,-sys_admin '$bin/wick' "\$@"
END
chmod 755 "$T/as-user" "$T/as-perfmon"
WICK=$T/as-user

tier() {
	flat_json "$T/$1.json" | awk -v want="\"$2\"" '
		$1 == "tier" { print; found = $2 == want } END { exit !found }'
}

kernel_frames() {
	total "$T/$1.folded" '_\[k\]'
	[ "$(total "$T/$1.folded" '_\[k\]')" -ge "$2" ]
}

# A command of one's own.
record own -F 999 -- "$bin/calltree" 3
[ "$status" = 0 ] || diag <"$T/last.err"
check "a command: exit status 0" exited 0
check "a command: the tier is named" tier own perf-user
check "a command: what is lost is said" said 'no BPF without root.*user code only'
check "a command: stacks are complete" complete own 99
check_shares own 4 2.5
check "a command: the caller of a leaf is there" \
	seen own '^calltree;_start;(.*;)?main;run;phase_a;leaf_a(;|$)' 100
refuse "a command: no frame of the kernel" kernel_frames own 1
check "a command: as many samples as CPU time and rate make" awk -v n="$(stat_of own stored)" \
	-v cpu="$(awk '$1 == "CPU" { print $2 }' "$T/last.out")" \
	'BEGIN { print n, cpu; exit !(n > 0.7 * 999 * cpu && n < 1.3 * 999 * cpu) }'
wick record -q -F 999 -o "$T/quiet.folded" -- "$bin/calltree" 0.2
check "-q: nothing is said" [ ! -s "$T/last.err" ]
wick record -q -o "$T/status.folded" -- sh -c 'exit 7'
check "a command: its exit status" exited 7
wick record -q -o "$T/status.folded" -- "$bin/nothing-there"
check "a command that does not exist: exit status 127" exited 127

record threads -F 999 -- "$bin/calltree" 2 2
check "threads: shares and stacks as well" complete threads 99
check_shares threads 4 2.5
record tree -F 999 -- "$bin/children" 20 20
check "children that live for 20 ms: they were sampled" \
	seen tree '^(exe|children);.*child_work' 50
check "children that live for 20 ms: stacks are complete" of_program tree 'exe|children' 97
# Children that are there when the rate changes, and such as come later.
record governed -F 4999 --max-overhead 0.1 -- \
	sh -c '"$0" 3 & sleep 1; "$0" 2; wait' "$bin/calltree"
check "--max-overhead: the rate falls" [ "$(stat_of governed rate.changes)" -ge 1 ]
check "--max-overhead: it says so" said 'more than --max-overhead 0.1: '
check "--max-overhead: far fewer samples were taken than are counted" \
	[ "$(stat_of governed counted)" -gt $((2 * $(stat_of governed stored))) ]
check "--max-overhead: the counts are still CPU time, of all children" \
	awk -v ticks="$(stat_of governed counted)" \
	-v cpu="$(awk '$1 == "CPU" { sum += $2 } END { print sum }' "$T/last.out")" \
	'BEGIN { print ticks / 4999, cpu; exit !(ticks > 0.6 * 4999 * cpu && ticks < 1.5 * 4999 * cpu) }'
check "--max-overhead: names and stacks are there" \
	seen governed '^calltree;_start;(.*;)?main;run;phase_a;leaf_a(;|$)' 10
record fp --unwind fp -F 999 -- "$bin/calltree-fp" 1
check "--unwind fp: the kernel's own walk" seen fp \
	'^calltree-fp;(.*;)?main;run;phase_b;mid_b;leaf_b(;|$)' 20
record slow -F 99 -- "$bin/deep" 400 3
check "-F 99: stacks are complete" complete slow 99

# Deeper than the copy.
record cut -F 999 -- "$bin/deep" frames 40 1
check "40 KiB of stack at 999 Hz: marked" of_program cut deep 0
check "40 KiB of stack at 999 Hz: the ledger says why" \
	[ "$(stat_of cut incomplete_why.deeper_than_copy)" -ge 50 ]

# A process of one's own, threads and children of it.
start setpriv --reuid=65534 --regid=65534 --clear-groups "$bin/calltree" 30 2 >/dev/null
own_pid=$last
wait_for grep -q libinner "/proc/$own_pid/maps"
record process -F 999 -d 1 -p "$own_pid"
check "-p: the tier is named" tier process perf-user
check "-p: stacks are complete" complete process 99
# Of the three threads the first one waits for the others, which begin in run().
refuse "-p: the first thread waits" seen process ';main(;|$)'
for thread in "/proc/$own_pid/task"/*; do
	[ "${thread##*/}" = "$own_pid" ] || break
done
thread=${thread##*/}
record process-threads -F 999 -d 1 --per-thread -p "$own_pid"
check "-p: all threads" [ "$(grep -o "^calltree-$own_pid/[0-9]*;.*;leaf_a" "$T/process-threads.folded" |
	cut -d ';' -f 1 | sort -u | wc -l)" = 2 ]
record thread -F 999 -d 1 --per-thread -t "$thread"
check "-t: the thread" seen thread "^calltree-$own_pid/$thread;.*;run;phase_a;leaf_a" 100
check "-t: not the other threads" [ "$(total "$T/thread.folded")" = \
	"$(total "$T/thread.folded" "^calltree-$own_pid/$thread;")" ]

# Nobody reads the rings for two seconds.
has_events() {
	find "/proc/$1/fd" -lname '*perf_event*' | grep -q .
}
start "$WICK" record -F 999 -d 4 -p "$own_pid" -o "$T/stopped.folded" --stats "$T/stopped.json"
stopped=$last
wait_for has_events "$stopped"
kill -STOP "$stopped"
sleep 2
kill -CONT "$stopped"
wait "$stopped" 2>/dev/null
check_ledger stopped
check "wick is stopped: what found no room is counted" [ "$(stat_of stopped lost.ring_full)" -ge 500 ]
check "wick is stopped: the stacks around it are complete" complete stopped 99
stop "$own_pid"

start setpriv --reuid=65534 --regid=65534 --clear-groups \
	sh -c 'while :; do "$0" 0.2 >/dev/null; : $((i += 1)); done' "$bin/calltree"
wait_for grep -q '^Uid:.65534' "/proc/$last/status"
wait_for grep -qx sh "/proc/$last/comm"
record parent -F 999 -d 1 -p "$last"
refuse "-p: not its children" seen parent 'leaf_a'
check "-p: its children's ticks are filtered" [ "$(stat_of parent filtered)" -ge 50 ]
record family -F 999 -d 1 --children -p "$last"
check "-p --children: its children" seen family '^calltree;.*;phase_a;leaf_a' 50
check "-p --children: stacks are complete" of_program family calltree 99
stop "$last"

# What is another's, and the whole machine.
start "$WORKLOADS/calltree" 30 >/dev/null
for target in "-p $last" "-a" "-C 0"; do
	# The target is two words.
	# shellcheck disable=SC2086
	wick record -d 0.3 -o "$T/none.folded" $target
	check "$target of others: exit status 1" exited 1
	check "$target of others: says why, and the remedy" said 'CAP_PERFMON.*sudo'
	check "$target of others: nothing is written" [ ! -e "$T/none.folded" ]
done
wick record -d 0.3 -a
check "-a: says what would work" said 'wick record -- CMD'
wick record -K -o "$T/none.folded" -- true
check "-K: exit status 1" exited 1
check "-K: says why" said 'kernel stacks.*sudo'

setpriv --reuid=65534 --regid=65534 --clear-groups "$bin/deny" perf 1 "$bin/wick" record \
	-o "$T/none.folded" -- touch "$T/ran" >"$T/last.out" 2>"$T/last.err"
status=$?
check "a container that forbids perf events: exit status 1" exited 1
check "a container that forbids perf events: says so" said 'seccomp.*perf_event_open'
check "a container that forbids perf events: CMD was not run" [ ! -e "$T/ran" ]

echo 3 >$PARANOID
if [ "$(cat $PARANOID)" = 3 ] && ! "$T/as-user" record -q -o "$T/none.folded" -- true 2>/dev/null; then
	wick record -- true
	check "kernel.perf_event_paranoid 3: says so, and the remedy" \
		said 'perf_event_paranoid is 3.*sudo.*perf_event_paranoid=2'
else
	skip "kernel.perf_event_paranoid 3" "this kernel knows no more than 2"
fi

echo 1 >$PARANOID
record kernel -F 999 -- sh -c 'head -c 300000000 /dev/zero >/dev/null; cat /proc/kallsyms >/dev/null'
check "kernel.perf_event_paranoid 1: the tier is perf" tier kernel perf
check "kernel.perf_event_paranoid 1: there are frames of the kernel" kernel_frames kernel 10
echo 2 >$PARANOID

# Root, without CAP_BPF.
WICK=$T/as-perfmon
start "$WORKLOADS/nofp/calltree" 30 >/dev/null
start sh -c 'while :; do cat /proc/kallsyms >/dev/null; done'
record all -F 999 -d 1 -a
check "without CAP_BPF, -a: exit status 0" exited 0
check "without CAP_BPF, -a: the tier is perf" tier all perf
check "without CAP_BPF, -a: there are frames of the kernel" kernel_frames all 50
check "without CAP_BPF, -a: stacks of a running program are complete" of_program all calltree 99
check "without CAP_BPF, -a: what is said does not speak of user code only" \
	said 'sampling all code by perf events'
record short -F 99 -- "$bin/children" 100 10
check "without CAP_BPF, 99 Hz: processes of 10 ms are seen, as long as they ran" \
	awk -v ticks="$(total "$T/short.folded" 'child_work')" \
	'BEGIN { print ticks; exit !(ticks > 0.6 * 198 && ticks < 1.4 * 198) }'
check "without CAP_BPF: nobody but the command and its children" \
	[ "$(total "$T/short.folded")" = "$(total "$T/short.folded" '^(setpriv|wick|children|exe);')" ]
start sh -c 'while :; do "$0" 0.05 >/dev/null; done' "$WORKLOADS/nofp/calltree"
record offspring -F 499 -d 3 --children -p "$last"
check "without CAP_BPF, --children: children of 50 ms" seen offspring '^calltree;.*;phase_a;leaf_a' 30
check "without CAP_BPF, --children: nobody else" \
	[ "$(total "$T/offspring.folded")" = "$(total "$T/offspring.folded" '^(sh|calltree);')" ]
stop "$last"
record fast -F 4999 -d 1 -a
check "4999 Hz: little is lost, and what is has a cause" awk -v ticks="$(stat_of fast ticks)" \
	-v lost="$(stat_of fast lost.ring_full)" 'BEGIN { print ticks, lost; exit !(lost < 0.05 * ticks) }'

# CAP_BPF and CAP_PERFMON, without access to the tracepoints that follow a command.
caps=+bpf,+perfmon,+sys_ptrace
cat >"$T/as-capable" <<END
#!/bin/sh
exec setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all,$caps \
	--ambient-caps=-all,$caps '$bin/wick' "\$@"
END
chmod 755 "$T/as-capable"
WICK=$T/as-capable
record tracing -F 999 -- sh -c '"$0" 1; exit 7' "$bin/calltree"
check "without tracefs: the command's exit status" exited 7
check "without tracefs: says so, and the remedy" said 'no tracefs.*mount -t tracefs.*CAP_DAC_READ_SEARCH'
check "without tracefs: the ledger says why" grep -q '"tier_why": "no_tracefs"' "$T/tracing.json"
check "without tracefs: stacks are complete" of_program tracing calltree 98

# A container's root with CAP_SYS_ADMIN, which was all of the newer capabilities before they were.
caps=chown,dac_override,fowner,kill,setgid,setuid,setpcap,net_raw,sys_chroot,mknod,sys_admin
caps=$(echo ",$caps" | sed 's/,/,+/g')
cat >"$T/as-admin" <<END
#!/bin/sh
exec setpriv --bounding-set=-all$caps --inh-caps=-all "\$@"
END
chmod 755 "$T/as-admin"
start "$T/as-admin" "$WORKLOADS/nofp/calltree" 30 >/dev/null
admins=$last
cat >"$T/wick-as-admin" <<END
#!/bin/sh
exec '$T/as-admin' '$bin/wick' "\$@"
END
chmod 755 "$T/wick-as-admin"
WICK=$T/wick-as-admin
record admin -F 999 -- "$bin/calltree" 3
check "CAP_SYS_ADMIN alone: the tier is bpf" tier admin bpf
check "CAP_SYS_ADMIN alone: a command's stacks are complete, once its tables are there" \
	of_program admin calltree 90
record admin-p -F 999 -d 0.5 -p "$admins"
check "CAP_SYS_ADMIN alone, -p: stacks are complete" of_program admin-p calltree 99
check "CAP_SYS_ADMIN alone, -p: functions are named" seen admin-p ';main;run;phase_a;leaf_a(;|$)' 50
wick doctor
refuse "CAP_SYS_ADMIN alone: doctor misses none that it stands for" \
	grep -q 'no cap_\(bpf\|perfmon\|checkpoint_restore\)' "$T/last.out"
check "CAP_SYS_ADMIN alone: doctor misses the others" grep -q 'no cap_sys_ptrace' "$T/last.out"
stop "$admins"

# Root, on a kernel whose BPF walks frame pointers only.
why() {
	grep -q "\"tier_why\": \"$2\"" "$T/$1.json"
}
cat >"$T/no-tables" <<END
#!/bin/sh
LD_PRELOAD=$B/tests/faults/notables.so exec '$BPF_WICK' "\$@"
END
chmod 755 "$T/no-tables"
WICK=$T/no-tables
record notables -F 999 -- env -u LD_PRELOAD "$bin/calltree" 2
check "no walk by tables: exit status 0" exited 0
check "no walk by tables: the tier is perf" tier notables perf
check "no walk by tables: the ledger says why" why notables no_tables
check "no walk by tables: what is done instead is said" \
	said 'cannot walk stacks by unwind tables.*btf.*sampling all code by perf events'
check "no walk by tables: so does the summary" said 'tier perf: by perf events, as '
check "no walk by tables: stacks are complete" of_program notables calltree 99
check_shares notables 4 2.5
start "$WORKLOADS/nofp/calltree" 60 >/dev/null
record notables-all -a -F 999 -d 1
check "no walk by tables, -a: the tier is perf" tier notables-all perf
check "no walk by tables, -a: there are frames of the kernel" kernel_frames notables-all 10
check "no walk by tables, -a: stacks are complete" of_program notables-all calltree 98
record notables-cfi --unwind cfi -F 999 -d 3 -p "$last"
stop "$last"
check "no walk by tables, --unwind cfi: the tier is perf" tier notables-cfi perf
check "no walk by tables, --unwind cfi: stacks are complete" complete notables-cfi 99
record notables-fp --unwind fp -F 999 -d 0.3 -a
check "no walk by tables, --unwind fp: the tier is bpf" tier notables-fp bpf
refuse "no walk by tables, --unwind fp: no more was asked for" why notables-fp no_tables
refuse "no walk by tables, --unwind fp: nothing is said" said 'unwind tables'
record notables-kernel -K -F 999 -d 0.3 -a
check "no walk by tables, -K: the tier is bpf" tier notables-kernel bpf
wick doctor
check "no walk by tables: doctor says what there is instead" \
	grep -q '^note  sampling .*all .* CPUs, by perf events.*--unwind fp' "$T/last.out"
check "no walk by tables: doctor says how stacks are walked" \
	grep -q '^ok    unwind tables .*on copies of the stacks.*BTF' "$T/last.out"

# A kernel that refuses what finds interpreters' frames loses them alone.
cat >"$T/no-plugs" <<END
#!/bin/sh
REFUSED=find_fsbase LD_PRELOAD=$B/tests/faults/notables.so exec '$BPF_WICK' "\$@"
END
chmod 755 "$T/no-plugs"
WICK=$T/no-plugs
record noplugs -F 999 -- env -u LD_PRELOAD "$bin/calltree" 1
check "no interpreters: exit status 0" exited 0
check "no interpreters: the tier is bpf" tier noplugs bpf
check "no interpreters: says so" said 'this kernel refuses .*functions of Python'
check "no interpreters: stacks are complete" of_program noplugs calltree 99

# No map for the rows of tables: the stacks are copied, and walked by the same tables.
cat >"$T/no-rows" <<END
#!/bin/sh
LD_PRELOAD=$B/tests/faults/norows.so exec '$BPF_WICK' "\$@"
END
chmod 755 "$T/no-rows"
WICK=$T/no-rows
start "$WORKLOADS/nofp/calltree" 60 >/dev/null
record norows -F 999 -d 1 -p "$last"
check "no map for tables: the tier is bpf" tier norows bpf
check "no map for tables: stacks are complete" of_program norows calltree 99
check "no map for tables: it is said" said 'the kernel made no map for [1-9][0-9]* unwind tables (Operation not permitted)'
check "no map for tables: the ledger has it" [ "$(stat_of norows unwind.tables_not_in_kernel)" -ge 1 ]
record norows-fast -F 4999 -d 1 -p "$last"
check "no map for tables, 4999 Hz: stacks are complete" of_program norows-fast calltree 98
WICK=$BPF_WICK
record noroom -F 999 --unwind-mem 1 -- "$bin/calltree" 1
check "no room for tables: it is said, and what gives room" said 'unwind tables found no room (--unwind-mem)'

# A kernel that says that it is one which locks up: its code is asked first.
cat >"$T/unfixed" <<END
#!/bin/sh
LD_PRELOAD=$B/tests/faults/unfixed.so exec '$BPF_WICK' "\$@"
END
chmod 755 "$T/unfixed"
WICK=$T/unfixed
record fixed -F 999 -d 1 -p "$last"
check "6.1.25 whose code has the fix: the tier is bpf" tier fixed bpf
check "6.1.25 whose code has the fix: stacks are complete" of_program fixed calltree 99
stop "$last"
wick doctor
check "6.1.25 whose code has the fix: doctor says so" \
	grep -q '^ok    kernel .*6.1.25, whose code has the fix' "$T/last.out"
UNREADABLE=1
export UNREADABLE
unset hardened
if [ -r /proc/config.gz ]; then
	gzip -dc /proc/config.gz | grep -q '^CONFIG_HARDENED_USERCOPY=y' || hardened=no
elif [ -r "/boot/config-$(uname -r)" ]; then
	grep -q '^CONFIG_HARDENED_USERCOPY=y' "/boot/config-$(uname -r)" || hardened=no
fi
if [ "${hardened:-}" ] || grep -q hardened_usercopy /proc/cmdline; then
	skip "6.1.25 whose code cannot be read" "this kernel does not check user copies"
else
	record unfixed -F 999 -- env -u LD_PRELOAD "$bin/calltree" 1
	check "6.1.25 whose code cannot be read: the tier is perf" tier unfixed perf
	check "6.1.25 whose code cannot be read: the ledger says why" why unfixed unsafe_kernel
	check "6.1.25 whose code cannot be read: says why, and the remedy" \
		said 'can lock up this kernel.*6.1.36.*hardened_usercopy=off.*perf events'
	check "6.1.25 whose code cannot be read: stacks are complete" of_program unfixed calltree 99
	record unfixed-fp --unwind fp -F 999 -d 0.3 -a
	check "6.1.25, --unwind fp: the tier is bpf" tier unfixed-fp bpf
	wick doctor
	check "6.1.25 whose code cannot be read: doctor says so, and the remedy" \
		grep -q '^note  kernel .*can lock up this kernel.*6.1.36.*version says' "$T/last.out"
fi
unset UNREADABLE

# Perf events cannot be had either: of each of 100 threads two files on each CPU.
start "$B/tests/faults/crowd" threads 100 60 >"$T/ready"
wait_for grep -q ready "$T/ready"
cat >"$T/few-files" <<END
#!/bin/sh
ulimit -n 150
exec '$T/no-tables' "\$@"
END
chmod 755 "$T/few-files"
WICK=$T/few-files
record few -F 999 -d 2 -p "$last"
check "nor perf events: exit status 0" exited 0
check "nor perf events: the tier is bpf" tier few bpf
check "nor perf events: the ledger says why it is no more" why few no_tables
check "nor perf events: says that it falls back" said 'falling back to frame pointers'
check "nor perf events: says no more than that" [ "$(grep -c '^wick: ' "$T/last.err")" = 1 ]
check "nor perf events: functions are there" seen few ';crowd_work(;|$)' 3
wick record -F 999 -d 0.3 --unwind cfi -o "$T/few-cfi.folded" -p "$last"
check "nor perf events, --unwind cfi: exit status 1" exited 1
check "nor perf events, --unwind cfi: says why" said 'cannot load the sampling program'
check "nor perf events, --unwind cfi: nothing is written" [ ! -e "$T/few-cfi.folded" ]
stop "$last"

# The same program by BPF: the same stacks.
WICK=$BPF_WICK
record bpf -F 999 -- "$bin/calltree" 1
check "with all privileges: the tier is bpf" tier bpf bpf
paths_to_leaves() {
	awk '/;leaf_[abc];spin/ { cnt = $NF; sub(/;spin.*/, ""); sum[$0] += cnt }
		END { for (path in sum) if (sum[path] >= 10) print path }' "$T/$1.folded" | sort
}
paths_to_leaves own >"$T/own.functions"
paths_to_leaves bpf >"$T/bpf.functions"
check "there are three paths to the leaves" [ "$(wc -l <"$T/own.functions")" = 3 ]
check "the paths to the leaves are the same in both tiers" cmp "$T/own.functions" "$T/bpf.functions"

done_testing
