# SPDX-License-Identifier: BSD-2-Clause
"""Threads in known functions, and what they say of themselves.

One sleeps below methods and a generator, one computes all the time, the first waits below a lambda.  A
fifth thread, which is over then, writes the stacks to the file named: "TID function (file:line)",
innermost first, as sys._current_frames() has them; "?" is what a terminal would obey.
"""

import os
import sys
import threading
import time


class Bank:
    def account(self, deep):
        if deep:
            return self.account(deep - 1)
        return list(self.entries())

    def entries(self):
        yield nap()


def nap():
    time.sleep(600)


def spin():
    for i in iter(int, 1): i * i


def spinner():
    spin()


def say(path, own):
    ids = {t.ident: t.native_id for t in threading.enumerate()}
    lines = []
    for ident, frame in sys._current_frames().items():
        while frame and ident != own:
            code = frame.f_code
            name = getattr(code, "co_qualname", code.co_name)
            file = "".join(c if c.isprintable() else "?" for c in os.path.basename(code.co_filename))
            lines.append("%d %s (%s:%d)" % (ids[ident], name, file, frame.f_lineno))
            frame = frame.f_back
    with open(path + ".new", "w") as f:
        f.write("\n".join(lines) + "\n")
    os.rename(path + ".new", path)


def oracle(path):
    time.sleep(0.5)
    say(path, threading.get_ident())


def main():
    threading.Thread(target=Bank().account, args=(3,), daemon=True).start()
    threading.Thread(target=spinner, daemon=True).start()
    threading.Thread(target=oracle, args=(sys.argv[1],)).start()
    sorted([0], key=lambda x: time.sleep(600))


exec(compile("def evil(f):\n f()\n", "evil\x1b[2J\n.py", "exec"))
evil(main)
