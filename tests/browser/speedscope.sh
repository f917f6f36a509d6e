#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Our JSON in speedscope itself.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

need_browser
use_packages speedscope speedscope@1.25.0 "$DRIVER"
for name in kinds interpreted hostile empty; do
	"$B/wick" flamegraph -q "$here/../golden/$name.folded" -o "$T/$name.speedscope.json" || exit 1
done
if [ "$(id -u)" = 0 ]; then
	"$B/wick" record -q -F 499 -o "$T/recording.speedscope.json" -o "$T/recording.folded" -- \
		"$B/tests/workloads/calltree" 1 >/dev/null || exit 1
fi
node "$here/speedscope.mjs" "$browser" "$modules" "$T"
