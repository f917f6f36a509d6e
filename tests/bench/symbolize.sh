#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# symbolize.sh - how long it takes to name addresses, and in how much memory, beside
# llvm-symbolizer.
#
#	symbolize.sh [ROUNDS [FILE [ADDRESSES]]]
#
# FILE has .symtab and DWARF; by default the largest debug file that is installed.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

file=${2:-$(find /usr/lib/debug/.build-id -name '*.debug' -printf '%s %p\n' 2>/dev/null |
	sort -rn | awk 'NR == 1 { print $2 }')}
cnt=${3:-100000}
have nm || {
	echo "symbolize: skipped: needs nm (binutils)"
	exit 0
}
[ -f "$file" ] || {
	echo "symbolize: skipped: no debug file is installed (such as a -dbgsym package); name one"
	exit 0
}

# Anywhere in functions that are chosen evenly, the same each time.
nm -S --defined-only "$file" | awk -v cnt="$cnt" '
	function hex(text,  value, i) {
		for (i = 1; i <= length(text); i++)
			value = 16 * value + index("0123456789abcdef", substr(text, i, 1)) - 1
		return value
	}
	NF == 4 && $3 ~ /[tTwW]/ { start[n] = hex($1); size[n++] = hex($2) }
	END {
		srand(7)
		for (i = 0; i < cnt && n; i++) {
			f = int(rand() * n)
			printf "0x%x\n", start[f] + int(rand() * size[f])
		}
	}' >many
head -n 1 many >one
[ -s one ] || {
	echo "symbolize: $file has no functions" >&2
	exit 1
}

round() {
	for tool in $(rotated "$1" wick llvm); do
		case $tool in
		wick)
			"$measure" wick.inlines "$wick" symbolize -e "$file" <many >/dev/null
			"$measure" wick.names "$wick" symbolize --no-inlines -e "$file" <many >/dev/null
			"$measure" wick.one "$wick" symbolize --no-inlines -e "$file" <one >/dev/null
			"$measure" wick.oneinlines "$wick" symbolize -e "$file" <one >/dev/null
			;;
		llvm)
			have llvm-symbolizer || continue
			"$measure" llvm.inlines llvm-symbolizer --obj="$file" <many >/dev/null
			"$measure" llvm.names llvm-symbolizer --no-inlines --obj="$file" <many >/dev/null
			;;
		esac
	done
}

repeat "$(least "$rounds" 3)" round
check_runs ./*.inlines ./*.names ./*.one ./*.oneinlines
for result in *.inlines *.names *.one *.oneinlines; do
	[ -f "$result" ] && awk '{ print $1 / 1000, $3 / 1024 }' "$result" >"$result.s"
done
echo "symbolize: $cnt addresses of a debug file of $(($(wc -c <"$file") / 1000000)) MB"

# part_of FILE COLUMN TIMES : what wick may take, if it is to be so many times better.
part_of() {
	awk -v value="$(median "$1" "$2")" -v times="$3" \
		'BEGIN { print value == "-" ? "-" : value / times }'
}
compare "addresses with inlines: s" "$(part_of llvm.inlines.s 1 2)" 1 inlines.s wick llvm
compare "addresses with inlines: peak RSS, MB" "$(part_of llvm.inlines.s 2 3)" 2 inlines.s wick llvm
compare "addresses, names only: s" "$(part_of llvm.names.s 1 10)" 1 names.s wick llvm
compare "addresses, names only: peak RSS, MB" - 2 names.s wick llvm
row "one address, name only: s" 0.05 wick.one.s 1
row "one address with inlines: s" - wick.oneinlines.s 1
end_part
