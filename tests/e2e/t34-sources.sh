#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Where names come from, and in which order: each source by a real file.
. "$(dirname "$0")/lib.sh"
need_root
CC=${CC:-cc}
for tool in objcopy nm xz objdump "$CC"; do
	have "$tool" || skip_all "needs $tool"
done
SOURCE=$(cd "$(dirname "$0")/../.." && pwd)/tests/workloads/sources.c

# build FILE FLAGS... : sources.c with a build-id of its own.
build() {
	out=$1
	shift
	$CC -O2 -g -std=gnu11 -D_GNU_SOURCE -I "$(dirname "$SOURCE")/../.." -fno-omit-frame-pointer \
		-Wl,--build-id=sha1 "$@" -o "$out" "$SOURCE" 2>"$T/cc.err"
}

# address FILE FUNCTION : where it is, one byte behind its start.
address() {
	start=$(nm "$1" | awk -v name="$2" '$3 == name { print $1; exit }')
	printf '%x' $((0x$start + 1))
}

# named FILE ADDRESS NAME : what wick symbolize says of it.
named() {
	"$WICK" symbolize --no-inlines -e "$1" "$2" >"$T/named" 2>&1
	cat "$T/named"
	grep -q -w -e "$3" "$T/named"
}

build "$T/full" -rdynamic || skip_all "cannot build: $(head -n 1 "$T/cc.err")"
exported=$(address "$T/full" exported_work)
local=$(address "$T/full" local_work)
id=$(readelf -n "$T/full" | awk '/Build ID/ { print $3 }')
tail=${id#??}
by_id=/usr/lib/debug/.build-id/${id%"$tail"}/$tail.debug
at_exit="rm -f $by_id; rmdir --ignore-fail-on-non-empty $(dirname "$by_id")"

# Every table calls the static function by a name of its own.
renamed() {
	objcopy --redefine-sym local_work="$2" "$1" "$3"
}
mkdir -p "$T/prog" "$T/served" "$T/cache" "$(dirname "$by_id")"
renamed "$T/full" by_symtab "$T/prog/order"
objcopy --only-keep-debug "$T/full" "$T/debug"
renamed "$T/debug" by_build_id "$by_id"
mkdir "$T/prog/.debug"
renamed "$T/debug" by_debuglink "$T/prog/.debug/order.debug"
renamed "$T/debug" by_debuginfod "$T/served/order.debug"
# As Fedora makes it: the functions that .dynsym lacks, without anything else.
nm -D --defined-only --format=posix "$T/full" | awk '{ print $1 }' | sort >"$T/dynsyms"
renamed "$T/debug" by_minidebug "$T/mini.debug"
nm --defined-only --format=posix "$T/mini.debug" | awk '$2 ~ /[tT]/ { print $1 }' | sort |
	comm -13 "$T/dynsyms" - >"$T/keep"
objcopy -S --remove-section .comment --keep-symbols="$T/keep" "$T/mini.debug" "$T/mini" 2>/dev/null
xz -k "$T/mini"
objcopy --add-section .gnu_debugdata="$T/mini.xz" "$T/prog/order"
objcopy --add-gnu-debuglink="$T/prog/.debug/order.debug" "$T/prog/order"

order=$T/prog/order
check "1. .symtab comes first" named "$order" "$local" by_symtab
strip "$order"
check "2. then the debug file of its build-id" named "$order" "$local" by_build_id
rm "$by_id"
check "3. then the one of its .gnu_debuglink" named "$order" "$local" by_debuglink
rm "$T/prog/.debug/order.debug"
check "5. MiniDebugInfo" named "$order" "$local" by_minidebug
check "5. and with it .dynsym" named "$order" "$exported" exported_work
objcopy --remove-section .gnu_debugdata "$order" "$T/dynsym"
check "6. .dynsym alone" named "$T/dynsym" "$exported" exported_work
refuse "6. has no static function" named "$T/dynsym" "$local" local_work
build "$T/unexported" && strip "$T/unexported"
check "nothing: the file says so" named "$T/unexported" "$(build "$T/again" && address "$T/again" local_work)" stripped

# Debug files that are not what they say.
build "$T/other" -rdynamic -DROUNDS_OTHER=1 -Wl,--build-id=0x1234567812345678
cp "$T/other" "$by_id"
check "a debug file of another build-id is not believed" named "$order" "$local" by_minidebug
head -c 5000 /dev/urandom >"$by_id"
check "nor is one of random bytes" named "$order" "$local" by_minidebug
rm "$by_id"
mkfifo "$by_id"
check "nor is a pipe, which would never end" named "$order" "$local" by_minidebug
rm "$by_id"

# By the CRC alone, when there is no build-id.
build "$T/plain" -Wl,--build-id=none
objcopy --only-keep-debug "$T/plain" "$T/plain.debug"
objcopy --strip-all --add-gnu-debuglink="$T/plain.debug" "$T/plain" "$T/plain.stripped"
plain=$(address "$T/plain" local_work)
check ".gnu_debuglink by its CRC" named "$T/plain.stripped" "$plain" local_work
printf x >>"$T/plain.debug"
check "one byte more: the CRC is another" named "$T/plain.stripped" "$plain" stripped

# Hostile MiniDebugInfo.
bomb() {
	objcopy --remove-section .gnu_debugdata --add-section .gnu_debugdata="$1" "$order" "$T/bomb" 2>/dev/null
}
head -c 1000000000 /dev/zero | xz -0 >"$T/zeros.xz"
bomb "$T/zeros.xz"
check "a gigabyte of zeros in $(stat -c %s "$T/zeros.xz") bytes: .dynsym is used" \
	named "$T/bomb" "$exported" exported_work
small() {
	prlimit --as=400000000 "$WICK" symbolize --no-inlines -e "$1" "$2" >"$T/named" 2>&1
	cat "$T/named"
	grep -q -w -e "$3" "$T/named"
}
case $(ldd "$WICK") in
*libasan*) skip "and memory stays small" "not with ASan" ;;
*) check "and memory stays small" small "$T/bomb" "$exported" exported_work ;;
esac
head -c 3000 "$T/mini.xz" >"$T/cut.xz"
bomb "$T/cut.xz"
check "xz that is cut short: .dynsym is used" named "$T/bomb" "$exported" exported_work
xz -c "$order" >"$T/itself.xz"
bomb "$T/itself.xz"
check "MiniDebugInfo in MiniDebugInfo: .dynsym is used" named "$T/bomb" "$exported" exported_work
head -c 4000 /dev/urandom >"$T/random.xz"
bomb "$T/random.xz"
check "random bytes: .dynsym is used" named "$T/bomb" "$exported" exported_work

