# SPDX-License-Identifier: BSD-2-Clause
"""numpy from its C code back into Python, and without the lock."""
import time

import numpy
from burn import burn


def called(n):
    return burn(200) + n


def handle():
    numpy.vectorize(called, otypes=[float])(numpy.arange(40.0))
    square = numpy.random.rand(60, 60)
    return numpy.sort(square @ square.T, axis=None).sum()


end = time.process_time() + 2
while time.process_time() < end:
    handle()
