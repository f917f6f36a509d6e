#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The n-th allocation, open or read fails: an error with a reason, or the same result.
. "$(dirname "$0")/lib.sh"

if ldd "$WICK" | grep -q 'lib[a-z]*san'; then
	skip_all "a sanitizer has its own malloc"
fi

STEPS_MAX=80	# runs for each row
cd "$T" || exit 1

# Each n at first, then ever larger ones.
next_n() {
	echo $(($1 + 1 + $1 / 16))
}

# every KIND SAME COMMAND... : with $bad, what went wrong, and $reached, how many failed.
# The command writes out.* or stdout; SAME is called when it succeeded, and says whether
# what it wrote is right.
every() {
	call=$1
	same=$2
	shift 2
	bad=
	reached=0
	refused=0
	n=1
	steps=0
	while [ $steps -lt $STEPS_MAX ]; do
		steps=$((steps + 1))
		rm -f fired out.*
		timeout -k 2 20 env NTH_KIND="$call" NTH="$n" NTH_FIRED="$T/fired" \
			LD_PRELOAD="$B/tests/faults/nth.so" "$WICK" "$@" >stdout 2>last.err
		status=$?
		grep -q x fired || break
		reached=$((reached + 1))
		case $status in
		0) $same || bad="$bad $n: status 0 and wrong;" ;;
		1)
			refused=$((refused + 1))
			[ -s last.err ] || bad="$bad $n: without a reason;"
			# An output that can be written is, whichever other one can not, and with what there
			# is if the rest of the samples cannot be had.
			grep -q -e '^wick: cannot write out\.' -e '^wick: cannot read the samples' last.err &&
				sed -n 's/^wrote //p' last.err | xargs rm -f
			[ -z "$(find . -name 'out.*')" ] || bad="$bad $n: an output is left;"
			;;
		*) bad="$bad $n: status $status;" ;;
		esac
		n=$(next_n "$n")
	done
	[ -z "$bad" ] || echo "$bad" | diag
}

# row SENTENCE LEAST : of the last `every`.
row() {
	check "$1 ($reached runs, $refused refused)" [ -z "$bad" ]
	check "$1: it did happen" [ $reached -ge "$2" ]
}

for i in 1 2 3 4 5 6 7 8 9 10 11 12; do
	echo "main;f$i;g$((i % 3));h 1$i"
	echo "main;f$i;k$i 3"
done >in.folded
"$WICK" flamegraph in.folded -o reference.svg
same_svg() {
	cmp -s out.svg reference.svg
}
for kind in malloc:10 open:1; do
	every ${kind%:*} same_svg flamegraph in.folded -o out.svg
	row "flamegraph, the n-th ${kind%:*} fails" ${kind#*:}
done

nm "$WORKLOADS/calltree" | awk '$3 ~ /^(leaf_[abc]|run|main)$/ { sub(/^0*/, "", $1); print $1, $3 }' >truth
addresses=$(cut -d ' ' -f 1 truth)
# One line for each address, with its name or none, never another one; and inlined functions,
# if there was memory for them.
same_names() {
	[ "$(wc -l <stdout)" = "$(wc -l <truth)" ] && awk '
		NR == FNR { name["0x" $1] = $2; next }
		!($1 in name) || !(index($0, " " name[$1] "+0x0") || $2 == "??") { exit 1 }' truth stdout
}
# One word each.
# shellcheck disable=SC2086
"$WICK" symbolize -e "$WORKLOADS/calltree" $addresses >stdout
check "symbolize: the names are right" same_names
check "symbolize: none is missing" [ "$(grep -c '+0x0' stdout)" = "$(wc -l <truth)" ]
for kind in malloc:20 open:1 read:1; do
	# shellcheck disable=SC2086
	every ${kind%:*} same_names symbolize -e "$WORKLOADS/calltree" $addresses
	row "symbolize, the n-th ${kind%:*} fails" ${kind#*:}
done

if [ "$(id -u)" = 0 ]; then
	start "$WORKLOADS/nofp/calltree" 120 >/dev/null
	target=$last
	adds_up() {
		ledger_adds_up out.json >/dev/null && stacks_add_up out.json >/dev/null &&
			[ "$(total out.folded)" = "$(flat_json out.json | awk '$1 == "stored" { print $2 }')" ]
	}
	for kind in malloc:50 open:10 read:10; do
		every ${kind%:*} adds_up record -p "$target" -F 999 -d 0.05 -o out.folded --stats out.json
		row "record, the n-th ${kind%:*} fails" ${kind#*:}
	done
else
	skip "record" "needs root"
fi

done_testing
