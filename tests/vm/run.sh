#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# run.sh [-l | -x SCRIPT] KERNEL [nobtf] - wick under another kernel, in an emulated machine.
#
# KERNEL is a version of which Debian has a cloud kernel (6.1, 6.12), or the name of
# such a package.  It is fetched and unpacked below $B/vm, and nothing is installed.  With
# nobtf, the kernel has no types (hide-btf.sh).  -l runs end-to-end tests there as
# well; -x runs SCRIPT there instead.  With BARE="FILE..." the machine has these files, SCRIPT
# and busybox, and nothing else.  Prints the TAP of guest.sh; what the machine said is
# in $B/vm/*.log.
set -u

here=$(cd "$(dirname "$0")" && pwd)
B=$(cd "${B:-build}" && pwd) || exit 1
long=
script=
case ${1:-} in
-l)
	long=long
	shift
	;;
-x)
	script=$2
	shift 2
	;;
esac
kernel=${1:?which kernel}
mode=${2:-}
BOOT_LIMIT_S=${long:+900}
BOOT_LIMIT_S=${BOOT_LIMIT_S:-600} # it takes some 100 s: for one that hangs

skip_all() {
	echo "1..0 # SKIP $1"
	exit 0
}

die() {
	echo "Bail out! $1"
	exit 1
}

for program in qemu-system-x86_64 cpio busybox apt-get dpkg-deb; do
	PATH=$PATH:/usr/sbin:/sbin command -v $program >/dev/null || skip_all "no $program here"
done
[ "$(uname -m)" = x86_64 ] || skip_all "not an x86-64 machine"
if [ -z "${BARE:-}" ] && ldd "$B/wick" | grep -q 'lib[a-z]*san'; then
	skip_all "sanitizers under emulation take too long"
fi
# shellcheck source=../e2e/priority.sh
. "$here/../e2e/priority.sh"
mkdir -p "$B/vm" || exit 1
work=$(mktemp -d "$B/vm/work.XXXXXX") || exit 1
emulator=
# shellcheck disable=SC2154
trap 'kill $emulator 2>/dev/null; give_priority_back; rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

# The kernel: the newest package of that version, or the one that is there already.

package_of() {
	case $1 in
	linux-image-*) echo "$1" ;;
	*)
		apt-cache search --names-only "^linux-image-$1\\..*-cloud-amd64\$" 2>/dev/null |
			awk '{ print $1 }' | sort -V | tail -n 1
		;;
	esac
}

# 6.1 is not 6.12.
at_hand() {
	case $1 in
	linux-image-*) pattern=vmlinuz-${1#linux-image-} ;;
	*) pattern="vmlinuz-$1.*" ;;
	esac
	find "$B/vm/kernels" -name "$pattern" 2>/dev/null | sort -V | tail -n 1
}

fetch() {
	mkdir -p "$B/vm/kernels" "$work/deb"
	(cd "$work/deb" && timeout 100 apt-get download -qq "$1" >"$work/apt.log" 2>&1) || return 1
	dpkg-deb --fsys-tarfile "$work"/deb/*.deb | tar -x -C "$work" ./boot &&
		mv "$work"/boot/vmlinuz-* "$B/vm/kernels"
}

vmlinuz=$(at_hand "$kernel")
if [ -z "$vmlinuz" ]; then
	package=$(package_of "$kernel")
	[ -n "$package" ] || skip_all "no package of a kernel $kernel is known (apt-get update)"
	fetch "$package" || skip_all "$package cannot be had"
	vmlinuz=$(at_hand "$package")
	[ -n "$vmlinuz" ] || die "$package holds no kernel"
fi
release=${vmlinuz##*/vmlinuz-}
log=$B/vm/$release${mode:+-$mode}.log

# Its files.

root=$work/root
for dir in bin sbin lib lib64; do
	mkdir -p "$root/usr/$dir"
	ln -s usr/$dir "$root/$dir"
done

# put FILE [NAME] : under its own name, or below another one, with its libraries.
put() {
	mkdir -p "$root$(dirname "${2:-$1}")"
	cp -L "$1" "$root${2:-$1}" || return
	for library in $(ldd "$1" 2>/dev/null | grep -o '/[^ ]*'); do
		[ -e "$root$library" ] && continue
		mkdir -p "$root$(dirname "$library")"
		cp -L "$library" "$root$library"
	done
}