# Stubs, as objdump names them.  It knows nothing of IFUNCs, which it calls *ABS*.
stubs_of() {
	objdump -d -j .plt -j .plt.sec -j .plt.got "$1" 2>/dev/null |
		sed -n 's/^\([0-9a-f]*\) <\([^>]*@plt\)>:$/\1 \2/p' | grep -v '\*ABS\*'
}
same_stubs() {
	stubs_of "$1" >"$T/stubs"
	awk '{ print $1 }' "$T/stubs" | "$WICK" symbolize --no-inlines --no-demangle -e "$1" >"$T/answers"
	[ -s "$T/stubs" ] && paste "$T/stubs" "$T/answers" | awk '
		{ name = $2; sub(/@@?[A-Za-z][^@]*@plt$/, "@plt", name) }
		$4 !~ /@plt\+0x0$/ || index($4, name) != 1 { print; bad = 1 }
		{ cnt++ }
		END { print cnt " stubs"; exit bad }'
}
check "stubs of .plt" same_stubs "$T/full"
build "$T/now" -Wl,-z,now && check "of .plt.got" same_stubs "$T/now"
if build "$T/ibt" -fcf-protection=full -Wl,-z,ibtplt; then
	check "of .plt.sec" same_stubs "$T/ibt"
	lazy=$(objdump -h "$T/ibt" | awk '$2 == ".plt" { print $4 }')
	check "and the lazy half of it" named "$T/ibt" "$(printf %x $((0x$lazy + 16)))" '[a-z_]*@plt'
