#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# A run that goes on needs no more memory than it did at first, as long as nothing new is
# sampled: each stack and each process that was is kept to the end.  User stacks alone: those
# of interrupts are new again and again.  And little it is, though the kernel keeps rings for
# the highest rate.  make check-hour: an hour.
. "$(dirname "$0")/lib.sh"
need_root

FLAT_S=${FLAT_S:-20}
FLAT_HZ=${FLAT_HZ:-4999}
RUN_LIMIT_S=$((FLAT_S + 60))

start "$WORKLOADS/calltree" $((FLAT_S + 30)) 2 >/dev/null
busy=$last
start "$WICK" record -U -p "$busy" --per-thread -F "$FLAT_HZ" -d "$FLAT_S" -o "$T/flat.folded" \
	--stats "$T/flat.json" 2>"$T/last.err"
wick=$last

rss_kb() {
	awk '$1 == "VmRSS:" { print $2 }' "/proc/$wick/status"
}
# The ticks that the program's CPU time was worth until now.
due() {
	awk -v hz="$FLAT_HZ" -v s="$(getconf CLK_TCK)" '{ print int(($14 + $15) * hz / s) }' \
		"/proc/$busy/stat"
}
sleep $((FLAT_S / 2))
half=$(rss_kb)
sleep $((FLAT_S / 2 - 2))
end=$(rss_kb)
due=$(due)
wait "$wick"
status=$?
check "$FLAT_S s at $FLAT_HZ Hz: exit status 0" exited 0
check_ledger flat
check "it sampled to the end: $(stat_of flat stored) of some $due ticks" \
	[ "$(stat_of flat stored)" -ge $((due * 9 / 10)) ]
check "nothing is lost" [ "$(stat_of flat lost.ring_full)" = 0 ]
check "memory: $half kB at the half, $end kB before the end" [ "$end" -le $((half + half / 20)) ]
peak=$(($(stat_of flat overhead.max_rss_bytes) / 1000000))
# Where the program and its libraries are 4 MB, and the rings, were they mapped whole, 18.
check "at its peak, after naming too, $peak MB" [ "$peak" -le 12 ]

done_testing
