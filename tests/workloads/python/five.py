# SPDX-License-Identifier: BSD-2-Clause
"""Fixed work in five functions of known shares, that times itself.

    python five.py UNITS [FILE]

Does UNITS of some 10 ms after WARM ones, in which a profiler's start comes to its end, and prints a
line "TRUTH function share" for each of the functions: its part of the CPU time of all five. FILE
gets a line of two numbers: the milliseconds of a unit, and how many of the CPU the program that
started this one took for each unit, with its threads and its other children.

The time of a unit is the monotonic clock's, less the wait for the CPU that the kernel counts: what
stops this process is in it, what else runs on the machine is not. A unit counts for CAP times the
lower quartile at the most, as in fixed.c.
"""
import glob
import hashlib
import json
import os
import re
import sys
import time

WARM = 40
CAP = 1.05
DEPTH = 6
BLOB = bytes(range(256)) * 256
WORDS = ' '.join('word%d' % n for n in range(220))
SPENT = {}


def burn(n):
    total = 0
    for i in range(n):
        total += i * i % 7
    return total


def scan():
    return sum(n * n % 7 for n in range(36000))


def rank():
    return sorted(range(60), key=lambda n: burn(500 + n))


def digest():
    for _ in range(24):
        hashlib.sha256(BLOB).hexdigest()


def replace():
    return re.sub(r'word(\d+)', lambda found: str(burn(int(found.group(1)) // 2)), WORDS)


def encode():
    return json.dumps([object() for _ in range(22)], default=lambda _: burn(400))


def below(depth, part):
    return below(depth - 1, part) if depth else part()


def unit():
    for part in scan, rank, digest, replace, encode:
        begin = time.process_time()
        below(DEPTH, part)
        SPENT[part.__name__] = SPENT.get(part.__name__, 0) + time.process_time() - begin


def number(path, column):
    """0 if the thread has ended, or the kernel does not count it."""
    try:
        with open(path) as file:
            return int(file.read().split()[column])
    except (OSError, IndexError):
        return 0


def ran_ns(pid):
    """The CPU time of a process and all its children but this one."""
    total = 0
    for task in glob.glob('/proc/%d/task/*' % pid):
        total += number(task + '/schedstat', 0)
        try:
            with open(task + '/children') as file:
                children = [int(word) for word in file.read().split()]
        except OSError:
            children = []
        total += sum(ran_ns(child) for child in children if child != os.getpid())
    return total


def on_cpu_ns():
    return time.monotonic_ns() - number('/proc/thread-self/schedstat', 1)


def capped_mean(times):
    cap = CAP * sorted(times)[len(times) // 4]
    return sum(min(each, cap) for each in times) / len(times)


def main(units):
    for _ in range(WARM):
        unit()
    times, parent = [], ran_ns(os.getppid())
    for _ in range(units):
        begin = on_cpu_ns()
        unit()
        times.append(on_cpu_ns() - begin)
    parent = ran_ns(os.getppid()) - parent
    return capped_mean(times) / 1e6, parent / units / 1e6


found = main(int(sys.argv[1]))
for name, spent in SPENT.items():
    print('TRUTH %s %.5f' % (name, spent / sum(SPENT.values())))
if len(sys.argv) > 2:
    with open(sys.argv[2], 'a') as out:
        out.write('%.5f %.5f\n' % found)
