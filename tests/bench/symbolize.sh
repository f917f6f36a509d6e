#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# How long it takes to name addresses, and in how much memory, beside llvm-symbolizer.
#
#     tests/bench/symbolize.sh [FILE [ADDRESSES]]      ROUNDS=5
#
# FILE has .symtab and DWARF; by default the largest debug file that is installed.  The
# programs take turns, so that a busy machine is busy for both; medians are compared.
# The exit status is 0 if all that is promised holds.
set -u
LC_ALL=C
export LC_ALL

WICK=${B:-build}/wick
ROUNDS=${ROUNDS:-5}
FILE=${1:-$(find /usr/lib/debug/.build-id -name '*.debug' -printf '%s %p\n' 2>/dev/null |
	sort -rn | awk 'NR == 1 { print $2 }')}
CNT=${2:-100000}
T=$(mktemp -d) || exit 1
trap 'rm -rf "$T"' EXIT

for tool in llvm-symbolizer nm awk /usr/bin/time; do
	command -v "$tool" >/dev/null || { echo "$0: needs $tool" >&2; exit 1; }
done
[ -f "$FILE" ] || { echo "$0: no debug file is installed; name one" >&2; exit 1; }

# Anywhere in functions that are chosen evenly, the same each time.
nm -S --defined-only "$FILE" | awk -v cnt="$CNT" '
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
	}' >"$T/many"
head -n 1 "$T/many" >"$T/one"
[ -s "$T/one" ] || { echo "$0: $FILE has no functions" >&2; exit 1; }

# once NAME ADDRESSES COMMAND...: adds "wall cpu KiB" to $T/NAME.
once() {
	name=$1 from=$2
	shift 2
	/usr/bin/time -o "$T/time" -f '%e %U %S %M' "$@" <"$T/$from" >/dev/null || exit 1
	awk '{ print $1, $2 + $3, $4 }' "$T/time" >>"$T/$name"
}

for _ in $(seq "$ROUNDS"); do
	once wick_inlines many "$WICK" symbolize -e "$FILE"
	once llvm_inlines many llvm-symbolizer --obj="$FILE"
	once wick_names many "$WICK" symbolize --no-inlines -e "$FILE"
	once llvm_names many llvm-symbolizer --obj="$FILE" --no-inlines
	once wick_one one "$WICK" symbolize --no-inlines -e "$FILE"
	once wick_one_inlines one "$WICK" symbolize -e "$FILE"
done

# median NAME COLUMN
median() {
	sort -n -k "$2,$2" "$T/$1" | awk -v column="$2" '{ v[NR] = $column }
		END { print v[int((NR + 1) / 2)] }'
}

echo "$FILE, $CNT addresses, medians of $ROUNDS rounds"
printf '%-18s %8s %8s %8s\n' "" "wall s" "CPU s" MiB
for name in wick_inlines llvm_inlines wick_names llvm_names wick_one wick_one_inlines; do
	printf '%-18s %8s %8s %8.0f\n' "$name" "$(median $name 1)" "$(median $name 2)" \
		"$(awk -v k="$(median $name 3)" 'BEGIN { print k / 1024 }')"
done

failed=0
# promise "what" VALUE "at least"|"below" BOUND
promise() {
	if awk -v v="$2" -v kind="$3" -v bound="$4" \
		'BEGIN { exit !(kind == "below" ? v < bound : v >= bound) }'; then
		echo "holds: $1: $2, $3 $4"
	else
		echo "FAILS: $1: $2, $3 $4"
		failed=1
	fi
}
ratio() {
	awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f", a / (b > 0.001 ? b : 0.001) }'
}

promise "with inlines, times faster than llvm-symbolizer" \
	"$(ratio "$(median llvm_inlines 1)" "$(median wick_inlines 1)")" "at least" 2
promise "with inlines, part of its memory" \
	"$(ratio "$(median wick_inlines 3)" "$(median llvm_inlines 3)")" below 0.3334
promise "names only, times faster than llvm-symbolizer" \
	"$(ratio "$(median llvm_names 1)" "$(median wick_names 1)")" "at least" 10
promise "one address without inlines, s" "$(median wick_one 1)" below 0.05
exit $failed
