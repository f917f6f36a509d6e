#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Programs that lie about their interpreter's frames: they cost the profile nothing but these, and
# the Python of another user beside them is seen as ever.
. "$(dirname "$0")/lib.sh"
need_root
PROGRAMS=$(cd "$(dirname "$0")/../workloads/python" && pwd)

PYTHON=$(readlink -f /usr/bin/python3) || skip_all "no /usr/bin/python3"
have setpriv || skip_all "no setpriv"
cp "$PROGRAMS/forge.py" "$PROGRAMS/shares.py" "$T"
ln -s "$PYTHON" "$T/honest"
cc -O2 -shared -fPIC -pthread -o "$T/forge.so" "$PROGRAMS/forge.c" 2>"$T/cc.err" ||
	skip_all "no compiler"
chmod -R a+rX "$T"

# as USER COMMAND... : in the background; its pid is $last.  A session of its own has not the priority that
# this test has (priority.sh): ten that burn with it leave the kernel's own threads no time.
as() {
	user=$1
	shift
	start setsid setpriv --reuid "$user" --regid "$user" --clear-groups -- "$@" >/dev/null
}

LIAR=65534
HONEST=1
lie() {
	as $LIAR "$PYTHON" "$T/forge.py" "$T/forge.so" "$1" 30
}

be_honest() {
	as $HONEST "$T/honest" "$T/shares.py" 30
}

setpriv --reuid $LIAR --regid $LIAR --clear-groups -- "$PYTHON" "$T/forge.py" "$T/forge.so" codes 0 \
	>/dev/null 2>&1
case $? in
0) ;;
3) skip_all "forge.py does not know $PYTHON" ;;
*) skip_all "no other user may run $PYTHON" ;;
esac

frame() {
	echo "$1 \\([^;]*\\)_\\[p\\]"
}
WHOLE="^honest;(.*;)?$(frame '<module>');$(frame main)(;|\$)"

# The samples of a recording's first moment come before its processes are known, and have native frames.
EARLY=15

# share NAME REGEX : of the other's samples 99 % match, but for the early ones.
share() {
	awk -v some="$(total "$T/$1.folded" "$2")" -v all="$(total "$T/$1.folded" '^honest;')" \
		-v early="$EARLY" 'BEGIN {
			print some " of " all
			exit !(all >= 80 && 100 * (some + early) >= 99 * all)
		}'
}

complaints() {
	dmesg 2>/dev/null | grep -cE 'BUG|WARNING|lockup|RT throttling|general protection'
}

# counts NAME KEY... : one of these of the ledger's part about Python is not 0.
counts() {
	run=$1
	sum=0
	shift
	for key in "$@"; do
		cnt=$(stat_of "$run" "interpreters.python.$key")
		echo "$key: $cnt"
		sum=$((sum + cnt))
	done
	[ $sum -gt 0 ]
}

nothing_lost() {
	flat_json "$T/$1.json" | awk '
		$1 ~ /^lost\./ { print $0; lost += $2 }
		END { exit lost != 0 }'
}

# takes NAME PERCENT : of one CPU at the most.
takes() {
	echo "$(cpu "$1") % of a CPU"
	awk -v took="$(cpu "$1")" -v most="$2" 'BEGIN { exit !(took <= most) }'
}

# bear NAME KIND... : beside ten that lie, of these kinds.  Each of their stacks takes 5 KB of the ring: at a
# higher rate, on a machine that does other things, too, it overflows before wick is scheduled.
bear() {
	run=$1
	shift
	liars=
	be_honest
	honest=$last
	while [ "$(echo "$liars" | wc -w)" -lt 10 ]; do
		for kind in "$@"; do
			lie "$kind"
			liars="$liars $last"
		done
	done
	sleep 1
	record "$run" -a -F 199 -d 7
	for liar in $liars $honest; do
		stop "$liar"
	done
	check "$run: exit status 0" exited 0
	check "$run: the other's stacks are whole" share "$run" "$WHOLE"
	check "$run: and named" share "$run" '^honest;([^[;]|\[[^u]|;)*$'
	check "$run: no sample is lost" nothing_lost "$run"
	check "$run: wick takes little of a CPU" takes "$run" 25
	check "$run: and of memory" small "$run"
	refuse "$run: no control character is written" grep -q "[$(printf '\001-\011\013-\037\177')]" \
		"$T/$run.folded"
}

before=$(complaints)
bear "ten that lie in each way" circle wild names guard remap
bear "code without end" codes
check "code without end: the ledger says how much was not told, or kept" \
	counts "code without end" frames.unnamed_why.not_heard frames.unnamed_why.no_room

# What was found out of a process of one user is not believed of another's.
lie slot
liar=$last
as $HONEST sh -c 'sleep 1; exec "$0" "$@"' "$T/honest" "$T/shares.py" 30
record slot -a -F 999 -d 3
check "a state where no other process has it: the other's functions are seen" \
	seen slot "$WHOLE" 10
stop "$last"
stop "$liar"
check "the kernel does not complain" [ "$(complaints)" = "$before" ]

done_testing
