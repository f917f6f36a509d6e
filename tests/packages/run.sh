#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# run.sh - the packages that `make deb rpm static` left in $B/packages, as their users meet
# them: the deb on fresh Debian 12, 13 and sid, the rpm in a folder, the static file on Debian 11
# and in a machine that has nothing but busybox and Linux.  TAP; as root.
set -uo pipefail

here=$(cd "$(dirname "$0")" && pwd)
top=${here%/tests/packages}
B=${B:-$top/build}
packages=$B/packages

# shellcheck source=tests/fresh/root.sh
. "$top/tests/fresh/root.sh"
alone check-packages "$@"
shift
export PATH=$PATH:/usr/sbin:/sbin
mkdir -p "$cache" || exit 1
cnt=0
status=0

# row SENTENCE COMMAND...
row() {
	local name=$1 word=ok
	shift
	"$@" >"$work/row.log" 2>&1 || {
		word='not ok'
		status=1
		sed 's/^/# /' "$work/row.log" | tail -n 20 >&2
	}
	echo "$word $((++cnt)) - $name"
}

skip() {
	echo "ok $((++cnt)) - $1 # SKIP $2"
}

# The recording of a program whose call tree is known has it, and no stack of it breaks.
# A second at 499 Hz leaves room for a machine that is busy with other things.
records() {
	inside "$root" / "$1 record -q -F 499 -o /x.svg -o /x.folded -- /calltree 1 1" &&
		grep -q '</svg>' "$root/x.svg" &&
		awk '{ all += $NF } /;start_thread;run;phase_/ { whole += $NF }
			END { print all, whole; exit !(whole > 20 && whole > 0.9 * all) }' "$root/x.folded"
}

lintian_is_silent() {
	lintian --no-cfg --allow-root "$packages"/wick_*.deb >"$work/lintian.log" 2>&1
	cat "$work/lintian.log"
	! grep -q '^[EW]:' "$work/lintian.log"
}

apt_installs() {
	cp "$packages"/wick_*.deb "$root/" &&
		inside "$root" / 'apt-get update -q; apt-get install -qy --no-install-recommends ./wick_*.deb'
}

apt_removes() {
	inside "$root" / 'apt-get remove -qy wick' && ! [ -e "$root/usr/bin/wick" ]
}

rpmlint_is_content() {
	rpmlint "$packages"/*.rpm >"$work/rpmlint.log" 2>&1
	cat "$work/rpmlint.log"
	# Nobody here has a key to sign with.
	! grep ': E: ' "$work/rpmlint.log" | grep -qv no-signature
}

rpm_installs() {
	mkdir -p "$work/rpm" && rpm --root "$work/rpm" -i --nodeps "$packages"/*.rpm &&
		"$work/rpm/usr/bin/wick" --version
}

linked_statically() {
	! ldd "$packages/wick-static" && ! readelf -lW "$packages/wick-static" | grep INTERP
}

deb() {
	if command -v lintian >/dev/null; then
		row 'lintian finds neither an error nor a warning in the deb' lintian_is_silent
	else
		skip 'lintian finds neither an error nor a warning in the deb' 'no lintian here'
	fi
	for release in bookworm trixie sid; do
		open_root $release
		cp "$packages/calltree" "$root/calltree"
		row "apt installs the deb on $release, where nothing else is" apt_installs
		row "the installed wick records on $release" records wick
		row "the man page and the completions are there on $release" \
			ls "$root"/usr/share/{man/man1/wick.1.gz,bash-completion/completions/wick} \
			"$root"/usr/share/{zsh/vendor-completions/_wick,fish/vendor_completions.d/wick.fish}
		row "apt removes it from $release" apt_removes
		close_root
	done
}

rpm_file() {
	if command -v rpmlint >/dev/null; then
		row 'rpmlint finds no error in the rpm but the missing signature' rpmlint_is_content
	else
		skip 'rpmlint finds no error in the rpm but the missing signature' 'no rpmlint here'
	fi
	row 'rpm installs into a folder' rpm_installs
}

static_file() {
	row 'the static file needs no shared library and no interpreter' linked_statically
	open_root bullseye
	cp "$packages/wick-static" "$packages/calltree" "$root/"
	row 'the static file records on Debian 11' records /wick-static
	close_root
	B=$B BARE="$packages/wick-static $packages/calltree" sh "$top/tests/vm/run.sh" -x "$here/bare.sh" 6.1 \
		>"$work/vm.log" 2>&1
	grep '^#' "$work/vm.log" >&2
	if grep -q '^1\.\.0 # SKIP' "$work/vm.log"; then
		skip 'the static file records where there is nothing but busybox' "$(sed -n 's/.*SKIP //p' "$work/vm.log")"
		return
	fi
	awk -v cnt=$cnt '/^(not )?ok / { sub(/ok [0-9]+/, "ok " ++cnt); print }' "$work/vm.log"
	cnt=$((cnt + $(grep -cE '^(not )?ok ' "$work/vm.log")))
	grep -q '^ok ' "$work/vm.log" || cat "$work/vm.log" >&2
	grep -q '^ok ' "$work/vm.log" && ! grep -qE '^not ok|^Bail' "$work/vm.log" || status=1
}

ls "$packages"/wick_*.deb "$packages"/*.rpm "$packages/wick-static" >/dev/null || exit 1
deb
rpm_file
static_file
echo "1..$cnt"
exit $status
