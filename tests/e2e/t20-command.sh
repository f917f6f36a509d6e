#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# `wick record -- CMD`: from its first instruction, through all that it starts, to its exit.
. "$(dirname "$0")/lib.sh"
need_root

# The status is the command's own, once the profile is written.
for expected in 0 3 77; do
	record "exit$expected" -- sh -c "exit $expected"
	check "exit status $expected is passed on" exited $expected
done
# The signal is for the command itself.
# shellcheck disable=SC2016
for signal in TERM:143 KILL:137 SEGV:139; do
	record "signal${signal%:*}" -- sh -c 'ulimit -c 0; kill -$0 $$' "${signal%:*}"
	check "a command that SIG${signal%:*} ended gives ${signal#*:}" exited "${signal#*:}"
done

wick record -o "$T/none.folded" -- "$T/no-such-program"
check "a command that does not exist gives 127" exited 127
check "and a message with its name" said "$T/no-such-program: No such file"
check "and no output" [ ! -e "$T/none.folded" ]
echo 'not a program' >"$T/data"
wick record -o "$T/none.folded" -- "$T/data"
check "a command that may not be executed gives 126" exited 126
check "and no output either" [ ! -e "$T/none.folded" ]

printf '#!/nowhere/python9\n' >"$T/wickscript"
chmod 755 "$T/wickscript"
wick record -o "$T/none.folded" -- "$T/wickscript"
check "a script without its interpreter gives 127" exited 127
check "and a message with the interpreter" said "cannot start $T/wickscript: /nowhere/python9, which its first line"
PATH=$T:$PATH wick record -o "$T/none.folded" -- wickscript
check "so it does if it was found in PATH" said 'cannot start wickscript: /nowhere/python9'
(cd "$T" && PATH=/nowhere:/bin:/usr/bin "$WICK" record -o none.folded -- wickscript 2>last.err)
check "one in this folder, which is not in PATH" said 'in the folders of PATH, but in this one: put ./ before it'
wick record -o "$T/none.folded" -- no-such-program
check "one that is in no folder" said 'cannot start no-such-program: No such file or directory in the folders of PATH'
wick record -o "$T/none.folded" -- "$T/data"
check "one that may not be executed" said "$T/data: Permission denied (chmod +x"
wick record -o "$T/none.folded" -- "$T"
check "a folder" said 'Permission denied (it is a folder)'
check "and no output of all these" [ ! -e "$T/none.folded" ]

# The command's own input and output are left alone.
echo input | "$WICK" record -q -o "$T/pipe.folded" -- cat >"$T/pipe.out" 2>/dev/null
check "stdin and stdout are the command's" [ "$(cat "$T/pipe.out")" = input ]
wick record -o - -- true
check "-o - is refused: stdout is the command's" exited 2
wick record --stats - -- true
check "--stats - is refused too" exited 2
record args -- sh -c 'echo "$0 $1"' -o --freq
check "options after CMD are CMD's" [ "$(cat "$T/last.out")" = "-o --freq" ]
"$WICK" record -q -o "$T/env.folded" -- sh -c 'ulimit -n; trap "" PIPE; trap' >"$T/env.out" 2>/dev/null
# dash knows -n as well as every other shell.
# shellcheck disable=SC3045
check "the command keeps its own limit of open files" [ "$(head -n 1 "$T/env.out")" = "$(ulimit -n)" ]
for niceness in "$(nice)" 7; do
	nice -n $((niceness - $(nice))) "$WICK" record -q -o "$T/nice.folded" -- nice >"$T/nice.out"
	check "the command keeps its priority, $niceness" [ "$(cat "$T/nice.out")" = "$niceness" ]
done

# From its first instruction: the dynamic linker runs before main().
record first -F 20000 -- python3 -S -c 'print(1)'
check "the dynamic linker's start is in the profile" seen first 'ld-linux|_dl_|_start'
refuse "wick itself is not" seen first '^wick'

# Short children, and theirs, with the exec in between.
record storm -F 999 -- "$WORKLOADS/children" 60 8
check "the storm ends well" exited 0
check "children are seen" seen storm '^(child|exe);.*child_work' 20
check "grandchildren are seen" seen storm '^(child|exe);.*grandchild_work' 20
refuse "wick itself is not seen" seen storm '^wick'
check "processes that ended long before the end have names" \
	[ "$(total "$T/storm.folded" 'child_work')" -ge $(($(stat_of storm stored) / 2)) ]

record shell -F 999 -- sh -c 'for i in 1 2 3; do (exec "$0" 0.3 >/dev/null) & done; wait' \
	"$WORKLOADS/calltree"
check "background children of a shell are followed" seen shell '^calltree;.*;leaf_a' 20

record exec -F 999 -- "$WORKLOADS/threads" exec "$WORKLOADS/calltree" 1
check "a thread that becomes another program is followed" seen exec '^calltree;.*;leaf_a' 20

start "$WORKLOADS/names" 30
bystander=$last
record alone -F 999 -- "$WORKLOADS/calltree" 0.5
refuse "other processes are not in the profile" seen alone '^names'
record system -a -F 999 -- "$WORKLOADS/calltree" 1
check "with -a they are" seen system '^names;' 10
check "and the command too" seen system '^calltree;.*;leaf_a' 10
stop "$bystander"

# --duration ends the sampling, not the command.
record limited -F 999 -d 0.3 -- sh -c 'sleep 1; exit 5'
check "with --duration the command still ends by itself" exited 5

record sleeper -F 99 -- sleep 0.2
check "a command that does not run on a CPU exits 0" exited 0
check "the output of a run without samples exists" [ -e "$T/sleeper.folded" ]

done_testing
