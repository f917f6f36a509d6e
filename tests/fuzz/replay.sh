#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# replay.sh - each input of the corpora once: what the fuzzers were given to begin
# with, and what they have found.  A row for each parser.
set -u

cd "$(dirname "$0")" || exit 1
out=$(mktemp) || exit 1
trap 'rm -f "$out"' EXIT
rows=0
for source in fuzz_*.c; do
	name=${source#fuzz_}
	name=${name%.c}
	inputs=$(find "corpus/$name" -type f | wc -l)
	rows=$((rows + 1))
	# Files, not a folder: libFuzzer then runs each as it is, and says which it was.
	if [ "$inputs" -gt 0 ] &&
		"$B/tests/fuzz/fuzz_$name" -timeout=5 -rss_limit_mb=512 "corpus/$name/"* >"$out" 2>&1; then
		echo "ok $rows - $name: $inputs inputs"
	else
		echo "not ok $rows - $name: $inputs inputs"
		tail -n 40 "$out" | sed 's/^/# /' >&2
	fi
done
echo "1..$rows"
