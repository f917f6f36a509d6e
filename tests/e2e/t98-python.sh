#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Python in the stack: true, whole, named, and at its place among the native frames.  The truth in
# detail: `make check-python`.
. "$(dirname "$0")/lib.sh"
need_root
PROGRAMS=$(cd "$(dirname "$0")/../workloads/python" && pwd)

# A shim's place is taken by what it starts.
PYTHON=$(python3 -c 'import os, sys; print(os.path.realpath(sys.executable))' 2>/dev/null) ||
	skip_all "no python3"
"$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 7))' || skip_all "$PYTHON is older than 3.7"
NEXT=/usr/bin/python3
[ -x "$NEXT" ] || NEXT=$PYTHON

# frame FUNCTION : how it looks in a folded stack; the function may be a regex.
frame() {
	echo "$1 \\([^;]*\\)_\\[p\\]"
}

LAMBDA=$(frame '([^;]*\.)?<lambda>')
NATIVE='([^;]*[^];]|[^;]*_\[i\]|\[[^;]*\])'	# a frame that is neither Python's nor the kernel's
EVAL='_PyEval_EvalFrameDefault'

# all_of NAME REGEX WITHIN LEAST : of the samples in stacks that match WITHIN 99.5 % match REGEX.
all_of() {
	awk -v some="$(total "$T/$1.folded" "$2")" -v all="$(total "$T/$1.folded" "$3")" -v least="$4" 'BEGIN {
		print some " of " all
		exit !(all >= least && 1000 * some >= 995 * all)
	}'
}

# none_of NAME REGEX : no sample is in such a stack.
none_of() {
	grep -E "$2" "$T/$1.folded"
	[ "$(total "$T/$1.folded" "$2")" = 0 ]
}

# Where what is called from where: by default, and with what of the native frames.

# 12,000 samples: three standard deviations of a half are 1.4 points.
record shares -F 4999 -- "$PYTHON" "$PROGRAMS/shares.py" 2.5
check "python: exit status 0" exited 0
check "python: 99.5 % of the stacks are whole" whole shares 500
check "python: they are joined to native ones" joined shares
check "python: 99.9 % of the frames have names" named shares 2000
grep '^TRUTH' "$T/last.out" >"$T/truth"
check "python: the program printed 4 shares" [ "$(wc -l <"$T/truth")" = 4 ]
while read -r _ function share; do
	check "python: the share of $function is right within 1.5 points" \
		near shares "$(frame "$function")" "$share" 1.5
done <"$T/truth"
root="^[^;]*;(.*;)?$NATIVE;$(frame '<module>');$(frame main)"
decoder="$(frame loads);$(frame '([^;]*\.)?decode');$(frame '([^;]*\.)?raw_decode')"
libc='(qsort|qsort_r|__qsort_r|msort[^;]*|\[libc[^;]*)'
check "python: stacks begin with native frames, then the module" \
	all_of shares "$root;$(frame '(handler|parser|sorter|hasher)')" \
	";$(frame '(handler|parser|sorter|hasher)')" 500
check "sorted(key=...): the lambda is its function's, without the interpreter's own frames" \
	all_of shares "$root;$(frame handler);$LAMBDA" ";$LAMBDA" 20
check "json: so is what another module's C calls back" \
	all_of shares "$root;$(frame parser);$decoder;(.*;)?$(frame hook)" ";$(frame hook)" 100
check "qsort() of libc: so is what it calls, and libc is seen in between" \
	all_of shares "$root;$(frame sorter);(.*;)?$libc;(.*;)?$(frame compare)" ";$(frame compare)" 100
check "what a function calls of C is at its leaf" \
	all_of shares "$root;$(frame hasher);$NATIVE(;|\$)" ";$(frame hasher);" 100
# Where the native stack was cut, nobody knows which frame evaluates what is outside of it.
check "$EVAL() is shown as what it evaluates" \
	none_of shares "^[^;]*;[^;[][^;]*;(.*;)?$EVAL;(.*;)?$(frame '[^;]*')"

record all -F 999 --native-frames all -- "$PYTHON" "$PROGRAMS/shares.py" 0.8
check "--native-frames all: the interpreter is between the function and the lambda" \
	all_of all ";$(frame handler);$NATIVE;(.*;)?$LAMBDA" ";$LAMBDA" 5
record none -F 999 --native-frames none -- "$PYTHON" "$PROGRAMS/shares.py" 0.8
check "--native-frames none: beside Python there is the kernel, and nothing else" \
	all_of none '^[^;]*(;\[incomplete\])?(;[^;]*_\[p\])+(;[^;]*_\[k\])*$' '_\[p\]' 100
check "--native-frames none: functions are where they were" \
	all_of none ";$(frame main);$(frame handler);$LAMBDA" ";$LAMBDA" 5
record no -F 999 --no-interpreters -- "$PYTHON" "$PROGRAMS/shares.py" 0.8
check "--no-interpreters: no frame of Python" none_of no '_\[p\]|shares\.py'
check "--no-interpreters: the ledger counts none" [ -z "$(counted no stacks.complete)" ]

# What becomes of processes and threads.

record threads -F 999 -- "$PYTHON" "$PROGRAMS/lives.py" threads 1
check "a thread without the lock has its stack, too" \
	seen threads ";$(frame '([^;]*\.)?run');$(frame without_lock);$NATIVE" 50
