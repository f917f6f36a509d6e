#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# A program that knows where its time goes, and what the profile says.
. "$(dirname "$0")/lib.sh"
need_root

# Other programs, or the host below a virtual machine, may take a part of the ticks.
near_rate() {
	awk -v samples="$(stat_of "$1" stored)" -v cpu_s="$2" -v hz=999 'BEGIN {
		printf "%d samples in %.2f s of CPU\n", samples, cpu_s
		exit !(samples > 0.7 * hz * cpu_s && samples < 1.3 * hz * cpu_s)
	}'
}

deep() {
	awk '/;main;run;phase_c;.*;leaf_c[; ]/ && gsub(/recurse;/, "") == 60 { sum += $NF }
		END { print sum + 0 }' "$T/$1.folded" >"$T/deep"
	cat "$T/deep"
	[ "$(cat "$T/deep")" -ge "$2" ]
}

check_truth() {
	check_shares "$1" 4 1.5
	check "$1: there are as many samples as CPU time and rate make" \
		near_rate "$1" "$(awk '$1 == "CPU" { print $2 }' "$T/last.out")"
}

record one -F 999 -- "$WORKLOADS/calltree" 4c
check_truth one
check "the path to leaf_b is whole" seen one \
	'^calltree;(.*;)?main;run;phase_b;mid_b;leaf_b(;|$)' 20
check "the path into the shared library is whole" seen one \
	';main;run;phase_d;lib_outer;lib_inner(;|$)' 10
check "the recursion is there, 60 deep" deep one 30
check "almost all user stacks reach the program's entry" \
	[ "$(stat_of one user_stacks.complete)" -ge $(($(stat_of one stored) * 9 / 10)) ]

record threads -F 999 -- "$WORKLOADS/calltree" 2c 2
check_truth threads
check "the threads' stacks are whole too" seen threads ';(start_thread|\[libc[^;]*\]|clone3?);' 20

# A loop of the very rate at which samples are asked for.
for rate in 999 299; do
	record beat$rate -F $rate -- nice -n -15 "$WORKLOADS/beat" $rate $((3 + 2000 / rate))
	check_shares beat$rate 3 1.5
done

done_testing
