#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# run.sh [RELEASE...] - the README's commands on fresh machines: roots that debootstrap makes
# of Debian bookworm, trixie and sid (all three without RELEASE), where nothing is installed
# but make.  In each:
#
#	below /root, which others cannot enter:	apt-get install -y make && make demo; make deps check
#	in /home, as a user without root:	make check-unit
#	in /srv, where / is no mount:		make deps check, in a clone of its own
#
# Prints a line with the time of each and with what it installed; what each of them said is in
# $B/fresh/RELEASE-*.log.  The roots' archives are kept below $B/fresh for a week, the roots
# themselves are made and removed below $TMPDIR, one at a time: the tests measure time.
# MIRROR=URL is where packages come from; by default where apt has this machine's from.
set -uo pipefail

top=$(cd "$(dirname "$0")/../.." && pwd)
B=${B:-$top/build}
cache=$B/fresh
RELEASES=(bookworm trixie sid)
ARCHIVE_DAYS=7

die() {
	echo "fresh: $1" >&2
	exit 1
}

# What is mounted in here is gone with the last process, however that ends; nothing that is
# removed can then be a mount's.
if [ "${1:-}" != --inside ]; then
	[ "$(id -u)" = 0 ] || die "debootstrap and chroot need root: sudo make check-fresh"
	for program in debootstrap git unshare; do
		PATH=$PATH:/usr/sbin:/sbin command -v $program >/dev/null || die "needs $program"
	done
	work=$(mktemp -d "${TMPDIR:-/tmp}/wick-fresh.XXXXXX") || exit 1
	trap 'rm -rf --one-file-system "$work"' EXIT
	trap 'exit 1' HUP INT TERM
	work=$work unshare --mount --propagation slave "$0" --inside "$@"
	exit
fi
shift
[ $# -gt 0 ] || set -- "${RELEASES[@]}"
export PATH=$PATH:/usr/sbin:/sbin
unset MAKEFLAGS MAKELEVEL MFLAGS CFLAGS CC B
mkdir -p "$cache" || exit 1
status=0

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

# step RELEASE NAME DIRECTORY COMMAND : one line of the result.
step() {
	local log=$cache/$1-$2.log before after begin=$SECONDS word=ok
	before=$(du -sxm "$root" | cut -f 1)
	inside "$root" "$3" "$4" >"$log" 2>&1 || {
		word=FAILED
		status=1
	}
	after=$(du -sxm "$root" | cut -f 1)
	printf '%-9s %-12s %-6s %4d s  %5d MB on disk  %s\n' "$1" "$2" $word \
		$((SECONDS - begin)) $((after - before)) "$(said "$log")"
	[ $word = ok ] || grep -hE '^not ok|^Bail out|^make.*Error|: error:' "$log" | head -n 20 | sed 's/^/# /'
}

# What was installed and how many rows there were, in the words of the log.
said() {
	sed -n 's/^deps: installing \(.*\)/\1;/p' "$1" | tr '\n' ' '
	awk '/^ok [0-9]/ { /# (SKIP|skip)/ ? skipped++ : passed++ }
		/^not ok [0-9]/ { failed++ }
		END { if (passed) printf "%d passed, %d failed, %d skipped", passed, failed, skipped }' "$1"
}

release() {
	local root=$work/$1
	archive "$1" || die "debootstrap cannot make $1, see $cache/$1.log"
	mkdir "$root" && tar -C "$root" -xf "$cache/$1.tar" || exit 1
	copy_network "$root"
	chmod 700 "$root/root"
	chroot "$root" useradd -m -d /home/tester tester || exit 1
	for place in root srv home/tester; do
		git clone -q --no-hardlinks "$top" "$root/$place/wick" || exit 1
	done
	chown -R --reference="$root/home/tester" "$root/home/tester/wick"
	mount_root "$root" bind || exit 1
	step "$1" demo /root/wick 'apt-get install -y make && make demo'
	step "$1" check /root/wick "PROVE='prove -v --timer' make deps check"
	step "$1" check-unit /home/tester/wick \
		"setpriv --reuid tester --regid tester --init-groups env HOME=/home/tester PROVE='prove -v --timer' make check-unit"
	umount -R "$root"
	mount_root "$root" || exit 1
	step "$1" check-srv /srv/wick "PROVE='prove -v --timer' make deps check"
	umount -R "$root/dev" "$root/sys" "$root/proc"
	rm -rf --one-file-system "$root"
}

for name; do
	release "$name"
done
exit $status
