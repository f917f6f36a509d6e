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

# Files that are mapped take all descriptors that there may be, but for those of outputs.
lost=
for limit in 52 56 60 64 68; do
	rm -f "$T/scarce.folded" "$T/scarce.json"
	# dash knows -n as well as every other shell.
	# shellcheck disable=SC3045
	(ulimit -n $limit && exec "$WICK" record -q -a -d 0.3 -F 99 -o "$T/scarce.folded" --stats "$T/scarce.json") \
		2>"$T/last.err"
	status=$?
	[ $status = 0 ] && [ -e "$T/scarce.folded" ] && [ -s "$T/scarce.json" ] && continue
	said 'cannot write' && lost="$lost $limit"
done
check "with few descriptors outputs have theirs:$lost" [ -z "$lost" ]
start "$WICK" record -q -a -d 30 -o "$T/limits.folded"
wick=$last
opener() {
	# They are words of one line.
	# shellcheck disable=SC2013
	for pid in $(cat "/proc/$wick/task/$wick/children"); do
		[ "$(cat "/proc/$pid/comm")" = wick-opener ] && echo "$pid"
	done
}
soft() {
	awk '/Max open files/ { print $4 }' "/proc/$1/limits"
}
raised() {
	[ "$(soft "$(opener)")" = "$(soft "$wick")" ] && [ "$(soft "$wick")" -gt "$(soft $$)" ]
}
# shellcheck disable=SC3045
if [ "$(ulimit -S -n)" != "$(ulimit -H -n)" ]; then
	check "who opens files may open as many as who keeps them" wait_for raised
else
	skip "who opens files may open as many as who keeps them" "the limits are the same"
fi
stop "$wick"

# A pipe whose reader came first, and the other ways to get at what is open already.
mkfifo "$T/first.folded"
start sh -c 'exec cat "$1" >"$2"' - "$T/first.folded" "$T/first.out"
reader=$last
wait_for [ -e "$T/first.out" ]
wick record -q -a -F 999 -d 0.3 -o "$T/first.folded" --stats "$T/first.json"
check "a pipe with a reader that came first: exit status 0" exited 0
wait "$reader"
check "a pipe with a reader that came first: it gets the profile" \
	[ "$(total "$T/first.out")" = "$(stat_of first counted)" -a -s "$T/first.out" ]
start sh -c 'exec cat "$1" >"$2"' - "$T/first.folded" "$T/drawn.out"
reader=$last
wick flamegraph "$T/second.folded" -o "$T/first.folded"
wait "$reader"
check "flamegraph: a pipe with a reader" [ -s "$T/drawn.out" ]

# A reader that comes at last.
start "$WICK" record -a -F 999 -d 0.3 -o "$T/first.folded" --stats "$T/first.json" 2>"$T/last.err"
wick=$last
wait_for said 'first.folded is written to when something reads it'
cat "$T/first.folded" >"$T/late.out"
wait "$wick"
status=$?
check "a reader that comes at last: exit status 0" exited 0
check "a reader that comes at last: that it is waited for was said" said 'when something reads it'
check "a reader that comes at last: it gets the profile" \
	[ "$(total "$T/late.out")" = "$(stat_of first counted)" -a -s "$T/late.out" ]

# own NAME... : a run that writes the profile to NAME as its stdout, and the ledger to fd 3.
links() {
	readlink /dev/stdout /dev/stderr /dev/fd /proc/self/fd
}
before=$(links)
for name in /dev/stdout /dev/fd/1 /proc/self/fd/1 /proc/thread-self/fd/1 /dev/../dev/stdout; do
	"$WICK" record -q -a -d 0.2 -F 999 -o "$name" --format folded --stats /dev/fd/3 \
		3>"$T/own.json" 2>"$T/last.err" | cat >"$T/own.folded"
	check "-o $name: a pipe gets the profile, fd 3 the ledger" counts_add_up own
	"$WICK" flamegraph -q "$T/second.folded" --format svg 2>"$T/last.err" -o "$name" | cat >"$T/own.svg"
	"$WICK" flamegraph -q "$T/second.folded" -o "$name" --format svg >"$T/plain.svg" 2>"$T/last.err"
	"$WICK" flamegraph -q "$T/second.folded" -o - --format svg >"$T/dash.svg"
	check "flamegraph -o $name: as -o - is" cmp "$T/dash.svg" "$T/plain.svg"
	"$WICK" diff -q "$T/second.folded" "$T/second.folded" -o "$name" --format svg 2>"$T/last.err" |
		cat >"$T/own.svg"
	check "diff -o $name" grep -q '</svg>' "$T/own.svg"
done
check "the links of the machine are as they were" [ "$(links)" = "$before" ]
"$WICK" record -q -a -d 0.2 -o "$T/kept.folded" --stats /dev/stderr 2>"$T/own.json"
check "--stats /dev/stderr" ledger_adds_up "$T/own.json"
echo before >"$T/appended.folded"
"$WICK" record -q -a -F 999 -d 0.2 -o /dev/stdout --format folded >>"$T/appended.folded"
check "what is appended to is appended to" [ "$(head -n 1 "$T/appended.folded")" = before ]
check "and has the profile" [ "$(wc -l <"$T/appended.folded")" -gt 1 ]
(cd /proc/self/fd && exec "$WICK" record -q -a -d 0.2 -F 999 -o 1 --format folded) >"$T/own.folded"
check "-o 1 in /proc/self/fd" [ -s "$T/own.folded" ]
touch "$T/fixed.folded"
if chattr +i "$T/fixed.folded" 2>/dev/null; then
	wick record -a -d 30 -o "$T/fixed.folded"
	chattr -i "$T/fixed.folded"
	check "a file that may not be replaced: before the recording" exited 1
	check "a file that may not be replaced: says so" said 'fixed.folded: Operation not permitted (what is in its place'
