# SPDX-License-Identifier: BSD-2-Clause
"""What the programs beside this one spend their time with."""


def burn(n):
    total = 0
    for i in range(n):
        total += i * i % 7
    return total
