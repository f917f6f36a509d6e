#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# run.sh [RELEASE...] - the README's commands on fresh machines: roots that debootstrap makes
# of Debian bookworm, trixie and sid (all three without RELEASE), where nothing is installed
# but make.  In each:
#
#	below /root, which others cannot enter:	apt-get install -y make && make demo; make deps check
#	there:					make check-builds
#	in /home, as a user without root:	make check-unit
#	in /srv, where / is no mount:		make deps check, in a clone of its own
#
# Prints a line with the time of each and with what it installed; what each of them said is in
# $B/fresh/RELEASE-*.log.  The roots are made and removed one at a time: the tests measure time.
set -uo pipefail

top=$(cd "$(dirname "$0")/../.." && pwd)
B=${B:-$top/build}
RELEASES=(bookworm trixie sid)

# shellcheck source=tests/fresh/root.sh
. "$top/tests/fresh/root.sh"
alone check-fresh "$@"
shift
[ $# -gt 0 ] || set -- "${RELEASES[@]}"
export PATH=$PATH:/usr/sbin:/sbin
unset MAKEFLAGS MAKELEVEL MFLAGS CFLAGS CC B
mkdir -p "$cache" || exit 1
status=0

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
	step "$1" builds /root/wick "PROVE='prove -v' make check-builds"
	step "$1" check-unit /home/tester/wick \
		"setpriv --reuid tester --regid tester --init-groups env HOME=/home/tester PROVE='prove -v --timer' make check-unit"
	umount -R "$root"
	mount_root "$root" || exit 1
	step "$1" check-srv /srv/wick "PROVE='prove -v --timer' make deps check"
	close_root
}

for name; do
	release "$name"
done
exit $status
