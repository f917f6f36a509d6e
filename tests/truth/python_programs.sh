#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Real programs in Python, each under wick: the function that does the work of the program's own is the
# widest of its own frames, stacks are whole, and frames have names.
#
# It is the python3 of PATH; what that has not installed is skipped.  The servers listen on
# 127.0.0.1 alone.
. "$(dirname "$0")/../e2e/lib.sh"
need_root
PROGRAMS=$(cd "$(dirname "$0")/programs/python" && pwd)
PYTHON=$(python3 -c 'import sys; print(sys.executable)' 2>/dev/null) || skip_all "no python3"
PYTHONDONTWRITEBYTECODE=1
export PYTHONDONTWRITEBYTECODE
port=$((30000 + $$ % 10000))

# widest NAME FILE : the function of FILE that is in most samples, but for the module itself.
widest() {
	awk -v file="$2" '
		{
			delete seen
			count = $NF
			sub(/ [0-9]+$/, "")
			frames = split($0, frame, ";")
			for (i = 1; i <= frames; i++) {
				if (index(frame[i], " (" file ":") == 0 || frame[i] in seen)
					continue
				seen[frame[i]]
				name = frame[i]
				sub(/ \([^(]*$/, "", name)
				if (name != "<module>")
					sum[name] += count
			}
		}
		END {
			for (name in sum)
				print sum[name], name
		}' "$T/$1.folded" | sort -rn | sed -n '1s/^[0-9]* //p'
}

# judge NAME FILE FUNCTION [CNT] : one stack in CNT, 500, may not be joined to the native frames.
judge() {
	check "$1: $3 is the widest frame of $2" [ "$(widest "$1" "$2")" = "$3" ]
	check "$1: 99.5 % of the stacks are whole" whole "$1" 300
	check "$1: 99.9 % of the frames have names" named "$1" 1000
	check "$1: they are joined to native ones" joined "$1" "${4:-500}"
	flat_json "$T/$1.json" | awk -v name="$1" '
		$1 == "user_stacks.complete" { native = $2 }
		$1 == "user_stacks.incomplete" { cut = $2 }
		$1 == "interpreters.python.stacks.complete" { whole = $2 }
		$1 == "interpreters.python.unpaired" { unpaired = $2 }
		$1 == "interpreters.python.frames.named" { named = $2 }
		END {
			print name ": " whole " stacks of Python, " unpaired " not joined, " named " named frames; " \
				native " native stacks whole, " cut " cut"
		}' | diag
}

# lacks NAME MODULE... : is one of them missing?  Then the rows of NAME are skipped.
lacks() {
	program=$1
	shift
	for module; do
		"$PYTHON" -c "import $module" 2>/dev/null && continue
		skip "$program" "$PYTHON has no $module"
		return 0
	done
	return 1
}

# serve NAME FILE COMMAND... : the server COMMAND under load, with its children.
serve() {
	program=$1
	file=$2
	shift 2
	start "$@" >"$T/server.out" 2>&1
	server=$last
	wait_for "$PYTHON" -c "import socket; socket.create_connection(('127.0.0.1', $port))"
	start "$PYTHON" "$PROGRAMS/client.py" $port 6 >"$T/client.out"
	client=$last
	sleep 0.3
	record "$program" -F 999 -d 3 -p "$server" --children
	wait "$client"
	check "$program: requests were answered" [ $? = 0 ]
	stop "$server"
	judge "$program" "$file" handle
	port=$((port + 1))
}

# depths NAME : each greenlet has its own frames: handle 3 or 21 of work, handle_odd 6, and none has
# the other's.
depths() {
	awk '
		{ count = $NF; depth = gsub(/;work \(/, "&") }
		/;handle \(.*;burn \(/ { all += count; if ((depth == 3 || depth == 21) && !/;handle_odd \(/) right += count }
		/;handle_odd \(.*;burn \(/ { all += count; if (depth == 6 && !/;handle \(/) right += count }
		END { print right + 0 " of " all + 0; exit !(all >= 300 && 1000 * right >= 999 * all) }' "$T/$1.folded"
}

lacks numpy numpy || {
	record numpy -F 999 -- "$PYTHON" "$PROGRAMS/numpy_arrays.py"
	judge numpy numpy_arrays.py handle
	check "numpy: what its C code calls is below it" seen numpy \
		';handle \(numpy_arrays.py:[0-9]*\)_\[p\];.*;\[?(_multiarray_umath|ufunc)[^;]*;(.*;)?called \(' 100
}
lacks flask flask gunicorn || serve flask flask_app.py \
	"$PYTHON" -m gunicorn -w 2 -b 127.0.0.1:$port --chdir "$PROGRAMS" flask_app:app
lacks django django gunicorn || serve django django_app.py \
	"$PYTHON" -m gunicorn -w 2 -b 127.0.0.1:$port --chdir "$PROGRAMS" django_app:app
serve asyncio asyncio_app.py "$PYTHON" "$PROGRAMS/asyncio_app.py" $port
lacks pytest pytest || {
	record pytest -F 999 -- "$PYTHON" -m pytest -q -p no:cacheprovider "$PROGRAMS/pytest_cases.py"
	judge pytest pytest_cases.py test_handle
}
lacks pip pip || {
	record pip -F 4999 -- "$PYTHON" -m pip --disable-pip-version-check list --format json
	judge pip main.py main
}
# A tick may come while the C stack of one greenlet takes the place of another's.
for library in greenlet gevent; do
	lacks $library $library && continue
	record $library -F 999 -- "$PYTHON" "$PROGRAMS/switches.py" $library 2
	judge $library switches.py work 100
	check "$library: each has its own frames, and all of them" depths $library
done
done_testing
