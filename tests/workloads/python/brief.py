# SPDX-License-Identifier: BSD-2-Clause
"""A script of a few ten milliseconds, most of them in burn()."""
import time


def burn(n):
    return sum(i * i % 7 for i in range(n))


def main():
    end = time.process_time() + 0.025
    while time.process_time() < end:
        burn(1000)


main()
