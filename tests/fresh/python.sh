#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# python.sh [RELEASE...] - the truth test of Python's frames, ../truth/python.sh, for the python3 of
# Debian releases, in roots that debootstrap makes: bullseye, bookworm, trixie and sid without RELEASE.
set -uo pipefail

top=$(cd "$(dirname "$0")/../.." && pwd)
B=${B:-$top/build}
RELEASES=(bullseye bookworm trixie sid)

# shellcheck source=tests/fresh/root.sh
. "$top/tests/fresh/root.sh"
alone check-pythons "$@"
shift
[ $# -gt 0 ] || set -- "${RELEASES[@]}"
export PATH=$PATH:/usr/sbin:/sbin
mkdir -p "$cache" || exit 1
status=0
for release in "$@"; do
	open_root "$release"
	if inside "$root" / 'apt-get update && apt-get install -y --no-install-recommends libpython3-dev python3' \
		>"$cache/$release-python.log" 2>&1; then
		B=$B sh "$top/tests/truth/python.sh" -r "$root" || status=1
	else
		echo "$release: python3 cannot be installed, see $cache/$release-python.log"
		status=1
	fi
	close_root
done
exit $status
