#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Real stacks, each frame compared with libdwfl's: the short form of `make check-truth`.
set -u
echo 1..1
if [ "$(id -u)" -ne 0 ]; then
	echo "ok 1 # SKIP loading BPF needs root"
	exit 0
fi
B=$B sh "$(dirname "$0")/../truth/run.sh" short 2>&1 | sed 's/^/# /' >"$B/tests/truth/short.out"
cat "$B/tests/truth/short.out"
awk '$2 == "sum" { stops = $3; wrong = $NF }
     END { if (stops >= 400 && wrong == 0) print "ok 1 - " stops " stops, no wrong stack"
           else { print "not ok 1 - " stops + 0 " stops of 400, " wrong + 0 " wrong"; exit 1 } }' \
	"$B/tests/truth/short.out"
