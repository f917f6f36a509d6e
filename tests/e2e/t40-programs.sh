#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Real programs: redis-server, openssl, Debian's python3.
. "$(dirname "$0")/lib.sh"
need_root

# A stacks map whose buckets collide loses other profilers this whole profile.
if have redis-server && have redis-benchmark; then
	port=$((20000 + $$ % 10000))
	start redis-server --port $port --bind 127.0.0.1 --save '' --appendonly no --dir "$T" >/dev/null
	redis=$last
	wait_for redis-cli -p $port ping
	start timeout 60 redis-benchmark -p $port -q -n 100000000 -c 20 -P 4 -t set,get,lpush >/dev/null
	benchmark=$last
	sleep 0.3
	record redis -a -F 4999 -d 3
	check "redis at 4999 Hz: the profile is kept" \
		[ "$(total "$T/redis.folded" '^redis-server')" -gt 2000 ]
	check "redis at 4999 Hz: nothing is lost" \
		[ "$(stat_of redis ticks)" = \
		$(($(stat_of redis stored) + $(stat_of redis idle) + $(stat_of redis filtered))) ]
	check "redis: its stacks are many" [ "$(grep -c '^redis-server' "$T/redis.folded")" -gt 100 ]
	check "redis: the kernel's part is there" seen redis '^redis-server;.*(tcp_sendmsg|sock_write_iter|tcp_recvmsg)[^;]*_\[k\]' 10
	check "redis: the socket calls of libc are named" seen redis '^redis-server;.*(;|^)(__)?(libc_)?(write|read|epoll_wait)' 10
	record redis_tiny -p "$redis" -F 4999 -d 1 --map-entries 16
	check "redis with maps of 16 entries: the profile is kept" [ "$(stat_of redis_tiny stored)" -gt 500 ]
	stop "$benchmark"
	stop "$redis"
else
	skip "redis" "no redis-server and redis-benchmark"
fi

if have openssl; then
	record openssl -F 999 -- openssl speed -seconds 1 -evp sha256 -bytes 16384
	check "openssl: exit status 0" exited 0
	check "openssl: most samples are in its library" \
		[ "$(total "$T/openssl.folded" '^openssl.*(sha256|\[libcrypto)')" -ge \
		$(($(stat_of openssl stored) / 2)) ]
else
	skip "openssl" "no openssl"
fi

# The distribution's own, which is stripped but exports its interpreter's functions.
if [ -x /usr/bin/python3 ]; then
	cat >"$T/burn.py" <<-'PY'
		import time
		end = time.monotonic() + 1.5
		total = 0
		while time.monotonic() < end:
		    table = {str(i): i for i in range(2000)}
		    total += sum(sorted(table.values(), reverse=True))
	PY
	record python -F 999 -- /usr/bin/python3 "$T/burn.py"
	check "python3: exit status 0" exited 0
	check "python3: functions of the interpreter have names" \
		seen python '^python3.*;_?Py[A-Z][A-Za-z]*_' $(($(stat_of python stored) / 10))
	check "python3: what has no symbol is named by its file" \
		[ "$(total "$T/python.folded" '\[unknown\]$')" -le $(($(stat_of python stored) / 10)) ]
else
	skip "python3" "no /usr/bin/python3"
fi

# A build: hundreds of processes, each gone after some milliseconds.
if have make && have cc; then
	i=0
	while [ $i -lt 12 ]; do
		echo "#include <stdio.h>
			int function_$i(int x) { return printf(\"%d\", x); }" >"$T/source$i.c"
		i=$((i + 1))
	done
	echo 'all: $(patsubst %.c,%.o,$(wildcard source*.c))' >"$T/Makefile"
	record build -F 999 -- make -C "$T" -j2 CFLAGS=-O2
	check "make -j: exit status 0" exited 0
	check "make -j: the compiler's processes are seen" seen build '^cc1;' 10
	check "make -j: processes that ended have named frames" \
		[ "$(total "$T/build.folded" '^cc1;.*_\[k\]$')" -gt 10 ]
else
	skip "make -j" "no make and cc"
fi

done_testing
