#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Outputs that cannot be written: exit status 1, the reason, nothing half-written.
. "$(dirname "$0")/lib.sh"
need_root

start "$WORKLOADS/calltree" 60 2 >/dev/null
calltree=$last
cd "$T" || exit 1

wick record -a -d 30 -o "$T/missing/out.folded"
check "a directory that does not exist: exit status 1, before sampling" exited 1
check "a directory that does not exist: says which" said "$T/missing/out.folded: No such file"
wick record -a -d 30 -o "$T/out.folded" --stats "$T/missing/stats.json"
check "--stats in a directory that does not exist: exit status 1" exited 1
mkdir "$T/directory.folded"
wick record -a -d 30 -o "$T/directory.folded"
check "a directory as output: exit status 1" exited 1
check "a directory as output: says so" said 'directory.folded: Is a directory'
wick record -a -d 30 -o "$T/good.folded" -o "$T/missing/out.svg"
check "the second of two: exit status 1" exited 1
check "the second of two: neither is written" [ ! -e "$T/good.folded" ]

"$WICK" record -a -d 0.2 -o - >&- 2>"$T/last.err"
status=$?
check "closed stdout: exit status 1" exited 1
check "closed stdout: says so" said 'stdout: Bad file descriptor'
"$WICK" record -a -d 0.2 >&- 2>"$T/last.err"
status=$?
check "closed stdout without -o: exit status 1" exited 1
"$WICK" record -a -d 0.2 -F 999 -o - >/dev/full 2>"$T/last.err"
status=$?
check "stdout on a full disk: exit status 1" exited 1
check "stdout on a full disk: says so" said 'stdout: No space left'
wick record -a -d 0.2 -F 999 -o /dev/full --format folded
check "a full device: exit status 1" exited 1
check "a full device: says so" said '/dev/full: No space left'
wick record -a -d 0.2 -o "$T/out.folded" --stats /dev/full
check "--stats on a full device: exit status 1" exited 1
{
	"$WICK" record -a -F 4999 --per-thread -d 0.5 -o - 2>"$T/last.err"
	echo $? >"$T/status.out"
} | true
status=$(cat "$T/status.out")
check "a reader that goes away: exit status 1, not a signal" exited 1
check "a reader that goes away: says so" said 'stdout: Broken pipe'

# A disk that is full in the middle of the file.
mkdir "$T/small"
if mount -t tmpfs -o size=16k none "$T/small" 2>/dev/null; then
	at_exit="umount '$T/small'"
	echo precious >"$T/small/out.folded"
	head -c 100000 /dev/zero >"$T/small/filler" 2>/dev/null
	wick record -a -F 999 -d 0.3 -o "$T/small/out.folded"
	check "a full file system: exit status 1" exited 1
	check "a full file system: says so" said 'out.folded: No space left'
	check "a full file system: the older output is as it was" \
		[ "$(cat "$T/small/out.folded")" = precious ]
	check "a full file system: nothing is left behind" \
		[ "$(ls "$T/small")" = "$(printf 'filler\nout.folded')" ]
	wick record -a -F 999 -d 0.3 -o "$T/small/out.folded" -o "$T/second.folded" \
		-o "$T/small/third.svg" -o "$T/fourth.svg" --stats "$T/second.json"
	check "two of four fail: exit status 1" exited 1
	check "two of four fail: each has its message" \
		[ "$(grep -c 'small/out.folded: No space\|small/third.svg: No space' "$T/last.err")" = 2 ]
	check "two of four fail: the others are written" \
		[ -s "$T/second.folded" -a -s "$T/fourth.svg" ]
	check "two of four fail: and the ledger" ledger_adds_up "$T/second.json"
	"$WICK" flamegraph "$T/second.folded" "$T/second.folded" -o "$T/small/a.html" -o "$T/drawn.svg" \
		2>"$T/last.err"
	status=$?
	check "flamegraph: the first of two fails: exit status 1" exited 1
	check "flamegraph: the first of two fails: the other is written" grep -q '</svg>' "$T/drawn.svg"
	"$WICK" diff "$T/second.folded" "$T/second.folded" -o "$T/small/a.html" -o "$T/compared.svg" \
		2>"$T/last.err"
	status=$?
	check "diff: the first of two fails: exit status 1" exited 1
	check "diff: the first of two fails: the other is written" grep -q '</svg>' "$T/compared.svg"
	check "diff: the first of two fails: the table too" said 'samples before'
	wick record -F 999 -o "$T/small/out.folded" -- "$B/tests/workloads/calltree" 0.3
	check "a full file system: a command's own status does not hide it" exited 1
else
	skip "a full file system" "mount is not allowed"
fi

# A limit of the shell is an error like a full disk, and not a signal.
limited() {
	sh -c 'ulimit -f 1; exec "$0" "$@"' timeout -k 5 "$RUN_LIMIT_S" "$WICK" "$@" 2>"$T/last.err"
	status=$?
}
limited record -q -a -F 999 -d 0.5 -o "$T/limited.svg"
check "above ulimit -f: exit status 1" exited 1
check "above ulimit -f: says so" said 'cannot write .*/limited.svg: File too large (see ulimit -f)'
check "above ulimit -f: nothing is left" [ -z "$(find "$T" -name 'limited.svg*')" ]
limited record -q -a -F 99 -d 0.2 -o "$T/limited.svg" --stats "$T/limited.json"
check "above ulimit -f: --stats says so, too" said 'limited.json: File too large'
wick record -q -o "$T/limited.folded" -- sh -c 'ulimit -f 1; exec head -c 100000 /dev/zero >"$0"' "$T/head"
check "a command still gets the signal" exited 153

# A status of 127 is for a command that is not there.
mkdir "$T/passing"
wick record -q -o "$T/passing/out.folded" -- rm -r "$T/passing"
check "a folder that goes away meanwhile: exit status 1" exited 1

# An interrupted or failed run never replaces what was there.
echo precious >"$T/keep.folded"
wick record -p 999999999 -o "$T/keep.folded"
check "a failed run leaves the older output" [ "$(cat "$T/keep.folded")" = precious ]
check "no temporary file is left" [ -z "$(find "$T" -name '*.folded.??????')" ]
wick record -a -d 0.2 -o /dev/null --format folded
check "/dev/null is an output like any other" exited 0
check "and is still a device" [ -c /dev/null ]
ln -s "$T/target.folded" "$T/link.folded"
wick record -a -d 0.2 -o "$T/link.folded"
check "an output through a symbolic link: exit status 0" exited 0
stop "$calltree"

done_testing
