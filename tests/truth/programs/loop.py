# SPDX-License-Identifier: BSD-2-Clause
"""The interpreter, its C modules, a second thread and system calls, for ever."""
import hashlib
import json
import math
import os
import re
import threading


def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


def deep(n):
    return fib(10) if n == 0 else deep(n - 1)


def work():
    data = {"a": list(range(200)), "b": {"x": [str(i) for i in range(100)]}}
    blob = os.urandom(4096)
    while True:
        deep(25)
        json.loads(json.dumps(data))
        hashlib.sha256(blob).digest()
        re.findall(r"(\d+)-(\w+)", "abc 12-foo " * 50)
        sorted(range(500), key=lambda x: -x)
        [math.sin(i) for i in range(100)]
        with open("/dev/zero", "rb") as zero:
            zero.read(65536)


threading.Thread(target=work, daemon=True).start()
work()
