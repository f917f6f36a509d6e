#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Build programs of every kind that is there to build, and compare our names for them,
# and for the debug files of this machine, with other symbolizers'; see symbols.py.
#
#     tests/oracle/symbols.sh [FILE...]
set -u

B=$(cd "${B:-build}" && pwd) || exit 1
HERE=$(cd "$(dirname "$0")" && pwd)
OUT=$B/tests/oracle/symbols
mkdir -p "$OUT" || exit 1

have() {
	command -v "$1" >/dev/null
}

for tool in python3 readelf llvm-symbolizer eu-addr2line; do
	have "$tool" || { echo "$0: needs $tool" >&2; exit 1; }
done

# build NAME COMMAND...: a program, if its tools are there.
build() {
	name=$1
	shift
	if ! have "$1" || ! "$@" -o "$OUT/$name" >"$OUT/$name.log" 2>&1; then
		echo "# without $name: $* (see $OUT/$name.log)"
		return
	fi
	built="$built $OUT/$name"
}

# The .dwo is left where the compiler is run, called like the source.
in_dir() {
	(mkdir -p "$1" && cd "$1" && shift && "$@")
}

# Its cache and its module are not the caller's; the source comes behind -o FILE.
build_go() {
	env GOCACHE="$OUT/go-cache" GO111MODULE=off go build "$2" "$3" "$1"
}

# changed NAME FROM COMMAND...: a copy of a program, and what COMMAND makes of it.
changed() {
	name=$1 from=$2
	shift 2
	have "$1" && cp "$OUT/$from" "$OUT/$name" || return
	if "$@" "$OUT/$name" 2>"$OUT/$name.log"; then
		built="$built $OUT/$name"
	else
		echo "# without $name: $*"
	fi
}

built=
cxx=$HERE/inlined.cc
build gcc-pie g++ -O2 -g -pie "$cxx"
build gcc-nopie g++ -O3 -g -no-pie "$cxx"
build gcc-static-pie g++ -O2 -g -static-pie "$cxx"
build gcc-o0 g++ -O0 -g "$cxx"
build gcc-dwarf2 g++ -O2 -gdwarf-2 -gstrict-dwarf "$cxx"
build gcc-dwarf3 g++ -O2 -gdwarf-3 "$cxx"
build gcc-dwarf4 g++ -O2 -gdwarf-4 "$cxx"
build gcc-dwarf64 g++ -O2 -g -gdwarf64 "$cxx"
build gcc-lto g++ -O2 -g -flto "$cxx"
build gcc-split g++ -O2 -g -gsplit-dwarf -dumpdir "$OUT/gcc-split-" "$cxx"
build gcc-split4 g++ -O2 -gdwarf-4 -gsplit-dwarf -dumpdir "$OUT/gcc-split4-" "$cxx"
build gcc-sections g++ -O2 -g -ffunction-sections -Wl,--gc-sections "$cxx"
build gcc-segments g++ -O2 -g -no-pie -Wl,--section-start=.elsewhere=0x700000 "$cxx"
build gcc-based g++ -O2 -g -shared -fPIC -Wl,-Ttext-segment=0x10000000 "$cxx"
build gcc-zlib g++ -O2 -g -gz=zlib "$cxx"
build clang-pie clang++ -O2 -g -fPIE -pie "$cxx"
build clang-dwarf4 clang++ -O3 -gdwarf-4 "$cxx"
build clang-lld clang++ -O2 -g -fuse-ld=lld "$cxx"
build clang-icf clang++ -O2 -g -fuse-ld=lld -ffunction-sections -Wl,--icf=all "$cxx"
build clang-lto clang++ -O2 -g -flto -fuse-ld=lld "$cxx"
build clang-split in_dir "$OUT/clang-split.dir" clang++ -O2 -g -gsplit-dwarf "$cxx"
build gcc-types in_dir "$OUT/gcc-types.dir" g++ -O2 -gdwarf-5 -gsplit-dwarf -fdebug-types-section "$cxx"
build clang-types in_dir "$OUT/clang-types.dir" clang++ -O2 -gdwarf-5 -gsplit-dwarf -fdebug-types-section "$cxx"
build rust rustc -O -g "$HERE/inlined.rs"
build rust-lld rustc -O -g -C link-arg=-fuse-ld=lld "$HERE/inlined.rs"
if have go; then
	build go build_go "$HERE/inlined.go"
fi
# Debian 12's llvm and elfutils have no zstd: they are asked for the file it was made of.
changed gcc-zstd gcc-pie objcopy --compress-debug-sections=zstd
built=${built%gcc-zstd}gcc-zstd=$OUT/gcc-pie
changed gcc-dwz gcc-dwarf4 dwz -q

# The largest debug files that are installed, and libraries that have none.
largest=$(find /usr/lib/debug/.build-id -name '*.debug' -size +1M -printf '%s %p\n' 2>/dev/null |
	sort -rn | awk 'NR <= 6 { print $2 }')
bare=$(find /usr/lib '(' -name 'libstdc++.so.6' -o -name 'libLLVM-*.so.1' ')' \
	-exec realpath '{}' + 2>/dev/null | sort -u | head -n 2)

# Each word is a file: none of the paths has a space.
# shellcheck disable=SC2086
exec "$HERE/symbols.py" "$B/wick" "$B/wick" $built $largest $bare "$@"
