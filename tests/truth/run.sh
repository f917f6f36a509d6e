#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
#	tests/truth/run.sh long|short
#
# The truth test over many programs: a line for each, and their sum.  Exit status 1
# if one stack was wrong, or if a program gave too few stops.  $B is the build
# directory.  A program that is not installed is skipped, and the line says so.
set -u
B=${B:-build}
here=$(dirname "$0")/programs
tmp=$(mktemp) || exit 1
trap 'rm -f "$tmp"' EXIT
failed=0

# target WALK STOPS NAME COMMAND...
target() {
	walk=$1 stops=$2 name=$3
	shift 3
	if ! command -v "$1" >/dev/null; then
		printf '%-14s skipped: no %s\n' "$name" "$1"
		return
	fi
	"$B/tests/truth/truth" -w "$walk" -n "$stops" -t 120 "$name" "$@" >>"$tmp" || failed=1
	tail -n 1 "$tmp"
}

echo 'target         walk stops  user kernl  frames  equal    cut beyond no-cfi no-code no-reg returned' \
     'signal   late  moved  wrong'
case ${1:-} in
short)
	target loop 60 python3 python3 "$here/loop.py"
	target loop 40 perl perl "$here/loop.pl"
	target loop 200 frames "$B/tests/truth/frames"
	target tail 60 frames "$B/tests/truth/frames"
	target loop 40 throws "$B/tests/truth/throws"
	;;
long)
	cc1=$(gcc -print-prog-name=cc1)
	target loop 400 python3 /usr/bin/python3 "$here/loop.py"
	target tail 200 python3 /usr/bin/python3 "$here/loop.py"
	target loop 250 perl perl "$here/loop.pl"
	target loop 250 node node "$here/loop.js"
	target tail 100 node node "$here/loop.js"
	target loop 250 cc1 "$cc1" -O2 -quiet "$B/tests/truth/big.c" -o /dev/null
	target tail 150 cc1 "$cc1" -O2 -quiet "$B/tests/truth/big.c" -o /dev/null
	for variant in frames frames-O0 frames-clang frames-static; do
		target loop 250 "$variant" "$B/tests/truth/$variant"
	done
	target tail 250 frames "$B/tests/truth/frames"
	for variant in throws throws-O0 throws-clang; do
		target loop 150 "$variant" "$B/tests/truth/$variant"
	done
	target loop 250 rust "$B/tests/truth/rust"
	target loop 250 go "$B/tests/truth/go"
	;;
*)
	echo "usage: $0 long|short" >&2
	exit 2
	;;
esac
awk '{ for (i = 3; i <= NF; i++) sum[i] += $i; if (NF > max) max = NF }
     END { printf "%-19s", "sum"
           for (i = 3; i <= max; i++)
		printf " %*d", i < 6 ? 5 : i == 6 ? 7 : i == 13 ? 8 : i == 11 ? 7 : 6, sum[i]
           print "" }' "$tmp"
exit $failed
