# SPDX-License-Identifier: BSD-2-Clause
"""Every way by which Python comes from one frame into another, for SECONDS.

    python frames.py DIRECTORY-OF-shadow.so SECONDS

Two more threads spend most of their time in C, without the interpreter's lock.
"""
import asyncio
import functools
import hashlib
import json
import re
import sys
import threading
import time
import zlib

sys.path.insert(0, sys.argv[1])
import shadow  # noqa: E402

BLOB = bytes(range(256)) * 1024


def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


def below(depth, function):
    return below(depth - 1, function) if depth else function()


def counter(n):
    for i in range(n):
        yield fib(6) + i


def delegating(n):
    yield from counter(n)


def receiving():
    got = 0
    while True:
        try:
            got += yield fib(got % 7)
        except KeyError:
            got = 0


class Item:
    def __init__(self, value):
        self.value = value

    def __lt__(self, other):
        return fib(4) >= 0 and self.value < other.value

    def __repr__(self):
        return 'Item(%d)' % fib(5)

    def __del__(self):
        fib(3)

    def __getattr__(self, name):
        return fib(4)


class Managed:
    def __enter__(self):
        return fib(5)

    def __exit__(self, *exception):
        fib(5)
        return True


def raising(n):
    if not n:
        raise ValueError(fib(5))
    try:
        raising(n - 1)
    finally:
        fib(4)


async def awaited(n):
    return fib(7) + n


async def ticking(n):
    for i in range(n):
        yield await awaited(i)
        await asyncio.sleep(0)


async def task(n):
    return sum([i async for i in ticking(n)])


async def tasks():
    await asyncio.gather(*[task(4) for _ in range(3)])


def calls():
    below(30, lambda: fib(10))
    below(400, lambda: fib(8))
    functools.reduce(lambda a, b: a + fib(3), range(20))
    list(map(lambda n: fib(6), range(20)))
    sorted([Item(i * 7919 % 101) for i in range(20)])
    sorted(range(30), key=lambda n: fib(5))


def generators():
    sum(delegating(20))
    sum(fib(5) + i for i in range(20))
    got = receiving()
    next(got)
    for i in range(10):
        got.send(i)
        got.throw(KeyError('x'))
    got.close()


def exceptions():
    try:
        raising(12)
    except ValueError:
        fib(6)
    with Managed():
        raising(3)


def callbacks():
    str([Item(1)] * 5)
    Item(1).missing
    re.sub('a', lambda match: str(fib(4)), 'banana')
    json.loads(json.dumps({str(i): i for i in range(50)}), object_hook=lambda d: fib(4) and d)
    eval('fib(8)')
    exec('def made(n):\n    return fib(n)\nfor i in range(5): made(6)', {'fib': fib})


def all_of_it(end):
    loop = asyncio.new_event_loop()
    while time.monotonic() < end:
        calls()
        generators()
        exceptions()
        callbacks()
        loop.run_until_complete(tasks())
        below(4, lambda: hashlib.sha256(BLOB).digest())
    loop.close()


def without_lock(end):
    while time.monotonic() < end:
        below(5, lambda: hashlib.sha256(BLOB).digest())
        below(3, lambda: zlib.crc32(BLOB))
        fib(8)


def shadowed(function, end):
    shadow.start()
    try:
        function(end)
    finally:
        shadow.stop()


def main():
    end = time.monotonic() + float(sys.argv[2])
    threads = [threading.Thread(target=shadowed, args=(without_lock, end)) for _ in range(2)]
    for thread in threads:
        thread.start()
    shadowed(all_of_it, end)
    for thread in threads:
        thread.join()


main()
