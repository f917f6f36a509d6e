#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# coverage.sh - the lines of each room that the unit tests have run.
#
#	B=build-cov tests/coverage.sh		a line for each room
#	B=build-cov tests/coverage.sh -v	the files as well
#	B=build-cov tests/coverage.sh -l ROOM	the lines of ROOM that were never run
#
# B was built with --coverage, and its unit tests have run: `make coverage` does both.
# A room is a folder of an island.  A line of a header counts once, and as run if any of its
# includers ran it; a source that no test links counts with all of its lines.  The exit status
# is 1 if a room of profiler/ has less than MUST_PERCENT; source/ and guard/ are let off, as
# half of what they do needs root and is held by tests/e2e.
set -u
cd "$(dirname "$0")/.." || exit 1

: "${B:?the folder that was built with --coverage}" "${GCOV:=gcov}"
MUST_PERCENT=80
mode=${1:-}
only=${2:-}

# What the compiler noted of each source that is there now; of a moved one it left the old notes too.
notes() {
	find profiler symbolize flamegraph tests/unit -name '*.c' | LC_ALL=C sort |
		while read -r source; do
			[ ! -f "$B/${source%.c}.gcno" ] || echo "$B/${source%.c}.gcno"
		done
}

[ -n "$(notes | head -n 1)" ] || { echo "coverage: nothing in $B was built with --coverage" >&2; exit 1; }

# "   COUNT: LINE: text" a line of a source; COUNT is - where there is no code, ##### where it never
# ran, and has a * where a part of the line did not.
notes | tr '\n' '\0' | xargs -0 "$GCOV" -t 2>/dev/null |
	awk -v must=$MUST_PERCENT -v mode="$mode" -v only="$only" '
	function room_of(path) {
		sub(/\/[^\/]*$/, "", path)
		return path
	}
	function must_hold(room) {
		return room ~ /^profiler/ && room !~ /^profiler\/(source|guard)/
	}
	function line_of(name, run, all, remark) {
		printf "%-34s %6d of %6d  %5.1f %%%s\n", name, run, all, 100 * run / all, remark
	}
	function by_name(list, sorted,    name, i, j, cnt) {
		for (name in list) {
			for (i = ++cnt; i > 1 && sorted[i - 1] > name; i--)
				sorted[i] = sorted[i - 1]
			sorted[i] = name
		}
		return cnt
	}
	{
		count = $0
		sub(/:.*/, "", count)
		gsub(/[ *]/, "", count)
		line = $0
		sub(/^[^:]*: */, "", line)
		sub(/:.*/, "", line)
	}
	line == 0 {
		if ($0 ~ /:Source:/) {
			path = $0
			sub(/.*:Source:/, "", path)
			counts = path ~ /^(profiler|symbolize|flamegraph|bpf)\//
		}
		next
	}
	!counts || count == "-" { next }
	!((path, line) in known) {
		known[path, line] = 1
		files[path]++
		rooms[room_of(path)]++
		text[path, line] = $0
		last[path] = line > last[path] ? line : last[path]
	}
	count ~ /^[0-9]/ && !((path, line) in ran) {
		ran[path, line] = 1
		ran_file[path]++
		ran_room[room_of(path)]++
	}
	END {
		file_cnt = by_name(files, file)
		room_cnt = by_name(rooms, room)
		for (r = 1; r <= room_cnt; r++) {
			name = room[r]
			low = 100 * ran_room[name] < must * rooms[name]
			bad += low && must_hold(name)
			if (mode == "-l" && name != only)
				continue
			remark = low ? "  below " must " %" : ""
			if (low && !must_hold(name))
				remark = remark ", and may be"
			line_of(name, ran_room[name], rooms[name], remark)
			for (f = 1; f <= file_cnt && mode != ""; f++) {
				if (room_of(file[f]) != name)
					continue
				line_of("  " file[f], ran_file[file[f]], files[file[f]], "")
				for (l = 1; l <= last[file[f]] && mode == "-l"; l++) {
					if ((file[f], l) in known && !((file[f], l) in ran))
						print text[file[f], l]
				}
			}
		}
		exit bad > 0
	}'
