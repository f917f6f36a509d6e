# SPDX-License-Identifier: BSD-2-Clause
"""What becomes of a process and its threads.

    python lives.py threads SECONDS	three of them: without the lock, waiting for it, waiting
    python lives.py fork SECONDS	a child that never calls exec
    python lives.py exec SECONDS PYTHON	another interpreter takes the place of this one
    python lives.py deep SECONDS	more frames than are kept
"""
import hashlib
import os
import sys
import threading
import time

BLOB = bytes(range(256)) * 4096


def burn(n):
    total = 0
    for i in range(n):
        total += i * i % 7
    return total


def burn_for(seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        burn(1000)


def without_lock(seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        hashlib.sha256(BLOB).digest()


def with_lock(seconds):
    burn_for(seconds)


def waits(seconds):
    time.sleep(seconds)


def below(depth, seconds):
    return below(depth - 1, seconds) if depth else burn_for(seconds)


def threads(seconds):
    all_of_them = [threading.Thread(target=each, args=(seconds,))
                   for each in (without_lock, with_lock, waits)]
    for thread in all_of_them:
        thread.start()
    for thread in all_of_them:
        thread.join()


def fork(seconds):
    before_fork(seconds)
    child = os.fork()
    if not child:
        in_child(seconds)
        os._exit(0)
    os.waitpid(child, 0)


def before_fork(seconds):
    burn_for(seconds)


def in_child(seconds):
    burn_for(seconds)


def before_exec(seconds):
    burn_for(seconds)


def after_exec(seconds):
    burn_for(seconds)


def exec_other(seconds, python):
    before_exec(seconds)
    os.execv(python, [python, sys.argv[0], 'after', str(seconds)])


def main(how, seconds, *rest):
    {'threads': threads, 'fork': fork, 'exec': exec_other, 'after': after_exec,
     'deep': lambda seconds: below(400, seconds)}[how](seconds, *rest)


main(sys.argv[1], float(sys.argv[2]), *sys.argv[3:])
