#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The pictures in a real browser.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

need_browser
use_packages browser "$DRIVER"
awk -v count=100000 -f "$here/../bench/stacks.awk" >"$T/large.folded"
cp "$here/../golden/kinds.folded" "$T/kinds.folded"
node "$here/check.mjs" "$B/wick" "$browser" "$modules" "$T"
