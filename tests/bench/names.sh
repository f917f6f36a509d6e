#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# How many frames of a gcc build of many short processes are named, and what naming
# costs: wick's own sources, compiled again and again in a temporary copy, redis and
# pgbench beside them where they are installed; with inlined functions and without.
# Nothing may be lost; report and memory have their bounds.  Then, of the frames that
# readelf finds a symbol for, those that are named so; also of a build by rustc.  As root.
# README's figures are those of 60 seconds at 4999 Hz.
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
all: $(patsubst %.c,%.o,$(wildcard symbolize/*.c symbolize/*/*.c flamegraph/fo*.c flamegraph/pro*.c))
%.o: %.c
	gcc -std=c11 -D_GNU_SOURCE -I. -O2 -g -c -o $@ $<
END

# For as long as the file is there.
build_again() {
	while [ -e "$T/go" ]; do
		make -s -C "$T" -B -j2 all
	done
}

build_rust() {
	while [ -e "$T/go" ]; do
		rustc -O -g -o "$T/rust" "$SOURCES/tests/oracle/inlined.rs"
	done
}

# On a socket in $T, as the user that the package made for it.
load_postgres() {
	for postgres in /usr/lib/postgresql/*/bin/postgres; do
		[ -x "$postgres" ] && command -v pgbench >/dev/null && id postgres >/dev/null 2>&1 || return 1
	done
	chmod 711 "$T"
	mkdir "$T/pg" && chown postgres "$T/pg" || return
	as_postgres="setpriv --reuid=postgres --regid=postgres --init-groups"
	cd "$T/pg" || return
	# Words.
	# shellcheck disable=SC2086
	$as_postgres "${postgres%/*}/initdb" -D "$T/pg/data" -A trust >/dev/null 2>&1 || return
	# shellcheck disable=SC2086
	start $as_postgres "$postgres" -D "$T/pg/data" -k "$T/pg" -c listen_addresses= -c fsync=off
	for try in 1 2 3 4 5 6 7 8 9 10; do
		pgbench -h "$T/pg" -U postgres -q -i -s 5 postgres >/dev/null 2>&1 && break
		[ "$try" -lt 10 ] && sleep 0.5
	done
	start pgbench -h "$T/pg" -U postgres -c 4 -S -T 3600 postgres
}

load() {
	: >"$T/go"
	start build_again
	building=$!
	if command -v redis-server >/dev/null && command -v redis-benchmark >/dev/null; then
		start redis-server --unixsocket "$T/redis.sock" --port 0 --save '' --dir "$T"
		start redis-benchmark -s "$T/redis.sock" -l -q -t set,get,lpush -c 8
	fi
	load_postgres || echo "names.sh: no pgbench beside it (postgresql, and its user)" >&2
}

# measure WHAT REPORT_S OPTIONS... : one run, one row; the report may take so long.
measure() {
	what=$1 report_s=$2
	shift 2
	"$B/wick" record -q -a -F "$HZ" -d "$SECS" -o "$T/out.folded" --stats "$T/out.json" "$@" || exit 1
	python3 - "$T/out.json" "$what" "$report_s" "$(wc -l <"$T/out.folded")" <<'END' || status=1
import json, sys

stats = json.load(open(sys.argv[1]))
user, cost = stats["frames"]["user"], stats["overhead"]
named, unnamed = user["named"], sum(user["unnamed"].values())
lost, mb = sum(stats["lost"].values()), cost["max_rss_bytes"] / 2**20
print("%-10s %7d ticks, %d lost, %s stacks, %8d user frames, %.2f %% named; report %.2f s, %.0f MB" %
      (sys.argv[2], stats["ticks"], lost, sys.argv[4], named + unnamed, 100 * named / max(1, named + unnamed),
       cost["report_s"], mb))
sys.exit(lost > 0 or mb > 200 or cost["report_s"] > float(sys.argv[3]))
END
}

# What could be named, by the tables that the files have; 1 if less of it is named.
by_tables() {
	echo "$1"
	"$B/wick" record -q -a -F "$HZ" -d "$SECS" --no-inlines --no-demangle -o "$T/out.pb.gz" || exit 1
	"$SOURCES/tests/bench/named.py" "$T/out.pb.gz" || status=1
}

status=0
load
measure inlines 3
measure no-inlines 1 --no-inlines
by_tables "gcc, whose files have a .dynsym at best"
rm -f "$T/go"
wait "$building"
if command -v rustc >/dev/null; then
	: >"$T/go"
	start build_rust
	building=$!
	by_tables "rustc, whose compiler has a .symtab where it is from rustup"
	rm -f "$T/go"
	wait "$building"
fi
exit $status
