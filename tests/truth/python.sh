#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
#	tests/truth/python.sh [-n SAMPLES] [-r ROOT]
#
# The truth test of Python's frames for each CPython: a line for each.  Exit status 1 if one had a
# wrong stack, or too few samples.
#
# PYTHONS names them; without it they are PATH's python3 and the distribution's.  With -r they are
# looked for below ROOT, and run in there.  One whose headers are missing is skipped, and the line
# says so.  $B is the build directory.
set -u
B=$(cd "${B:-build}" && pwd)
here=$(cd "$(dirname "$0")/programs" && pwd)
samples=3000 root="" failed=0
while getopts n:r: option; do
	case $option in
	n) samples=$OPTARG ;;
	r) root=$(cd "$OPTARG" && pwd) || exit 2 ;;
	*) exit 2 ;;
	esac
done

# there COMMAND... : where the interpreters are.
there() {
	${root:+chroot "$root"} "$@"
}

# What PYTHON says of itself: executable, version, directory of its headers.
describe() {
	there "$1" -c '
import os, sys, sysconfig
print(" ".join([os.path.realpath(sys.executable), "%d.%d.%d" % sys.version_info[:3],
                sysconfig.get_paths()["include"], str(sys.version_info[:2] >= (3, 7))]))' 2>/dev/null </dev/null
}

line() {
	printf '%-24s skipped: %s\n' "$1" "$2"
}

# truth EXECUTABLE VERSION HEADERS IS-NEW
truth() {
	name="$2${root:+ ${root##*/}}"
	[ "$4" = True ] || { line "$name" "before 3.7: its stacks are native"; return; }
	[ -e "$root$3/Python.h" ] || { line "$name" "no headers, $3/Python.h"; return; }
	# Below /tmp, which a root has, too.
	dir=$(there mktemp -d /tmp/wick-python.XXXXXX) || { failed=1; return; }
	# A root's own libc headers would not fit this compiler's.
	if ${CC:-cc} -O2 -Wall -Werror -fPIC -shared ${root:+-idirafter "$root/usr/include"} \
		-isystem "$root$3" -o "$root$dir/shadow.so" "$here/shadow.c" &&
		cp "$here/frames.py" "$root$dir/frames.py"; then
		"$B/tests/truth/python" -n "$samples" -t 60 "$name" ${root:+chroot "$root"} \
			"$1" "$dir/frames.py" "$dir" 10 || failed=1
	else
		failed=1
	fi
	rm -rf "$root$dir"
}

printf '%-24s samples   equal entered    deep     cut   wrong   right unnamed   early    joined  unpaired uncounted  misjoined\n' python
seen=
for python in ${PYTHONS:-python3 /usr/bin/python3}; do
	said=$(describe "$python") || { line "$python" "it is not there, or does not run"; continue; }
	case " $seen " in
	*" ${said%% *} "*) continue ;;
	esac
	seen="$seen ${said%% *}"
	# Four words.
	# shellcheck disable=SC2086
	truth $said
done
exit $failed
