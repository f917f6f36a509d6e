#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
#
# root.sh - roots of Debian releases as debootstrap makes them, for run.sh and for
# ../packages/run.sh, which source it.  The archives are kept below $B/fresh for a week;
# the roots themselves are in $work, and gone with it.
# MIRROR=URL is where packages come from; by default where apt has this machine's from.
cache=$B/fresh
ARCHIVE_DAYS=7

die() {
	echo "${0##*/}: $1" >&2
	exit 1
}

# alone NAME "$@" : run the script again in mounts of its own, with --inside before its
# arguments.  What is mounted in there is gone with the last process, however that ends; nothing
# that is removed can then be a mount's.
alone() {
	local goal=$1
	shift
	[ "${1:-}" != --inside ] || return 0
	[ "$(id -u)" = 0 ] || die "debootstrap and chroot need root: sudo make $goal"
	for program in debootstrap git unshare; do
		PATH=$PATH:/usr/sbin:/sbin command -v $program >/dev/null || die "needs $program"
	done
	work=$(mktemp -d "${TMPDIR:-/tmp}/wick-fresh.XXXXXX") || exit 1
	trap 'rm -rf --one-file-system "$work"' EXIT
	trap 'exit 1' HUP INT TERM
	work=$work unshare --mount --propagation slave "$0" --inside "$@"
	exit
}

mirror() {
	echo "${MIRROR:-$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 2>/dev/null |
		grep -m 1 '/debian/*$')}"
}

# How this machine's apt reaches the network.
copy_network() {
	apt-config dump 2>/dev/null | grep -iE '^Acquire::(.*proxy|https?::Ca|Check-)' \
		>"$1/etc/apt/apt.conf.d/00network"
	cp -L /etc/resolv.conf "$1/etc/resolv.conf"
	if [ -e /etc/ssl/certs/ca-certificates.crt ]; then
		mkdir -p "$1/etc/ssl/certs"
		cp -L /etc/ssl/certs/ca-certificates.crt "$1/etc/ssl/certs"
	fi
}

# archive RELEASE : $cache/RELEASE.tar is there, and not old.
archive() {
	local tar=$cache/$1.tar root=$work/$1 from
	[ -z "$(find "$tar" -mtime -$ARCHIVE_DAYS 2>/dev/null)" ] || return 0
	from=$(mirror)
	debootstrap --variant=minbase "$1" "$root" ${from:+"$from"} >"$cache/$1.log" 2>&1 || {
		tail -n 5 "$cache/$1.log" >&2
		return 1
	}
	chroot "$root" apt-get clean
	tar -C "$root" --one-file-system -cf "$tar.new" . && mv "$tar.new" "$tar"
	rm -rf --one-file-system "$root"
}

# mount_root ROOT [bind] : with bind, / is a mount there, as on a machine of its own.
mount_root() {
	if [ "${2:-}" = bind ]; then
		mount --bind "$1" "$1" || return
	fi
	mount -t proc proc "$1/proc" &&
		mount --rbind --make-rslave /sys "$1/sys" &&
		mount --rbind --make-rslave /dev "$1/dev"
}

# inside ROOT DIRECTORY COMMAND : as a login of root there has it, and nothing of this one's.
inside() {
	env -i HOME=/root TERM=dumb PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
		chroot "$1" sh -c "cd '$2' && $3" </dev/null
}

# open_root RELEASE : $root is a root of it, with the network.
open_root() {
	root=$work/$1
	archive "$1" || die "debootstrap cannot make $1, see $cache/$1.log"
	mkdir "$root" && tar -C "$root" -xf "$cache/$1.tar" || exit 1
	copy_network "$root"
	mount_root "$root" || exit 1
}

close_root() {
	umount -R "$root/dev" "$root/sys" "$root/proc"
	rm -rf --one-file-system "$root"
}
