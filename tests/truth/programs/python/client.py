# SPDX-License-Identifier: BSD-2-Clause
"""Asks a server on 127.0.0.1 again and again: client.py PORT SECONDS"""
import http.client
import sys
import time

answered, end = 0, time.monotonic() + float(sys.argv[2])
while time.monotonic() < end:
    connection = http.client.HTTPConnection('127.0.0.1', int(sys.argv[1]), timeout=5)
    try:
        for _ in range(20):
            connection.request('GET', '/')
            answered += connection.getresponse().read() != b''
    except OSError:
        time.sleep(0.05)
    finally:
        connection.close()
print(answered)
sys.exit(answered < 20)
