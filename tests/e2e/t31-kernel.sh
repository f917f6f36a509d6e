#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Kernel frames: functions, modules, BPF programs, and a kernel that hides its addresses.
. "$(dirname "$0")/lib.sh"
need_root

start "$WORKLOADS/faults" 60
faults=$last

record names -p "$faults" -K -F 999 -d 1
check "kernel functions have names" seen names '(do_user_addr_fault|handle_mm_fault|do_anonymous_page)_\[k\]' 10
check "all of them have" [ -z "$(stat_of names frames.kernel.unnamed.no_symbol)" ]
refuse "none is [kernel]" seen names '\[kernel\]'

start "$WORKLOADS/bpfrun" 60
program=$last
sleep 0.2
if kill -0 "$program" 2>/dev/null; then
	record programs -p "$program" -F 999 -d 0.7
	check "a BPF program has its name" seen programs ';bpf_prog_[0-9a-f][0-9a-f]*_busy_\[k\]' 10
	stop "$program"
else
	skip "a BPF program has its name" "this kernel runs no BPF program on demand"
fi
if [ -e /proc/modules ] && [ -s /proc/modules ]; then
	"$WICK" symbolize -k "$(awk '/ t .*\[.*\]$| T .*\[.*\]$/ && !/\[bpf\]/ { print $1; exit }' \
		/proc/kallsyms)" >"$T/module.out" 2>"$T/last.err"
	check "a module's function has its name" grep -q '+0x0' "$T/module.out"
else
	skip "a module's function has its name" "no module is loaded"
fi

hidden=$(cat /proc/sys/kernel/kptr_restrict)
if echo 2 2>/dev/null >/proc/sys/kernel/kptr_restrict; then
	at_exit="echo $hidden >/proc/sys/kernel/kptr_restrict"
	record hidden -p "$faults" -F 999 -d 0.5
	"$WICK" doctor >"$T/doctor.out" 2>/dev/null
	echo "$hidden" >/proc/sys/kernel/kptr_restrict
	at_exit=
	check "kptr_restrict=2: exit status 0" exited 0
	check "kptr_restrict=2: kernel frames are [kernel]" seen hidden ';touch_pages;.*\[kernel\]_\[k\]' 10
	refuse "kptr_restrict=2: and no address has a name" seen hidden 'do_user_addr_fault'
	check "kptr_restrict=2: user frames have names as ever" seen hidden ';main;touch_pages' 10
	check "kptr_restrict=2: wick doctor says so" grep -q 'kptr_restrict' "$T/doctor.out"
else
	skip "kptr_restrict=2" "the sysctl cannot be written"
fi

done_testing