else
	skip "of .plt.sec" "this linker has none"
fi
if have ld.lld && build "$T/lld" -fuse-ld=lld; then
	check "stubs that lld lays out" same_stubs "$T/lld"
else
	skip "stubs that lld lays out" "no lld"
fi
if have gold && build "$T/gold" -fuse-ld=gold; then
	check "stubs that gold lays out" same_stubs "$T/gold"
else
	skip "stubs that gold lays out" "no gold"
fi
for program in bash gdb git python3; do
	file=$(readlink -f "$(command -v $program)")
	if [ -n "$file" ] && [ -n "$(stubs_of "$file" | head -n 1)" ]; then
		check "stubs of $program" same_stubs "$file"
	else
		skip "stubs of $program" "it is not here"
	fi
done
strip -o "$T/bare" "$T/full"
check "stubs of a stripped program" same_stubs "$T/bare"

# Symbols that are hard to choose from; the rules are in symbolize/query.h.
cat >"$T/kinds.s" <<'END'
	.text
	.type plain, @function
	.globl plain
plain:	.fill 16, 1, 0x90
	.size plain, 16
	.fill 16, 1, 0x90
	.globl twin, __twin, twin_longer
	.weak weak_twin
	.type twin, @function
	.type __twin, @function
	.type twin_longer, @function
	.type weak_twin, @function
	.type a_local_twin, @function
twin:
__twin:
twin_longer:
weak_twin:
a_local_twin:
	.fill 16, 1, 0x90
	.size twin, 16
	.size __twin, 16
	.size twin_longer, 16
	.size weak_twin, 16
	.size a_local_twin, 16
	.type unsized, @function
	.globl unsized
unsized:
	.fill 16, 1, 0x90
	.type outer, @function
	.globl outer
outer:	.fill 8, 1, 0x90
	.type nested, @function
nested:	.fill 8, 1, 0x90
	.size nested, 8
	.fill 8, 1, 0x90
	.size outer, 24
END
if $CC -c -o "$T/kinds.o" "$T/kinds.s" 2>"$T/cc.err" && $CC -shared -nostdlib -o "$T/kinds.so" "$T/kinds.o"; then
	at() {
		printf '%x' $((0x$(nm "$T/kinds.so" | awk -v name="$1" '$3 == name { print $1 }') + $2))
	}
	check "a function up to its last byte" named "$T/kinds.so" "$(at plain 15)" plain
	check "behind it: nobody's" named "$T/kinds.so" "$(at plain 16)" no_symbol
	check "aliases: the global with the fewest underscores and the shortest name" \
		named "$T/kinds.so" "$(at twin 3)" 'twin+0x3'
	check "without a size: up to the next one" named "$T/kinds.so" "$(at unsized 15)" 'unsized+0xf'
	check "nested ones: the inner" named "$T/kinds.so" "$(at nested 4)" 'nested+0x4'
	check "and around it the outer" named "$T/kinds.so" "$(at outer 20)" 'outer+0x14'
else
	skip "symbols that are hard to choose from" "no assembler of this kind"
fi
cat >"$T/cold.c" <<'END'
void hot_side(int), cold_side(int) __attribute__((cold));
int with_cold_part(int x);
int with_cold_part(int x)
{
	if (x == 77) { cold_side(1); cold_side(x); cold_side(3); }
	hot_side(x);
	return x;
}
END
if $CC -O2 -fPIC -shared -o "$T/cold.so" "$T/cold.c" 2>/dev/null && nm "$T/cold.so" | grep -q 'with_cold_part.cold'; then
	check "a cold part is called so" named "$T/cold.so" \
		"$(nm "$T/cold.so" | awk '/with_cold_part.cold/ { print $1 }')" 'with_cold_part\.cold+0x0'
