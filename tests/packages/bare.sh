#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The first commands of a machine that has nothing but busybox, Linux and the static wick.
cd /tmp || exit 1
/wick-static record -F 499 -o x.svg -o x.folded --stats x.json -- /calltree 1 1 2>log ||
	sed 's/^/# /' log

row() {
	name=$1
	shift
	if "$@"; then echo "ok 0 - $name"; else echo "not ok 0 - $name"; fi
}

named() {
	awk '{ all += $NF } /;start_thread;run;phase_/ { whole += $NF }
		END { print "#", all, whole; exit !(whole > 20 && whole > 0.8 * all) }' x.folded
}

row 'where there is nothing but busybox, the static file samples and names user code' named
row 'and names the kernel' grep -q '_\[k\]' x.folded
row 'and draws' grep -q '</svg>' x.svg
row 'and samples by BPF' grep -q '"tier": *"bpf"' x.json
