#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# What wick gives up before it reads foreign files, and that it finds as much without.
. "$(dirname "$0")/lib.sh"
need_root
have setpriv || skip_all "no setpriv"
chmod 777 "$T"

# field FILE NAME : of a /proc/PID/status.
field() {
	awk -v name="$2:" '$1 == name { print $2 }' "$1" 2>/dev/null
}

# within HEX HEX : the first set of capabilities is in the second one.
within() {
	echo "0x$1 in $2"
	[ -n "$1" ] && [ $((0x$1 & ~$2)) = 0 ]
}

# DAC_READ_SEARCH, SYS_PTRACE, SYSLOG, CHECKPOINT_RESTORE; and BPF, SYS_NICE while it samples.
READING=0x10400080004
SAMPLING=0x18400880004
WRITING=0xf	# CHOWN, DAC_OVERRIDE, DAC_READ_SEARCH, FOWNER

# is_user PID UID
is_user() {
	[ "$(field "/proc/$1/status" Uid)" = "$2" ]
}

filtered() {
	[ "$(field "$1" Seccomp)" = 2 ]
}

# confined STATUS CAPABILITIES
confined() {
	for set in CapEff CapPrm CapInh CapAmb; do
		within "$(field "$1" $set)" "$2" || return
	done
	[ "$(field "$1" NoNewPrivs)" = 1 ] && filtered "$1"
}

all_confined() {
	cnt=0
	for task in "/proc/$1/task"/*/status; do
		cat "$task" >"$T/status" || continue # a thread that ended
		cat "$T/status"
		confined "$T/status" $SAMPLING || return
		cnt=$((cnt + 1))
	done
	[ $cnt -ge 2 ]
}

has_threads() {
	[ "$(find "/proc/$1/task" -mindepth 1 -maxdepth 1 | wc -l)" -ge 2 ]
}

child_named() {
	children=$(cat "/proc/$1/task"/*/children)
	for pid in $children; do
		[ "$(cat "/proc/$pid/comm")" = "$2" ] && child=$pid
	done
	[ -n "$child" ]
}

mkdir "$T/shared" # what other users can reach, as the build directory need not be
cp "$WORKLOADS/calltree" "$WORKLOADS/libinner.so" "$T/shared"
start "$T/shared/calltree" 60 >/dev/null
target=$last
start env DEBUGINFOD_URLS=http://127.0.0.1:9 HOME="$T" "$WICK" record -q -a -F 999 -d 30 -o "$T/long.folded"
wick=$last
wait_for filtered "/proc/$wick/status"
wait_for has_threads "$wick"
check "while it samples: each thread has the few capabilities, no way to more, and a filter" \
	all_confined "$wick"
child=
check "the process that writes is another one" child_named "$wick" wick-writer
check "and can write, and no more" within "$(field "/proc/$child/status" CapPrm)" $WRITING
check "with a filter of its own" filtered "/proc/$child/status"
check "and no way to more" [ "$(field "/proc/$child/status" NoNewPrivs)" = 1 ]
child=
check "so is the one that asks debuginfod servers" child_named "$wick" wick-fetcher
check "and is not root" wait_for is_user "$child" 65534
check "with a filter of its own" wait_for filtered "/proc/$child/status"
check "and has no capability" within "$(field "/proc/$child/status" CapPrm)" 0
check "nor a way to one" [ "$(field "/proc/$child/status" NoNewPrivs)" = 1 ]
stop "$wick"
check "it ends as ever" [ -s "$T/long.folded" ]

child=
start env SUDO_UID=1 SUDO_GID=1 DEBUGINFOD_URLS=http://127.0.0.1:9 "$WICK" record -q -a -d 30 -o "$T/asked.folded"
wick=$last
wait_for child_named "$wick" wick-fetcher
check "under sudo it is the user who asks for debug files" \
	wait_for is_user "$child" 1
stop "$wick"