else
	skip "a cold part is called so" "this compiler made none"
fi

# DWARF of every form: the name is right, and the inlined function is found or left out.
inlined() {
	"$WICK" symbolize -e "$1" "$(printf '%x' $((0x$(address "$1" local_work) + 20)))" >"$T/named" 2>&1
	cat "$T/named"
	grep -q local_work "$T/named" && grep -q inlined_work "$T/named"
}
for compiler in gcc clang; do
	for version in 4 5; do
		if have $compiler && CC=$compiler build "$T/dwarf" -gdwarf-$version; then
			check "DWARF $version of $compiler" inlined "$T/dwarf"
		else
			skip "DWARF $version of $compiler" "no $compiler"
		fi
	done
done
for method in zlib zstd; do
	if objcopy --compress-debug-sections=$method "$T/full" "$T/$method" 2>/dev/null &&
		readelf -S "$T/$method" | grep -A1 debug_info | grep -q ' C '; then
		check "sections compressed by $method: the function" \
			named "$T/$method" "$local" local_work
	else
		skip "sections compressed by $method: the function" "objcopy cannot"
	fi
done
check "sections compressed by zlib: inlined functions" inlined "$T/zlib"
if have dwz && build "$T/one" -gdwarf-4 && build "$T/two" -gdwarf-4 -DOTHER && cp "$T/one" "$T/three" &&
	dwz -m "$T/common" "$T/one" "$T/two" "$T/three" 2>/dev/null; then
	check "dwz: the functions of a file with an alternate one" inlined "$T/one"
	rm -f "$T/common"
	check "and without it, its own" named "$T/one" "$(address "$T/one" local_work)" local_work
	check "also where one was inlined whose name was there" named "$T/one" \
		"$(printf '%x' $((0x$(address "$T/one" local_work) + 20)))" local_work
else
	skip "dwz: the functions of a file with an alternate one" "no dwz"
