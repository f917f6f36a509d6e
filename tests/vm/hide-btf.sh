#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# hide-btf.sh VMLINUZ SYMBOLS OUT - a kernel that behaves as if built without
# CONFIG_DEBUG_INFO_BTF, made from one that has it.
#
# Covering /sys/kernel/btf would hide the types from programs, not from the verifier,
# and damaged types make it refuse every program, which no real kernel does.  So the
# three things are done that the configuration does:
#
#	bpf_get_btf_vmlinux()	returns NULL
#	btf_vmlinux_init()	makes no /sys/kernel/btf
#	.BTF_ids		all zero: no function takes or returns a typed pointer
#
# SYMBOLS are lines of /proc/kallsyms of the kernel as it runs without KASLR.  OUT is an
# ELF file, which qemu boots by its PVH entry.
set -eu

vmlinuz=$1
symbols=$2
out=$3

die() {
	echo "hide-btf: $*" >&2
	exit 1
}

# number FILE OFFSET SIZE
number() {
	od -An -v -t "u$3" -j "$2" -N "$3" "$1" | tr -d ' '
}

bytes() {
	od -An -v -t x1 -j "$2" -N "$3" "$1" | tr -d ' \n'
}

# The boot protocol's header says where the compressed kernel lies (2.08 and later).
unpack() {
	[ "$(bytes "$vmlinuz" 514 4)" = 48647253 ] || die "$vmlinuz is no bzImage"
	start=$((($(number "$vmlinuz" 497 1) + 1) * 512 + $(number "$vmlinuz" 584 4)))
	length=$(number "$vmlinuz" 588 4)
	case $(bytes "$vmlinuz" $start 4) in
	1f8b*) unpacker="gzip -dc" behind=0 ;;
	28b52ffd) unpacker="zstd -dcq" behind=4 ;; # the unpacked size follows
	02214c18) unpacker="lz4 -dcq" behind=4 ;;
	fd377a58) unpacker="xz -dcq" behind=4 ;;
	*) die "$vmlinuz: unknown compression" ;;
	esac
	command -v "${unpacker%% *}" >/dev/null || die "needs ${unpacker%% *}"
	tail -c +$((start + 1)) "$vmlinuz" | head -c $((length - behind)) | $unpacker >"$out"
	[ "$(bytes "$out" 0 4)" = 7f454c46 ] || die "what $vmlinuz holds is no ELF file"
}

# section NAME : address, offset and size.  Of addresses the lower half, which is what differs:
# not every shell computes with the whole.
section() {
	# shellcheck disable=SC2046
	set -- $(readelf -SW "$out" | sed 's/^ *\[ *[0-9]*\] *//' |
		awk -v name="$1" '$1 == name { print $3, $4, $5; exit }')
	[ $# = 3 ] || die "$out lacks a section"
	echo "$((0x${1#ffffffff})) $((0x$2)) $((0x$3))"
}

# poke OFFSET OCTAL-BYTES
poke() {
	# shellcheck disable=SC2059
	printf "$2" | dd of="$out" bs=1 seek="$1" conv=notrunc 2>/dev/null
}

# return_zero FUNCTION SECTION : behind the landing pad and the tracer's five bytes,
# which the kernel checks when it boots.
return_zero() {
	address=$(awk -v name="$1" '$3 == name { print $1; exit }' "$symbols")
	[ -n "$address" ] || die "no symbol $1"
	places=$(section "$2")
	# shellcheck disable=SC2086
	set -- $1 $places
	at=$((0x${address#ffffffff} - $2 + $3))
	[ $at -ge "$3" ] || die "$1 is before its section"
	[ "$(bytes "$out" $at 4)" = f30f1efa ] && at=$((at + 4))
	case $(bytes "$out" $at 5) in
	e8* | 0f1f440000) at=$((at + 5)) ;;
	esac
	[ $at -lt $(($3 + $4)) ] || die "$1 is behind its section"
	poke $at '\061\300\303' # xor %eax,%eax; ret
}

unpack
return_zero bpf_get_btf_vmlinux .text
return_zero btf_vmlinux_init .init.text
# shellcheck disable=SC2046
set -- $(section .BTF_ids)
dd if=/dev/zero of="$out" bs=1 seek="$2" count="$3" conv=notrunc 2>/dev/null