check "threads: all are whole" whole threads 200
check "threads: they are joined to native ones" joined threads
record deep -F 999 -- "$PYTHON" "$PROGRAMS/lives.py" deep 0.5
check "400 frames deep: the innermost are kept" \
	all_of deep ";$(frame below);$(frame burn_for)" ";$(frame burn_for)" 100
check "400 frames deep: the ledger says so" [ "$(counted deep stacks.too_deep)" -ge 100 ]
record fork -F 999 -- "$PYTHON" "$PROGRAMS/lives.py" fork 0.4
check "a parent" seen fork ";$(frame main);$(frame fork);$(frame before_fork);" 50
check "its child, which never calls exec" seen fork ";$(frame main);$(frame fork);$(frame in_child);" 50
check "fork: all are whole" whole fork 100
record exec -F 999 -- "$PYTHON" "$PROGRAMS/lives.py" exec 0.4 "$NEXT"
check "before an exec" seen exec ";$(frame main);$(frame exec_other);$(frame before_exec);" 50
check "and after that of $NEXT" seen exec ";$(frame main);$(frame after_exec);" 50
check "exec: all are whole" whole exec 100
start "$PYTHON" "$PROGRAMS/shares.py" 20
sleep 0.5
record older -F 999 -d 0.8 -p "$last"
stop "$last"
check "a process that is older than the recording" \
	all_of older ";$(frame handler);$LAMBDA" ";$LAMBDA" 10
check "older: all are whole" whole older 100

# Of the samples that are in the function which evaluates, so many have what it evaluates.  The
# first process of a program is not known at its first tick, and how much it does until then depends
# on what else runs: it sleeps until it is known.
record brief -F 999 --native-frames all -- sh -c \
	'"$0" -S -c "import time; time.sleep(0.5)"
	i=0; while [ $i -lt 200 ]; do "$0" -S "$1"; i=$((i + 1)); done' "$PYTHON" "$PROGRAMS/brief.py"
check "200 scripts of 40 ms: whole stacks" whole brief 2000
check "200 scripts of 40 ms: named frames" named brief 6000
if grep -q "$EVAL" "$T/no.folded"; then
	check "200 scripts of 40 ms: all that is evaluated is seen" \
		all_of brief ";$EVAL;(.*;)?$(frame '[^;]*')|$(frame '[^;]*');(.*;)?$EVAL" ";$EVAL" 2000
else
	skip "200 scripts of 40 ms: all that is evaluated is seen" "$PYTHON has no symbol $EVAL"
fi

# A function of 3000 lines, of which the last ones take the time.
{
	printf 'import time\ndef long(x, end):\n'
	i=0
	while [ $i -lt 3000 ]; do
		echo '    x = (x * 31 + 7) % 65521'
		i=$((i + 1))
	done
	printf '    while time.process_time() < end:\n        x = sum(range(300))\nlong(1, 0.8)\n'
} >"$T/long.py"
record long -F 499 --interpreter-lines -- "$PYTHON" "$T/long.py"
check "a function of 3000 lines: the line at its end" \
	all_of long ";long \(long.py:300[34]\)_\[p\]" ";$(frame long)" 100

# Interpreters that are not read: what looks like one is enough.
for one in 3.6:too_old 3.99:too_new; do
	version=${one%:*}
	record "not$version" -F 499 -- env "LD_PRELOAD=$B/tests/fixtures/python-$version.so" \
		"$B/tests/workloads/calltree" 0.5
	check "python $version: the ledger says ${one#*:}" \
		grep -q "{\"language\": \"python\", \"version\": \"$version\", \"why\": \"${one#*:}\"" "$T/not$version.json"
done
record two -F 499 -- "$PYTHON" -c 'import ctypes, runpy, sys
ctypes.CDLL(sys.argv[1])
del sys.argv[:2]
runpy.run_path(sys.argv[0], run_name="__main__")' \
	"$B/tests/fixtures/python-3.6.so" "$PROGRAMS/shares.py" 0.8
check "two interpreters: the known one is read" all_of two ";$(frame handler);$LAMBDA" ";$LAMBDA" 3
check "two interpreters: the ledger says so" \
	grep -q '"version": "3.6", "why": "too_old", "processes": 1}' "$T/two.json"

# A program with an interpreter in it.  Four words each, and none has a space in it.
# shellcheck disable=SC2046
if cc -O2 $("$PYTHON-config" --includes 2>/dev/null) -o "$T/embed" "$PROGRAMS/embed.c" \
	$("$PYTHON-config" --ldflags --embed 2>/dev/null) 2>"$T/embed.err"; then
	record embed -F 999 -- "$T/embed" 0.8
	check "a program with Python in it: its C is around it, and in between" \
		all_of embed ";main;run_script;(.*;)?$(frame handler);call_back;(.*;)?$(frame called);" \
		";$(frame called)" 100
	check "a program with Python in it: all are whole" whole embed 100
else
	skip "a program with Python in it" "no headers of python3-embed"
fi

# The short form of `make check-python`.
PYTHONS=$PYTHON B=$B sh "$(dirname "$0")/../truth/python.sh" -n 500 >"$T/truth.out" 2>&1
truth=$?
diag <"$T/truth.out"
if grep -q 'skipped: ' "$T/truth.out"; then
	skip "frames are those that the program itself says" "$(sed -n 's/.*skipped: //p' "$T/truth.out")"
else
	check "500 stacks: frames are those that the program itself says" [ $truth = 0 ]
fi

done_testing