fi
for version in 4 5; do
	(cd "$T" && build "$T/split" -gsplit-dwarf -gdwarf-$version)
	check "split DWARF $version: the function" named "$T/split" "$(address "$T/split" local_work)" local_work
	"$WICK" symbolize -e "$T/split" "$(address "$T/split" local_work)" >"$T/named" 2>&1
	check "split DWARF $version: nothing that is not so" \
		grep -q -e 'local_work' "$T/named"
	rm -f "$T"/*.dwo
	check "split DWARF $version without its .dwo: the function" \
		named "$T/split" "$(address "$T/split" local_work)" local_work
done

# Packages of split units: what they say is what the same code says with its DWARF inside.
ROOT=$(dirname "$SOURCE")/../..
# units DIR FLAGS... : a library of several units in DIR, whose .dwo are there as well.
units() {
	dir=$1
	shift
	mkdir -p "$dir"
	for unit in "$SOURCE" "$ROOT"/symbolize/process/maps.c "$ROOT"/symbolize/query.c; do
		(cd "$dir" && $CC -O2 -fPIC -std=gnu11 -D_GNU_SOURCE -I "$ROOT" "$@" -c "$unit") || return
	done 2>"$T/cc.err"
	$CC -shared -Wl,--build-id=sha1 -o "$dir/lib.so" "$dir"/*.o 2>"$T/cc.err"
}
code_of() {
	objcopy -O binary -j .text "$1" "$T/code" && md5sum <"$T/code"
}
every_address() {
	objdump -h "$1" | awk '$2 == ".text" { print $4, $3 }' | {
		read -r start size
		seq $((0x$start)) 5 $((0x$start + 0x$size - 1)) | xargs printf '%x\n'
	}
}
# What symbolize says of the library $1 at all addresses.
lines_of() {
	every_address "$1" | "$WICK" symbolize --format addr2line -e "$1"
}
# Of what clang writes addr2line misses inlined calls, and llvm-symbolizer ends answers by a blank line.
others_lines() {
	case $1 in
	4) every_address "$2" | addr2line -f -i -C -e "$2" ;;
	5) every_address "$2" | sed 's/^/0x/' |
		llvm-symbolizer --obj="$2" --inlines --output-style=GNU | grep . ;;
	esac
}
# mostly_same FILE FILE : at most one line of 20 differs: addr2line counts padding to functions.
mostly_same() {
	for lines in "$1" "$2"; do
		sed 's/ (discriminator [0-9]*)$//; s/:[0?]$/:?/' "$lines" >"$lines.plain"
	done
	differ=$(diff "$1.plain" "$2.plain" | grep -c '^<')
	echo "$differ of $(wc -l <"$1")"
	[ $((20 * differ)) -le "$(wc -l <"$1")" ]
}
# as_inside LIBRARY : does it say the same as $T/inside/lib.so?
as_inside() {
	lines_of "$1" | diff "$T/inside/answers" - | head -n 20 >"$T/differs"
	cat "$T/differs"
	[ ! -s "$T/differs" ]
}
package() {
	case $1 in
	4) have dwp && (cd "$2" && dwp -e lib.so) ;;
	5) have llvm-dwp && (cd "$2" && timeout 10 llvm-dwp -e lib.so -o lib.so.dwp) ;;
	esac 2>"$T/dwp.err"
	[ -s "$2/lib.so.dwp" ]
}
for version in 4 5; do
	compiler=gcc
	[ $version = 5 ] && compiler=clang
	CC_BEFORE=$CC CC=$compiler
	rm -rf "$T/inside" "$T/units"
	if ! have $compiler || ! units "$T/inside" -gdwarf-$version ||
		! units "$T/units" -gdwarf-$version -gsplit-dwarf ||
		[ "$(code_of "$T/inside/lib.so")" != "$(code_of "$T/units/lib.so")" ] ||
		! package $version "$T/units"; then
		skip "packages of split units, DWARF $version of $compiler" "no $compiler, no dwp or llvm-dwp"
		CC=$CC_BEFORE
		continue
	fi
	CC=$CC_BEFORE
	what="DWARF $version of $compiler"
	lines_of "$T/inside/lib.so" >"$T/inside/answers"
	check "$what: there are inlined functions to find" \
		[ "$(wc -l <"$T/inside/answers")" -gt $((2 * $(every_address "$T/inside/lib.so" | wc -l) + 500)) ]
	check "$what: .dwo files" as_inside "$T/units/lib.so"
	others_lines $version "$T/inside/lib.so" >"$T/others"
	check "$what: the lines are those of another symbolizer" mostly_same "$T/inside/answers" "$T/others"
	mkdir "$T/dwo" && mv "$T/units"/*.dwo "$T/dwo"
	check "$what: a package beside the library, without them" as_inside "$T/units/lib.so"
	mkdir "$T/bin"
	mv "$T/units/lib.so.dwp" "$T/bin/other.dwp"
	ln -s "$T/units/lib.so" "$T/bin/other"
	check "$what: beside the link by which it was called" as_inside "$T/bin/other"
	refuse "$what: there is no other one" as_inside "$T/units/lib.so"
	objcopy --only-keep-debug "$T/units/lib.so" "$T/units/lib.debug"
	strip -o "$T/bin/lib.so" "$T/units/lib.so"
	(cd "$T/units" && objcopy --add-gnu-debuglink=lib.debug "$T/bin/lib.so")
	mkdir "$T/bin/.debug"
	mv "$T/units/lib.debug" "$T/bin/.debug"
	cp "$T/bin/other.dwp" "$T/bin/.debug/lib.debug.dwp"
	check "$what: beside the debug file" as_inside "$T/bin/lib.so"
	mv "$T/bin/.debug/lib.debug.dwp" "$T/bin/.debug/lib.so.dwp"
	check "$what: there, called like the library" as_inside "$T/bin/lib.so"
	mv "$T/bin/.debug/lib.so.dwp" "$T/bin/lib.so.dwp"
	check "$what: beside the library whose debug file is elsewhere" as_inside "$T/bin/lib.so"
	# Hostile ones: the library's own functions and lines are left.
	size=$(stat -c %s "$T/bin/other.dwp")
	for damage in cut random pipe; do
		rm -f "$T/bin/lib.so.dwp"
		case $damage in
		cut) head -c $((size / 2)) "$T/bin/other.dwp" >"$T/bin/lib.so.dwp" ;;
		random) head -c 20000 /dev/urandom >"$T/bin/lib.so.dwp" ;;
		pipe) mkfifo "$T/bin/lib.so.dwp" ;;
		esac
		lines_of "$T/bin/lib.so" >"$T/named"
		check "$what: a package that is $damage costs inlined functions" grep -q '^maps_parse_line$' "$T/named"
	done
	rm -rf "${T:?}/bin" "$T/dwo"
done

# With type units: gcc gives each a .debug_info.dwo of its own, clang puts all into one.
typed() {
	(cd "$1" && shift && "$@" -O2 -gdwarf-5 -gsplit-dwarf -fdebug-types-section \
		-c "$ROOT/tests/oracle/inlined.cc") && "$2" -o "$1/lib.so" "$1/inlined.o"
}
for compiler in g++ clang++; do
	what="type units of $compiler"
	rm -rf "$T/inside" "$T/typed"
	mkdir "$T/inside" "$T/typed"
	if ! have $compiler ||
		! $compiler -O2 -gdwarf-5 -o "$T/inside/lib.so" "$ROOT/tests/oracle/inlined.cc" ||
		! typed "$T/typed" $compiler ||
		[ "$(code_of "$T/inside/lib.so")" != "$(code_of "$T/typed/lib.so")" ] ||
		! readelf --debug-dump=info "$T/typed/inlined.dwo" 2>/dev/null | grep -q DW_UT_split_type; then
		skip "$what" "no $compiler, or it writes none"
		continue
	fi
	lines_of "$T/inside/lib.so" >"$T/inside/answers"
	check "$what: there are inlined functions to find" \
		[ "$(wc -l <"$T/inside/answers")" -gt $((2 * $(every_address "$T/inside/lib.so" | wc -l) + 500)) ]
	check "$what: .dwo files" as_inside "$T/typed/lib.so"
	if package 5 "$T/typed"; then
		mv "$T/typed/inlined.dwo" "$T/inside"
		check "$what: a package" as_inside "$T/typed/lib.so"
		rm "$T/typed/lib.so.dwp"
		mv "$T/inside/inlined.dwo" "$T/typed"
	else
		skip "$what: a package" "no llvm-dwp, or it makes none of these"
	fi
	objcopy --compress-debug-sections=zlib "$T/typed/inlined.dwo"
	check "$what: compressed ones" as_inside "$T/typed/lib.so"
done

# The short form of make check-symbols; strict DWARF 2 has no lists of ranges.
agrees() {
	g++ -O2 "$@" -o "$T/agree" "$ROOT/tests/oracle/inlined.cc" &&
		"$ROOT/tests/oracle/symbols.py" "$WICK" "$T/agree" >"$T/agree.out" 2>&1
	status=$?
	cut -c 1-300 "$T/agree.out"
	return $status
}
if have g++ && have python3 && have c++filt && have addr2line && have llvm-symbolizer && have eu-addr2line; then
	check "names, calls and lines are those of others, or differ for a known cause" agrees -g
	check "of strict DWARF 2 as well" agrees -gdwarf-2 -gstrict-dwarf
else
	skip "names, calls and lines are those of others" "one of them is missing"
fi

# What has no name has a reason, a file and a remedy.
cp "$T/unexported" "$T/no \"name\" here"
record unnamed -F 999 -- "$T/no \"name\" here" 0.3
check "the ledger has the file and the reason" grep -q \
	'"unnamed_files": \[{"file": "[^,]*/no \\"name\\" here", "reason": "stripped", "frames": [0-9]' "$T/unnamed.json"