else
	skip "a file that may not be replaced" "no chattr, or a file system without it"
fi
# The mount is the namespace's.
# shellcheck disable=SC2016
if unshare -m sh -c 'mount --bind "$1" "$1" && exec "$0" record -a -d 30 -o "$1"' "$WICK" "$T/fixed.folded" \
	2>"$T/last.err"; then
	fail "a file that is a mount of its own"
else
	check "a file that is a mount of its own: says so" said 'it is a mount of its own\|mount:\|unshare:'
fi
wick record -a -d 0.2 -o /dev/fd/77 --format folded
check "-o of a descriptor that is not open: exit status 1" exited 1
check "-o of a descriptor that is not open: says so" said '/dev/fd/77: Bad file descriptor'
wick record -F 999 -o /dev/stdout --format folded -- "$B/tests/workloads/calltree" 0.3
check "with a command, too: behind what that has printed" \
	grep -q '^calltree;.*;leaf_a.* [0-9]*$' "$T/last.out"
if have bash; then
	# Bash's own: it is no word of sh.
	# shellcheck disable=SC2016
	bash -c '"$0" record -q -a -F 999 -d 0.3 -o >(cat >"$1") --format folded; wait $!' "$WICK" \
		"$T/substituted.folded" 2>"$T/last.err"
	check "a process substitution gets the profile" [ -s "$T/substituted.folded" ]
else
	skip "a process substitution gets the profile" "no bash"
fi

# What another user has left in a folder of all is not followed, whatever the sysctls are.
mkdir "$T/sticky"
chmod 1777 "$T/sticky"
if have setpriv; then
	plain() {
		setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
	}
	: >"$T/device" # a pipe of root's stands for it
	rm "$T/device"
	mkfifo "$T/device"
	start sh -c 'exec cat "$1" >"$2"' - "$T/device" "$T/device.out"
	plain ln -s "$T/device" "$T/sticky/link.folded"
	plain ln -s "$T" "$T/sticky/folder"
	plain mkfifo -m 666 "$T/sticky/pipe.folded"
	wick record -q -a -d 0.2 -F 999 -o "$T/sticky/link.folded"
	check "another user's link to a device: replaced" [ -f "$T/sticky/link.folded" -a ! -L "$T/sticky/link.folded" ]
	check "another user's link to a device: not followed" [ ! -s "$T/device.out" ]
	wick record -q -a -d 0.2 -F 999 -o "$T/sticky/folder/through.folded"
	check "another user's link to a folder: exit status 1" exited 1
	check "another user's link to a folder: nothing is written" [ ! -e "$T/through.folded" ]
	wick record -q -a -d 0.2 -F 999 -o "$T/sticky/pipe.folded"
	check "another user's pipe: exit status 1" exited 1
	check "another user's pipe: says so" said 'sticky/pipe.folded: Permission denied'
	wick flamegraph "$T/second.folded" -o "$T/sticky/pipe.folded" --format svg
	check "flamegraph: another user's pipe: exit status 1" exited 1
	wick record -q -a -d 0.2 -F 999 -o "$T/good.folded" --stats "$T/sticky/pipe.folded"
	check "--stats: another user's pipe: exit status 1" exited 1

	# What a user may not see wick's capabilities do not show him.
	cp "$WICK" "$T/wick"
	chmod 777 "$T"
	mkdir -m 700 "$T/private"
	: >"$T/private/there"
	if setcap cap_bpf,cap_perfmon,cap_sys_ptrace,cap_syslog,cap_dac_read_search,cap_dac_override+ep "$T/wick" 2>/dev/null; then
		for name in there there/x absent absent/x; do
			for option in "-o $T/private/$name.folded" "-o $T/kept2.folded --stats $T/private/$name"; do
				# One or more words.
				# shellcheck disable=SC2086
				plain "$T/wick" record -q -a -d 0.1 $option 2>&1 | sed "s|$T/private/[a-z/.]*|FILE|"
			done
			plain "$T/wick" record -q -d 0.1 -o "$T/kept2.folded" -- "$T/private/$name" 2>&1 |
				sed "s|$T/private/[a-z/]*|FILE|" >>"$T/commands"
		done >"$T/answers"
		check "capabilities of the file: every name in a private folder is the same" \
			[ "$(sort -u "$T/answers" | wc -l)" = 1 ]
		check "capabilities of the file: as a command, too" [ "$(sort -u "$T/commands" | wc -l)" = 1 ]
		refuse "capabilities of the file: nothing is made there" test -e "$T/private/absent.folded"
	else
		skip "capabilities of the file" "no setcap, or a file system without them"
	fi
else
	skip "another user's link and pipe" "no setpriv"
fi

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
