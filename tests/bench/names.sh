#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# How many frames of a gcc build of many short processes are named, and what naming
# costs: wick's own sources, compiled again and again in a temporary copy, and redis
# beside them where it is installed; with inlined functions and without.  As root.
#
#     tests/bench/names.sh [SECS [HZ]]
set -u

SECS=${1:-20} HZ=${2:-999}
B=$(cd "${B:-build}" && pwd) || exit 1
SOURCES=$(cd "$(dirname "$0")/../.." && pwd)
T=$(mktemp -d "${TMPDIR:-/tmp}/wick-names.XXXXXX") || exit 1
started=

clean_up() {
	trap - EXIT
	for pid in $started; do
		kill "$pid" 2>/dev/null
	done
	wait 2>/dev/null
	rm -rf "$T"
}
trap clean_up EXIT
trap 'exit 1' HUP INT TERM

start() {
	"$@" >/dev/null 2>&1 &
	started="$started $!"
}

[ "$(id -u)" = 0 ] || { echo "$0: needs root" >&2; exit 1; }
cp -r "$SOURCES/symbolize" "$SOURCES/flamegraph" "$T" || exit 1
cat >"$T/Makefile" <<'END'
all: $(patsubst %.c,%.o,$(wildcard symbolize/*.c flamegraph/fo*.c flamegraph/pro*.c))
%.o: %.c
	gcc -std=c11 -D_GNU_SOURCE -I. -O2 -g -c -o $@ $<
END

# For as long as the file is there.
build_again() {
	while [ -e "$T/go" ]; do
		make -s -C "$T" -B -j2 all
	done
}

load() {
	: >"$T/go"
	start build_again
	building=$!
	if command -v redis-server >/dev/null && command -v redis-benchmark >/dev/null; then
		start redis-server --unixsocket "$T/redis.sock" --port 0 --save '' --dir "$T"
		start redis-benchmark -s "$T/redis.sock" -l -q -t set,get,lpush -c 8
	fi
}

# measure WHAT OPTIONS... : one run, one row.
measure() {
	what=$1
	shift
	"$B/wick" record -q -a -F "$HZ" -d "$SECS" -o "$T/out.folded" --stats "$T/out.json" "$@" || exit 1
	python3 - "$T/out.json" "$what" <<'END'
import glob, json, os, re, subprocess, sys

def has_symbols(path):
    """.symtab, MiniDebugInfo or a debug file; .dynsym alone has only what is exported."""
    if not os.path.isfile(path):
        return True  # not to be excused
    text = subprocess.run(["readelf", "-SnW", path], capture_output=True, text=True).stdout
    build_id = re.search(r"Build ID: (..)(\w+)", text)
    return bool(re.search(r"\s\.(symtab|gnu_debugdata)\s", text)) or bool(build_id and
        os.path.exists("/usr/lib/debug/.build-id/%s/%s.debug" % build_id.groups()))

stats = json.load(open(sys.argv[1]))
user, cost = stats["frames"]["user"], stats["overhead"]
named, unnamed = user["named"], sum(user["unnamed"].values())
# Excused: no file at all, and files without symbols.
missed = [file for file in stats["unnamed_files"]
          if file["reason"] not in ("unmapped", "anonymous", "stripped")
          and (not file["file"] or has_symbols(file["file"]))]
lacking = sum(file["frames"] for file in missed)
print("%-10s %7d samples, %8d user frames; of files with symbols %.3f %% are named, of all %.2f %%; "
      "report %.2f s, %.0f MB" % (sys.argv[2], stats["stored"], named + unnamed,
      100 * named / max(1, named + lacking), 100 * named / max(1, named + unnamed),
      cost["report_s"], cost["max_rss_bytes"] / 2**20))
for file in missed[:8]:
    print("    %7d %s: %s" % (file["frames"], file["reason"], file["file"]))
END
}

load
measure inlines
measure no-inlines --no-inlines
rm -f "$T/go"
wait "$building"
