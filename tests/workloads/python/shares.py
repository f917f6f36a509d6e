# SPDX-License-Identifier: BSD-2-Clause
"""A program that knows its own profile.

    python shares.py SECONDS

Goes by each way from a Python function through C into another one, and prints a line
"TRUTH function share" for each of them: its part of the CPU time that the process took.
"""
import ctypes
import hashlib
import json
import sys
import time

BLOB = bytes(range(256)) * 256
TEXT = json.dumps([{'n': n} for n in range(12)])
COMPARE = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_int), ctypes.POINTER(ctypes.c_int))
LIBC = ctypes.CDLL(None)
SPENT = {}


def burn(n):
    total = 0
    for i in range(n):
        total += i * i % 7
    return total


def handler():
    return sorted(range(12), key=lambda n: burn(400 + n))


def parser():
    return json.loads(TEXT, object_hook=hook)


def hook(found):
    return burn(400 + found['n'])


def sorter():
    numbers = (ctypes.c_int * 8)(3, 1, 4, 1, 5, 9, 2, 6)
    LIBC.qsort(numbers, len(numbers), ctypes.sizeof(ctypes.c_int), COMPARE(compare))


def compare(a, b):
    return a[0] - b[0] + 0 * burn(300)


def hasher():
    return hashlib.sha256(BLOB * 8).hexdigest()


def main(seconds):
    while time.process_time() < seconds:
        for part in handler, parser, sorter, hasher:
            begin = time.process_time()
            part()
            SPENT[part.__name__] = SPENT.get(part.__name__, 0) + time.process_time() - begin


main(float(sys.argv[1]))
for name, spent in SPENT.items():
    print('TRUTH %s %.5f' % (name, spent / time.process_time()))