# Tools as the tests have them on any other machine; those that are not here, or forgotten,
# are busybox's.
TOOLS="sh env timeout sed awk grep egrep find sort head tail wc cut tr cat dd date sleep ls cp ln
	mkdir mkfifo mktemp mv rm chmod touch seq stat tee true false uname id nproc basename dirname
	truncate readlink printf kill ps bash gzip openssl setpriv unshare mount umount readelf"

put_all() {
	put "$(command -v busybox)" /bin/busybox
	for tool in $TOOLS; do
		file=$(command -v "$tool")
		case $file in
		/*) put "$file" "/usr/bin/$tool" ;;
		esac
	done
	put "$B/wick" /build/wick
	for file in $(cd "$B" && find tests/workloads tests/vm -type f ! -name '*.[od]'); do
		put "$B/$file" "/build/$file"
	done
	mkdir -p "$root/tests/vm" "$root/tests/e2e"
	cp "$here"/guest.sh "$root/tests/vm"
	cp "$here"/../e2e/*.sh "$root/tests/e2e"
	cp "$here/init" "$root/init"
	chmod 755 "$root/init"
	put_python
	put_debuginfod
}

# Nothing but busybox and the files in $BARE.
put_bare() {
	mkdir -p "$root/bin"
	cp "$(command -v busybox)" "$root/bin/busybox"
	ln -s busybox "$root/bin/sh"
	# Names of files that tests leave have no spaces.
	# shellcheck disable=SC2086
	cp $BARE "$root/"
	cp "$here/init" "$root/init"
	chmod 755 "$root/init"
}

# What wick loads only when it asks for debug files.
put_debuginfod() {
	library=$(PATH=$PATH:/usr/sbin:/sbin ldconfig -p |
		sed -n 's/.*libdebuginfod\.so\.1 .*x86-64.* => //p' | head -n 1)
	[ -z "$library" ] || put "$library"
}

# The interpreter, and the one package that it does not start without.
put_python() {
	python=$(readlink -f /usr/bin/python3) || return
	[ -x "$python" ] || return
	lib=/usr/lib/${python##*/}
	put "$python" /usr/bin/python3
	mkdir -p "$root$lib"
	cp "$lib/os.py" "$root$lib"
	cp -r "$lib/encodings" "$root$lib"
}

pack() {
	(cd "$root" && find . | cpio --quiet -o -H newc) >"$work/initramfs"
}

# boot KERNEL LOG SECONDS : until the machine is switched off.  On a busy host the timer is late
# when the kernel wants to see it tick, and it would give up.
boot() {
	timeout -k 5 "$3" qemu-system-x86_64 -accel tcg -cpu max,la57=off -smp 2 -m 1024 \
		-nodefaults -no-user-config -display none -no-reboot -serial "file:$2" \
		-kernel "$1" -initrd "$work/initramfs" \
		-append "console=ttyS0 quiet panic=-1 nokaslr mitigations=off no_timer_check" \
		>"$work/qemu.log" 2>&1 &
	emulator=$!
	wait $emulator
	booted=$?
	emulator=
	return $booted
}

# what_it_printed LOG : between the two marks.
what_it_printed() {
	tr -d '\r' <"$1" | sed -n '/^== begin$/,/^== end$/p' | grep -v '^== '
}

finished() {
	tr -d '\r' <"$1" | grep -q '^== end$'
}

if [ -n "${BARE:-}" ]; then put_bare; else put_all; fi
if [ "$mode" = nobtf ]; then
	# Where the functions are: the kernel itself says so.
	echo 'grep btf_vmlinux /proc/kallsyms' >"$root/script"
	pack
	boot "$vmlinuz" "$work/symbols.log" 100
	what_it_printed "$work/symbols.log" >"$work/symbols"
	sh "$here/hide-btf.sh" "$vmlinuz" "$work/symbols" "$work/vmlinux" || die "BTF stays"
	vmlinuz=$work/vmlinux
fi
echo "exec sh /tests/vm/guest.sh $release ${mode:-btf} $long" >"$root/script"
[ -z "$script" ] || cp "$script" "$root/script"
pack
boot "$vmlinuz" "$log" "$BOOT_LIMIT_S"
what_it_printed "$log" | grep '^#' >&2
what_it_printed "$log" | grep -v '^#'
if ! finished "$log"; then
	tail -n 20 "$log" "$work/qemu.log" | sed 's/^/# /' >&2
	die "Linux $release did not come to the end in $BOOT_LIMIT_S s, see $log"
fi
