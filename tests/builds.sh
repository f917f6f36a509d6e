#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# builds - that the tree builds in every way that people build it: each compiler without a warning,
# link-time optimization, flags of a distribution's, folders with a space in their names, a tarball
# without git, and a tree that is another user's.  TAP; a minute or two.
set -u
cd "$(dirname "$0")/.." || exit 1

T=$(mktemp -d "${TMPDIR:-/tmp}/wick-builds.XXXXXX") || exit 1
chmod 755 "$T"
trap 'rm -rf "$T"; [ -z "${link:-}" ] || rm -f "$link"' EXIT
trap 'exit 1' HUP INT TERM
unset MAKEFLAGS MAKELEVEL MFLAGS CFLAGS CPPFLAGS LDFLAGS
cnt=0
status=0

# row SENTENCE COMMAND... : ok if it succeeds; what it said is shown if not.
row() {
	name=$1
	word=ok
	shift
	"$@" >"$T/row.log" 2>&1 || {
		word='not ok'
		status=1
		grep -vE '^  [A-Z]+ ' "$T/row.log" | tail -n 20 | sed 's/^/# /' >&2
	}
	cnt=$((cnt + 1))
	echo "$word $cnt - $name"
}

skip() {
	cnt=$((cnt + 1))
	echo "ok $cnt - $1 # SKIP $2"
}

have() {
	command -v "$1" >/dev/null
}

build() {
	make -j"$(nproc)" "$@" all
}

# A page has all that is embedded in the program.
page() {
	printf 'a;b 1\n' | "$1/wick" flamegraph -q -o "$1/page.html" -
}

same_page() {
	page "$T/gcc" && page "$1" && cmp "$T/gcc/page.html" "$1/page.html"
}

has() {
	grep -q "$1" "$2"
}

runs() {
	"$1" --version
}

installs() {
	make B="$1" DESTDIR="$T/d e" PREFIX=/usr install && runs "$T/d e/usr/bin/wick" &&
		make B="$1" DESTDIR="$T/d e" PREFIX=/usr uninstall && [ -z "$(find "$T/d e" -type f)" ]
}

unpack() {
	make B="$T" dist && tar -C "$T" -xf "$T"/packages/wick-*.tar.xz && mv "$T"/wick-*/ "$T/tree"
}

in_tree() {
	(cd "$T/tree" && "$@")
}

for compiler in gcc clang; do
	if have $compiler; then
		row "$compiler builds without a warning" build CC=$compiler CFLAGS='-O2 -g -Werror' B="$T/$compiler"
	else
		skip "$compiler builds without a warning" "no $compiler here"
	fi
done

# gcc's own plug-in for archives is found through gcc-ar.
if have gcc && have gcc-ar; then
	row 'gcc -flto builds without a warning of ours' build CC=gcc AR=gcc-ar CFLAGS='-O2 -flto -Werror' \
		LDFLAGS=-flto B="$T/lto"
	row 'and what is embedded is the same' same_page "$T/lto"
else
	skip 'gcc -flto builds without a warning of ours' 'no gcc here'
	skip 'and what is embedded is the same' 'no gcc here'
fi

echo 'static const char marker[] __attribute__((used)) = "marked by CPPFLAGS";' >"$T/marker.h"
row 'a build with flags of its own' build CPPFLAGS="-include $T/marker.h" \
	CFLAGS='-O1 -g -frecord-gcc-switches' LDFLAGS='-Wl,--build-id=0x77616e7465642121' B="$T/flags"
row 'has CPPFLAGS' has 'marked by CPPFLAGS' "$T/flags/wick"
row 'has CFLAGS' sh -c 'readelf -p .GCC.command.line "$1" | grep -q -e "-O1"' - "$T/flags/wick"
row 'has LDFLAGS' sh -c 'readelf -n "$1" | grep -q 77616e7465642121' - "$T/flags/wick"

link=.build-$(echo "$T/a b" | cksum | cut -d ' ' -f 1)
row 'a folder with a space builds' build B="$T/a b"
row 'and runs' runs "$T/a b/wick"
row 'installs below another one with a space, and away again' installs "$T/a b"

if have git && git rev-parse HEAD >/dev/null 2>&1; then
	row 'make dist packs what was committed' unpack
	row 'that builds without git' in_tree make -j"$(nproc)" all
	row 'and its guards run' in_tree make check-layers
	if [ "$(id -u)" = 0 ] && have setpriv; then
		mkdir -m 777 "$T/other"
		row "another user builds it elsewhere" in_tree setpriv --reuid 65534 --regid 65534 --clear-groups \
			make -j"$(nproc)" B="$T/other/b" all
	else
		skip "another user builds it elsewhere" "only root can be two users"
	fi
else
	skip 'make dist packs what was committed' 'no git here, or no repository'
fi
echo "1..$cnt"
exit $status
