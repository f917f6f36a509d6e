# SPDX-License-Identifier: BSD-2-Clause
"""Switches between greenlets that are at several depths, also from below C code.

    switches.py greenlet|gevent SECONDS
"""
import sys
import time
from functools import partial

from burn import burn


def work(depth, switch, tag):
    if depth:
        return work(depth - 1, switch, tag)
    burn(3000)
    return sorted(range(3), key=lambda n: (burn(2000), switch())[0])


def handle_odd(switch, end):
    while time.process_time() < end:
        work(5, switch, 'odd')


def handle(switch, end):
    while time.process_time() < end:
        work(20, switch, 'even')
        work(2, switch, 'even')


def by_greenlet(end):
    from greenlet import greenlet
    both = []
    odd = greenlet(partial(handle_odd, lambda: both[1].switch(), end))
    even = greenlet(partial(handle, lambda: both[0].switch(), end))
    both += [odd, even]
    while not (odd.dead or even.dead):
        odd.switch()


def by_gevent(end):
    import gevent
    gevent.joinall([gevent.spawn(handle_odd, gevent.sleep, end)] +
                   [gevent.spawn(handle, gevent.sleep, end) for _ in range(2)])


{'greenlet': by_greenlet, 'gevent': by_gevent}[sys.argv[1]](time.process_time() + float(sys.argv[2]))
