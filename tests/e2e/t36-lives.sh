#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Names survive the process, and the program that it was.
. "$(dirname "$0")/lib.sh"
need_root
LIVES=$WORKLOADS/lives

# all_named RUN COMM FUNCTION LEAST : so many samples are in FUNCTION, and of all that
# COMM did at most a fiftieth is without names.
all_named() {
	all=$(total "$T/$1.folded" "^$2;")
	named=$(total "$T/$1.folded" "^$2;.*;$3(;|\$)")
	lost=$(total "$T/$1.folded" "^$2;(.*;)?\\[(unknown|$2)\\]")
	echo "of $all samples $named are in $3, $lost without names"
	[ "$named" -ge "$4" ] && [ $((50 * lost)) -le "$all" ]
}

# Some milliseconds in the middle of a run that looks at everything.
for ms in 15 10 3; do
	record brief$ms -a -F 1999 -- sh -c 'sleep 0.2; for i in 1 2 3 4 5 6 7 8; do
		"$0" brief "$1"; sleep 0.02; done' "$LIVES" $ms
	check "processes that live $ms ms are named" all_named brief$ms lives brief_work $ms
done

record forks -a -F 1999 -- sh -c 'sleep 0.2; "$0" forks 30 10' "$LIVES"
check "children that never call exec are named" all_named forks lives forked_work 15
start "$LIVES" forks 60 10
record forks_older -a -F 1999 -d 0.7
check "also those of a parent that is older than the recording" all_named forks_older lives forked_work 5
wait "$last"
record forks_cmd -F 1999 -- "$LIVES" forks 30 5
check "and those of a command" all_named forks_cmd lives forked_work 15

record noreturn -F 999 -- "$LIVES" noreturn 200
check "a call that never returns is its caller's, not the next function's" \
	seen noreturn ';main;last_call;never_returns;brief_work' 10

record become -F 999 -- "$LIVES" become 300
check "before an exec" seen become ';main;(become_\[i\];)?before_exec' 20
check "and after it" seen become ';main;after_exec' 20

for mode in -a ''; do
	start "$LIVES" memfd 1500
	wait_for grep -q 'memfd:inmemory' "/proc/$last/maps"
	# shellcheck disable=SC2086
	record memfd$mode -F 999 -d 0.5 ${mode:--p $last}
	check "a program that is only in memory (${mode:--p})" seen memfd$mode ';main;memory_work' 15
	wait "$last"
done
record memfd_ended -a -F 1999 -- sh -c '"$0" memfd 100; sleep 0.3' "$LIVES"
check "which ended before the recording did" seen memfd_ended ';main;memory_work' 10

# One address, two libraries, one caller: only the time tells them apart.
record plugins -F 999 -- "$LIVES" plugins 50 "$WORKLOADS/libpluga.so" "$WORKLOADS/libplugb.so" 12
"$LIVES" plugins 1 "$WORKLOADS/libpluga.so" "$WORKLOADS/libplugb.so" 1 >"$T/plugins.out"
halves() {
	cat "$T/plugins.out"
	first=$(total "$T/plugins.folded" ';plugin_work;alpha_work')
	second=$(total "$T/plugins.folded" ';plugin_work;beta_work')
	echo "alpha $first, beta $second"
	[ $((first + second)) -gt 100 ] && [ "$first" -gt $((2 * second / 3)) ] &&
		[ "$second" -gt $((2 * first / 3)) ]
}
if grep -q DIFFERENT "$T/plugins.out"; then
	skip "two libraries that take turns at one address have their halves" "they did not"
else
	check "two libraries that take turns at one address have their halves" halves
fi

# An upgrade in the middle of the run: the old inode is what runs.
cp "$WORKLOADS/calltree" "$WORKLOADS/libinner.so" "$T"
start "$T/calltree" 1.2 >/dev/null
upgrade() {
	sleep 0.3
	for file in calltree libinner.so; do
		cp "$LIVES" "$T/new"
		mv "$T/new" "$T/$file"
	done
}
upgraded=$last
start upgrade
record upgrade -a -F 999 -d 1.8
check "upgraded while it ran, ended before the end: the program" \
	seen upgrade '^calltree;.*;main;run;phase_a;leaf_a' 20
check "and its library" seen upgrade '^calltree;.*;lib_outer;lib_inner' 3
refuse "and nothing has the successor's names" grep -E '^calltree;.*(brief|forked)_work' "$T/upgrade.folded"
wait "$upgraded"

# Whose file is gone for good has a reason.
cp "$LIVES" "$T/vanishing"
vanish() {
	sleep 0.3
	for _ in 1 2 3 4 5 6; do
		cp "$LIVES" "$T/vanishing"
		"$T/vanishing" brief 3
		rm "$T/vanishing"
	done
}
start vanish
record vanish -a -F 4999 -d 0.8
check "of programs that are deleted at once, each frame has a name or a reason" \
	[ "$(total "$T/vanish.folded" '^vanishing')" -ge 1 ]
wait "$last"

# --children: those that there are, and those that come.
start "$LIVES" tree 2500 >"$T/tree.out"
wait_for grep -q READY "$T/tree.out"
sleep 0.1
record alone -p "$last" -F 999 -d 0.4
refuse "-p: not its children" seen alone ';(child|grandchild)_work'
record children --children -p "$last" -F 999 -d 0.7
check "--children: the process" seen children ';main;(tree_\[i\];)?parent_work' 5
check "--children: its child" seen children ';main;(tree_\[i\];)?child_work' 5
check "--children: and the child's child" seen children ';main;(tree_\[i\];)?grandchild_work' 5
wait "$last"
start sh -c 'sleep 0.4; for i in 1 2 3 4 5; do "$0" brief 15; "$0" forks 2 15; done; sleep 0.5' "$LIVES"
record later --children -p "$last" -F 1999 -d 1.2
check "--children: processes started later" all_named later lives '(brief|forked)_work' 15
refuse "--children: and nothing else" grep -v -E '^(lives|sh|sleep)[; ]' "$T/later.folded"
wait "$last"

done_testing