listed() {
	grep -o '"unnamed_files": \[[^]]*' "$T/$1.json" | grep -o '"frames": [0-9]*' |
		awk '{ sum += $2 } END { print sum + 0 }'
}
reasons() {
	flat_json "$T/$1.json" | awk '/^frames.user.unnamed./ { sum += $2 } END { print sum + 0 }'
}
check "all files together are all frames without a name" [ "$(listed unnamed)" = "$(reasons unnamed)" ]
check "the summary has them, with their share" said '% of user frames have no name: no "name" here stripped ([0-9]'
check "and what helps" said 'install the debug symbols of .*no "name" here .*DEBUGINFOD_URLS'

# The distribution's own word for it, where a program of its own is stripped.
shell=$(readlink -f /bin/sh)
package=$(dpkg-query -S "$shell" "${shell#/usr}" 2>/dev/null | sed -n '1s/:.*//p')
wick record -F 999 -o "$T/shell.folded" -- /bin/sh -c 'i=0; while [ $i -lt 200000 ]; do i=$((i + 1)); done'
if [ "$package" ] && said "${shell##*/} stripped"; then
	check "a program of the distribution: its package of symbols, and its server" \
		said "apt install $package-dbgsym .*DEBUGINFOD_URLS=https://debuginfod\..*for $shell"
