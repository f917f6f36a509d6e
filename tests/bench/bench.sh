#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# bench.sh - the measured claims: what wick costs and what it finds, beside its peers in
# the same run, as one table.
#
#	B=build tests/bench/bench.sh [ROUNDS]		PARTS="launch cost", FG=flamegraph.pl,
#							BASE=another/wick
#
# A part that lacks its peer shows wick alone.  The exit status is 0 if every bound holds.
set -u

here=$(cd "$(dirname "$0")" && pwd)
B=$(cd "${B:-build}" && pwd)
rounds=${1:-5}
parts=${PARTS:-launch cost program slowdown truth python symbolize render}
export B
failed=0

for part in $parts; do
	[ "$part" != bench ] && [ "$part" != lib ] && [ -f "$here/$part.sh" ] && continue
	echo "bench.sh: there is no part '$part' (launch cost program slowdown truth python symbolize render)" >&2
	exit 2
done

version_of() {
	"$@" 2>/dev/null | head -n 1
}

echo "$(date -u +%Y-%m-%d), Linux $(uname -r), $(nproc) CPUs:$(sed -n 's/^model name[^:]*://p' \
	/proc/cpuinfo | head -n 1), $(awk '/^MemTotal/ { printf "%d MB", $2 / 1024 }' /proc/meminfo), \
load $(cut -d ' ' -f 1-3 /proc/loadavg)"
echo "$(version_of "$B/wick" --version); $(version_of perf --version); $(version_of bpftrace --version);\
 $(llvm-symbolizer --version 2>/dev/null | sed -n "s/.*LLVM version/llvm/p"); medians of $rounds rounds"
BENCH_IN_TABLE="" sh "$here/lib.sh" # the header alone
export BENCH_IN_TABLE=1
for part in $parts; do
	sh "$here/$part.sh" "$rounds" || failed=1
done
[ $failed = 0 ] || echo "a figure is beyond its bound, or a part failed"
exit $failed