# Whoever starts wick may have a secret open.
echo secret >"$T/secret"
has_secret() {
	find "/proc/$1/fd" -lname "$T/secret" | grep -q .
}
all_have_none() {
	children=$(cat "/proc/$1/task"/*/children)
	for pid in "$1" $children; do
		! has_secret "$pid" || return
	done
}
start env HOME="$T" DEBUGINFOD_URLS=http://127.0.0.1:9 "$WICK" record -q -a -d 30 -o "$T/kept.folded" \
	7<"$T/secret"
wick=$last
wait_for filtered "/proc/$wick/status"
check "a descriptor that wick was started with is closed, in all of its processes" \
	wait_for all_have_none "$wick"
stop "$wick"
wick record -q -o "$T/passed.folded" -- cat /dev/fd/7 7<"$T/secret"
check "a command still has it" [ "$(cat "$T/last.out")" = secret ]
has_none() {
	kill -0 "$1" && ! has_secret "$1"
}
mkfifo "$T/waits"
exec 3<>"$T/waits"
for arguments in "flamegraph -o $T/waits.svg $T/waits" "symbolize -p $target"; do
	# One word each.
	# shellcheck disable=SC2086
	start sh -c 'exec 7<"$0" <"$1" && shift && exec "$@"' "$T/secret" "$T/waits" "$WICK" $arguments
	wait_for filtered "/proc/$last/status"
	check "${arguments%% *} closes it, too" has_none "$last"
	kill -9 "$last"
done
exec 3>&-
echo 'a;b 3' >"$T/in.folded"
wick flamegraph -o /dev/fd/8 --format folded /dev/fd/7 7<"$T/in.folded" 8>"$T/out.folded"
check "those that are named are used" diff "$T/in.folded" "$T/out.folded"
wick flamegraph --output=/dev/fd/8 --format folded /dev/fd/7 7<"$T/in.folded" 8>"$T/out.folded"
check "in each way to name one" diff "$T/in.folded" "$T/out.folded"

# The command is not confined.
privileges="grep -E '^(Cap|NoNewPrivs|Seccomp:|Groups|Uid)' /proc/self/status; env | grep -v '^_='"
sh -c "$privileges" >"$T/without"
wick record -q -o "$T/command.folded" -- sh -c "$privileges"
check "a command has the privileges and the environment that it has without wick" \
	diff "$T/without" "$T/last.out"
wick record -q -d 0.5 -o "$T/other.folded" -- setpriv --reuid=65534 --clear-groups sleep 0.7
check "a command that became another user: its status" exited 0
start setpriv --reuid=65534 --clear-groups sleep 60
start "$WICK" record -q -o "$T/killed.folded" -- setpriv --reuid=65534 --clear-groups sleep 60
wick=$last
wait_for filtered "/proc/$wick/status"
wait_for grep -q 65534 "/proc/$wick/task/$wick/children" "/proc/$(awk '{ print $NF }' \
	"/proc/$wick/task/$wick/children")/status"
kill -INT "$wick"
check "and is ended with an interrupted recording" wait_for test ! -e "/proc/$wick/task/$wick/stat"

# As much is named as before: another user's program in a private directory, deleted as well.
mkdir "$T/private"
cp "$WORKLOADS/calltree" "$WORKLOADS/libinner.so" "$T/private"
chown -R 65534 "$T/private"
chmod 700 "$T/private"
start setpriv --reuid=65534 --clear-groups "$T/private/calltree" 60 >/dev/null
private=$last
wait_for grep -q libinner "/proc/$private/maps"
record private -p "$private" -F 999 -d 0.5
check "a private program is named" seen private ';main;run;phase_a;leaf_a(;|$)' 10
check "and its library" seen private ';lib_outer;lib_inner(;|$)' 5
rm -r "$T/private"
record deleted -p "$private" -F 999 -d 0.5
check "a deleted private program is named" seen deleted ';main;run;phase_a;leaf_a(;|$)' 10
stop "$private"

# Under sudo.
owner() {
	stat -c %u:%g "$1"
}
under_sudo() {
	(cd "$T" && SUDO_UID=65534 SUDO_GID=65533 timeout 20 "$WICK" "$@" >"$T/last.out" 2>"$T/last.err")
	status=$?
}
under_sudo record -a -d 0.2 -o "$T/sudo.folded" -o "$T/sudo.svg" --stats "$T/sudo.json"
for file in folded svg json; do
	check "under sudo the user owns sudo.$file" [ "$(owner "$T/sudo.$file")" = 65534:65533 ]
done
under_sudo record -d 0.1 -- true
under_sudo record -d 0.1 -- true
check "and wick.svg" [ "$(owner "$T/wick.svg")" = 65534:65533 ]
check "and wick.svg.old" [ "$(owner "$T/wick.svg.old")" = 65534:65533 ]
under_sudo flamegraph "$T/sudo.folded" -o "$T/drawn.svg"
check "and what flamegraph draws" [ "$(owner "$T/drawn.svg")" = 65534:65533 ]
SUDO_UID=65534x SUDO_GID=0 "$WICK" record -q -a -d 0.1 -o "$T/odd.folded"
check "a SUDO_UID that is no number is none" [ "$(owner "$T/odd.folded")" = 0:0 ]

# A symlink in the way is replaced, not followed.
echo precious >"$T/precious"
ln -s "$T/precious" "$T/way.folded"
wick record -q -a -d 0.1 -o "$T/way.folded"
check "what a symlink leads to is not touched" [ "$(cat "$T/precious")" = precious ]

# Capabilities of the file instead of root.
cp "$WICK" "$T/wick"
chmod 755 "$T/wick"
plain() {
	timeout -k 5 20 setpriv --reuid=65534 --regid=65534 --clear-groups "$T/wick" "$@" \
		>"$T/last.out" 2>"$T/last.err"
	status=$?
}
plain --version
check "another user can run it" exited 0
if ! setcap cap_bpf,cap_perfmon,cap_sys_ptrace,cap_syslog+ep "$T/wick" 2>/dev/null; then
	skip "capabilities of the file" "no setcap, or a file system without them"
else
	plain record -a -F 999 -d 0.7 -o "$T/setcap.folded" --stats "$T/setcap.json"
	check "four capabilities: exit status 0" exited 0
	check_ledger setcap
	check "four capabilities: another user's process is named" \
		seen setcap '^calltree;.*;main;run;phase_a;leaf_a(;|$)' 10
	check "four capabilities: the kernel is named" seen setcap '[a-z]_\[k\]$' 1
	check "four capabilities: the file is the user's" [ "$(owner "$T/setcap.folded")" = 65534:65534 ]
	plain doctor
	check "doctor says which it lacks" grep -q 'note  capabilities .*no cap_dac_read_search' "$T/last.out"
	refuse "and no other" grep -q 'no cap_\(bpf\|perfmon\|sys_ptrace\|syslog\)' "$T/last.out"
	setcap cap_bpf,cap_perfmon,cap_sys_ptrace,cap_syslog,cap_dac_read_search+ep "$T/wick"
	# In a chroot the root need not be a mount that can be made private: /sys is one.
	# shellcheck disable=SC2016
	timeout 20 unshare -m --propagation unchanged sh -c '
		[ -d /sys/kernel/tracing/events ] || mount --make-private /sys &&
			mount -t tracefs none /sys/kernel/tracing || exit 9
		exec setpriv --reuid=65534 --regid=65534 --clear-groups "$@"' - \
		"$T/wick" record -q -F 999 -o "$T/setcmd.folded" -- "$T/shared/calltree" 0.3 \
		>"$T/last.out" 2>"$T/last.err"
	status=$?
	if [ $status = 9 ]; then
		skip "with cap_dac_read_search: a command" "no tracefs"
	else
		check "with cap_dac_read_search: a command" \
			seen setcmd '^calltree;.*;main;run;phase_a;leaf_a(;|$)' 10
	fi
	cp "$T/setcap.folded" "$T/secret.folded"
	chmod 600 "$T/secret.folded"
	setcap cap_dac_read_search+ep "$T/wick"
	plain flamegraph "$T/secret.folded" -o "$T/secret.svg"
	check "flamegraph reads with the user's rights, not with the file's" said 'Permission denied'
	plain symbolize -e "$T/secret.folded" 1000
	check "so does symbolize -e" said 'Permission denied'
fi

# The commands that need nothing.
mkfifo "$T/pipe"
for arguments in "flamegraph -o $T/pipe.svg $T/pipe" "diff -o $T/pipe.svg $T/pipe $T/pipe"; do
	# One word each.
	# shellcheck disable=SC2086
	start "$WICK" $arguments
	check "${arguments%% *} is confined when it reads" wait_for confined "/proc/$last/status" 0x4
	kill -9 "$last"
done
exec 3<>"$T/pipe"
start sh -c 'exec "$0" symbolize -p "$1" <"$2"' "$WICK" "$target" "$T/pipe"
check "symbolize is confined when it reads" wait_for confined "/proc/$last/status" $READING
stop "$last"

# Names that others chose do not reach the terminal as they are.
escape=$(printf '\033')
csi=$(printf '\302\233')
rlo=$(printf '\342\200\256')	# from right to left
evil="$T/x${escape}]0;owned${csi}2J"
mkdir "$evil"
cp "$WORKLOADS/calltree" "$evil/e${escape}[31m"
cp "$WORKLOADS/libinner.so" "$evil"
if have objcopy; then
	objcopy --redefine-sym "leaf_a=leaf${escape}[32m${rlo}_a" "$evil/e${escape}[31m"
	objcopy --strip-all "$evil/libinner.so"
fi
plain_text() {
	! LC_ALL=C grep -q "[$escape]\|$csi" "$@"
}
# What a file may have, as other programs show it, but no terminal.
in_order() {
	plain_text "$@" && ! LC_ALL=C grep -q "$rlo" "$@"
}
start "$evil/e${escape}[31m" 60 >/dev/null
wait_for grep -q libinner "/proc/$last/maps"
# Of the kernel nothing: ten functions of an interrupt would leave no row for one of these.
wick record -vv -U --per-process -p "$last" -F 999 -d 0.5 -o "$T/evil.folded"
check "hostile names: they were sampled" grep -q '^e?\[31m-.*leaf?\[32m.*_a' "$T/evil.folded"
check "hostile names: the summary is plain text" in_order "$T/last.err"
check "and has the name" grep -q 'leaf?\[32m?_a' "$T/last.err"
if have script; then
	script -qec "'$WICK' record -q -p $last -F 999 -d 0.3 -o -" /dev/null >"$T/shown" 2>&1
	check "folded stacks on a terminal are there" grep -q 'leaf?\[32m?_a' "$T/shown"
	check "and plain text" in_order "$T/shown"
	script -qec "'$WICK' record -p $last -d 0.3 -o '$T/evil.svg'" /dev/null >"$T/shown" 2>&1
	check "so is the summary there" grep -q 'leaf?\[32m?_a' "$T/shown"
	refuse "whose directions nobody changes" grep -q "$rlo" "$T/shown"
fi
check "and so are folded stacks" plain_text "$T/evil.folded"
wick doctor -p "$last"
check "hostile paths: doctor is plain text" in_order "$T/last.out" "$T/last.err"
address=$(nm "$evil/e${escape}[31m" | awk '/leaf.*_a$/ { print $1 }')
for format in human addr2line json; do
	wick symbolize --format $format -e "$evil/e${escape}[31m" "$address"
	check "hostile symbols: symbolize --format $format is plain text" in_order "$T/last.out"
	check "and it is there" grep -q 'leaf.*_a' "$T/last.out"
done
wick symbolize -e "$evil/none" 1000
check "hostile paths: errors are plain text" plain_text "$T/last.err"
stop "$last"

done_testing