else
	skip "a program of the distribution" "no dpkg here, or it has its symbols"
fi
if have python3; then
	check "it is JSON" python3 -m json.tool "$T/unnamed.json"
else
	skip "it is JSON" "no python3"
fi
record everything -a -F 999 -- sleep 0.5
check "system-wide, too" [ "$(listed everything)" = "$(reasons everything)" ]

# debuginfod
empty_cache() {
	rm -rf "$T/cache" && mkdir "$T/cache"
}
fetched() {
	DEBUGINFOD_URLS=$1
	shift
	run=$1
	shift
	HOME=$T/cache
	export DEBUGINFOD_URLS HOME
	record "$run" "$@"
	unset DEBUGINFOD_URLS
}
# asked_of URLS FUNCTION : what wick symbolize says of $local, with the servers of URLS.
asked_of() {
	HOME=$T/cache DEBUGINFOD_URLS=$1 "$WICK" symbolize --debuginfod-timeout 1 -e "$order" "$local" \
		>"$T/named" 2>"$T/last.err"
	cat "$T/named"
	grep -q -w -e "$2" "$T/named"
}
# Whole seconds from $1 on, by date +%s.
took() {
	echo "$(($(date +%s) - $1)) s"
	[ $(($(date +%s) - $1)) -ge "$2" ] && [ $(($(date +%s) - $1)) -le "$3" ]
}
# A program that waits, for its live addresses.
asked_of_process() {
	start "$order" 20 >/dev/null
	waiting=$last
	wait_for grep -q r-xp.*prog/order "/proc/$waiting/maps"
	base=$(awk '/prog\/order/ { sub(/-.*/, ""); print; exit }' "/proc/$waiting/maps")
	HOME=$T/cache DEBUGINFOD_URLS=$1 "$WICK" symbolize -p "$waiting" \
		"$(printf '%x' $((0x$base + 0x$local)))" >"$T/named" 2>"$T/last.err"
	stop "$waiting"
	cat "$T/named"
	grep -q -w -e "$2" "$T/named"
}
record without -F 999 -- "$order" 0.5
check "without DEBUGINFOD_URLS: MiniDebugInfo" seen without ';main;exported_work;by_minidebug' 3
ldd "$WICK" >"$T/libraries"
refuse "and wick itself needs no library for the network" grep -E 'curl|debuginfod' "$T/libraries"
if have debuginfod && have debuginfod-find; then
	port=$((20000 + $$ % 10000))
	start debuginfod -d "$T/served.db" -F -p $port "$T/served" >"$T/debuginfod.log" 2>&1
	server=$last
	ready() {
		DEBUGINFOD_URLS=http://127.0.0.1:$port HOME=$T/probe \
			DEBUGINFOD_CACHE_PATH=$T/probe timeout 5 debuginfod-find debuginfo "$id"
	}
	until_ready() {
		tries=0
		until ready >/dev/null 2>&1; do
			rm -rf "$T/probe"
			tries=$((tries + 1))
			[ $tries -lt 40 ] || return 1
			sleep 0.25
		done
	}
	until_ready
	fetched "http://127.0.0.1:$port" server -F 999 -- "$order" 0.5
	check "4. debuginfod: a local debug file is preferred, else its own" \
		seen server ';main;exported_work;by_debuginfod' 3
	check "inlined functions come with it" seen server ';by_debuginfod;inlined_work_\[i\]' 3
	check "the ledger says what was fetched" [ "$(stat_of server debuginfod.fetched)" -ge 1 ]
	empty_cache
	check "symbolize -e asks too" asked_of "http://127.0.0.1:$port" by_debuginfod
	check "and has lines with it" grep -q 'sources\.c:[0-9]' "$T/named"
	empty_cache
	check "so does symbolize -p" asked_of_process "http://127.0.0.1:$port" by_debuginfod
	stop "$server"
	check "the server is gone: the cache answers symbolize" \
		asked_of "http://127.0.0.1:$port" by_debuginfod
	check "without DEBUGINFOD_URLS symbolize has MiniDebugInfo" asked_of "" by_minidebug
	fetched "http://127.0.0.1:$port" cached -F 999 -- "$order" 0.5
	check "the server is gone: the cache has it" seen cached ';main;exported_work;by_debuginfod' 3
	empty_cache
	fetched "http://127.0.0.1:$port" nobody -F 999 -- "$order" 0.3
	check "nobody listens: MiniDebugInfo" seen nobody ';main;exported_work;by_minidebug' 3

	start "$WORKLOADS/server" hang >"$T/port"
	hang=$last
	wait_for [ -s "$T/port" ]
	empty_cache
	fetched "http://127.0.0.1:$(cat "$T/port")" hangs -F 999 --debuginfod-timeout 1 -- "$order" 0.3
	check "a server that hangs: MiniDebugInfo" seen hangs ';main;exported_work;by_minidebug' 3
	check "and it costs the time that was given" \
		awk -v s="$(stat_of hangs overhead.report_s)" 'BEGIN { exit !(s >= 0.9 && s < 2) }'
	check "it says so" said 'debuginfod.*--debuginfod-timeout'
	empty_cache
	begun=$(date +%s)
	check "symbolize, too, answers without it" \
		asked_of "http://127.0.0.1:$(cat "$T/port")" by_minidebug
	check "in its time" took "$begun" 1 3
	check "and says so" said 'debuginfod.*--debuginfod-timeout'
	stop "$hang"

	for lie in "$T/other" "$T/random.xz"; do
		start "$WORKLOADS/server" "$lie" >"$T/port"
		liar=$last
		wait_for [ -s "$T/port" ]
		empty_cache
		fetched "http://127.0.0.1:$(cat "$T/port")" lies -F 999 -- "$order" 0.3
		check "a server that answers with $(basename "$lie"): MiniDebugInfo" \
			seen lies ';main;exported_work;by_minidebug' 3
		empty_cache
		check "and symbolize" asked_of "http://127.0.0.1:$(cat "$T/port")" by_minidebug
		stop "$liar"
	done
else
	skip "4. debuginfod" "no debuginfod, or no libdebuginfod"
fi

done_testing
