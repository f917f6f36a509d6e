#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Signals at any moment: nothing stays attached, and no half output has the final name.
. "$(dirname "$0")/lib.sh"
need_root

PATH=$PATH:/usr/sbin:/sbin
start "$WORKLOADS/calltree" 600 2 >/dev/null
busy=$last
MOMENTS="0 0.01 0.02 0.04 0.08 0.15 0.3 0.42 0.46 0.5 0.6"

# run_until MOMENT SIGNAL FILE : a run of 0.4 s that gets a signal; its wait status is $status.
run_until() {
	echo precious >"$3"
	rm -f "$T/pid"
	# The pid of wick itself, which may be over before it is signalled.
	start timeout -k 1 "$RUN_LIMIT_S" env --default-signal=INT sh -c 'echo $$ >"$0"; exec "$@"' "$T/pid" \
		"$WICK" record -a -F 4999 --per-thread -d 0.4 -o "$3" 2>"$T/last.err"
	keeper=$last
	sleep "$1"
	wait_for [ -s "$T/pid" ]
	victim=$(cat "$T/pid")
	held=
	if [ "$2" = KILL ]; then
		kill -STOP "$victim" 2>/dev/null
		held=$(sed -n 's/^prog_id:[^0-9]*//p' "/proc/$victim/fdinfo/"* 2>/dev/null | sort -u)
	fi
	kill "-$2" "$victim" 2>/dev/null
	wait "$keeper" 2>/dev/null
	status=$?
}

# Either what was there before, or a picture to its last line.
whole_or_untouched() {
	[ "$(cat "$1")" = precious ] || tail -n 1 "$1" | grep -q '</svg>'
}

for signal in INT:130 TERM:143; do
	bad=
	ended=0
	early=0
	for moment in $MOMENTS; do
		run_until "$moment" "${signal%:*}" "$T/out.svg"
		case $status in
		0) ended=$((ended + 1)) ;;
		"${signal#*:}") early=$((early + 1)) ;; # before there was anything to write
		*) bad="$bad $moment s: status $status;" ;;
		esac
		whole_or_untouched "$T/out.svg" || bad="$bad $moment s: half a picture;"
		[ "$status" != 0 ] || grep -q '</svg>' "$T/out.svg" || bad="$bad $moment s: no picture;"
	done
	check "SIG${signal%:*} at $(echo "$MOMENTS" | wc -w) moments ($early before the first tick):$bad" [ -z "$bad" ]
	check "SIG${signal%:*}: most of them ended with a whole picture" [ $ended -ge 3 ]
done

bad=
killed=0
programs=0
for moment in $MOMENTS; do
	run_until "$moment" KILL "$T/out.svg"
	[ "$status" = 137 ] && killed=$((killed + 1))
	whole_or_untouched "$T/out.svg" || bad="$bad $moment s: half a picture;"
	for id in $held; do
		programs=$((programs + 1))
		echo "$id" >>"$T/ids"
	done
done
check "SIGKILL at $(echo "$MOMENTS" | wc -w) moments: no half picture:$bad" [ -z "$bad" ]
check "SIGKILL: most of them were killed" [ $killed -ge 3 ]

# The kernel frees programs some time after their last reference is gone.
none_left() {
	while read -r id; do
		bpftool prog show id "$id" 2>/dev/null && return 1
	done <"$T/ids"
	return 0
}
if have bpftool; then
	check "SIGKILL: programs were loaded by then" [ $programs -ge 3 ]
	check "SIGKILL: none of them is left" wait_for none_left
else
	skip "SIGKILL: no program is left" "no bpftool"
fi
refuse "SIGKILL: no perf event has one attached" sh -c 'bpftool perf list 2>/dev/null |
	grep "^pid '"$victim"' "'
check "what it sampled still runs" grep -q "^State:.[RSD]" "/proc/$busy/status"
record after -a -F 999 -d 0.3
check "after all of them: the next run is as any other" seen after '^calltree;.*;leaf_a(;|$)' 10

# Killed while it starts a command: what was to become the command does not run on as wick.
no_copies() {
	for exe in /proc/[0-9]*/exe; do
		[ "$(readlink "$exe")" = "$WICK" ] || continue
		tr '\0' ' ' <"${exe%exe}cmdline" | grep -F "$T/command" && return 1
	done
	return 0
}
for moment in 0.01 0.03 0.06 0.1; do
	start "$WICK" record -o "$T/command.folded" -- "$WORKLOADS/calltree" 1 >/dev/null 2>&1
	sleep $moment
	kill -KILL "$last"
	wait "$last" 2>/dev/null
done
check "SIGKILL while a command starts: no copy of wick is left" wait_for no_copies
check "SIGKILL while a command starts: no output" [ ! -e "$T/command.folded" ]

done_testing
