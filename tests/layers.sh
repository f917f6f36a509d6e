#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# layers - the rooms of each island, and whether what they include lies below them.
#
#	tests/layers.sh		a line for each island; exit status 1 if an arrow runs up or round
#	tests/layers.sh -v	the arrows as well
#
# A room is a folder of an island, or a source with its header beside them.  An arrow
# is an #include line from one room to another.  A room's floor is the longest way down from it.
# The order of the rooms, from the top, is the one below; what it does not name is the ground
# floor, which may include no room that it names.  Circles are looked for among single
# files as well, inside a room and across rooms.
set -u
cd "$(dirname "$0")/.." || exit 1

verbose=0
[ "${1:-}" = -v ] && verbose=1

order() {
	case $1 in
	profiler) echo main commands report recording source tables parsing interpreters guard ;;
	symbolize) echo symbolizer resolve kallsyms dwarf demangle answer process symtab_text cfi elf ;;
	flamegraph) echo html svg speedscope diff_folded diff folded_read perf_script pprof ;;
	esac
}

# island ISLAND: its #include lines as "FROM TO", both without the ending, through the rules.
island() {
	find "$1" -name '*.[ch]' | LC_ALL=C sort | xargs grep -H "^#include \"$1/" |
		awk -v island="$1" -v order="$(order "$1")" -v verbose="$verbose" '
	function stem(path) {
		sub(/\.[ch]$/, "", path)
		return substr(path, length(island) + 2)
	}
	function room_of(path) {
		sub(/\/.*/, "", path)
		return path
	}
	# The room rank: 1 is the top; the ground floor is behind the last.
	function rank_of(room) {
		return room in rank ? rank[room] : named + 1
	}
	# The longest way down from NODE; -1: it leads back to NODE.
	function depth(node, kind,    i, deepest, at, below) {
		if ((kind, node) in known)
			return known[kind, node]
		known[kind, node] = -1
		below = 0
		for (i = 1; i <= arrows[kind]; i++) {
			if (from[kind, i] != node)
				continue
			at = depth(to[kind, i], kind)
			if (at < 0) {
				print island ": a circle through " node " and " to[kind, i]
				circles++
				at = 0
			}
			if (at + 1 > below)
				below = at + 1
		}
		known[kind, node] = below
		return below
	}
	function arrow(kind, a, b) {
		if (a == b || (kind, a, b) in seen)
			return
		seen[kind, a, b] = 1
		arrows[kind]++
		from[kind, arrows[kind]] = a
		to[kind, arrows[kind]] = b
	}
	BEGIN {
		named = split(order, names, " ")
		for (i = 1; i <= named; i++)
			rank[names[i]] = i
	}
	{
		split($0, part, ":")
		split($0, quoted, "\"")
		a = stem(part[1])
		b = stem(quoted[2])
		file[a] = file[b] = 1
		arrow("file", a, b)
		arrow("room", room_of(a), room_of(b))
	}
	END {
		for (f in file) {
			rooms += !(room_of(f) in room)
			room[room_of(f)] = 1
			depth(f, "file")
		}
		for (r in room) {
			floor = depth(r, "room") + 1
			if (floor > floors)
				floors = floor
		}
		for (i = 1; i <= arrows["room"]; i++) {
			a = from["room", i]
			b = to["room", i]
			if (verbose)
				print island ": " a " -> " b
			if (rank_of(a) > rank_of(b)) {
				print island ": " a " is below " b ", which it includes"
				up++
			}
		}
		printf "%-10s %3d files, %2d rooms, %2d floors, %3d arrows, %d up, %d circles\n",
			island, length_of(file), rooms, floors, arrows["room"], up, circles
		exit up + circles > 0
	}
	function length_of(list,    i, cnt) {
		for (i in list)
			cnt++
		return cnt
	}'
}

status=0
for name in profiler symbolize flamegraph; do
	island $name || status=1
done
exit $status
