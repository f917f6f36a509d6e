# SPDX-License-Identifier: BSD-2-Clause
"""An HTTP server of asyncio's own, on 127.0.0.1: asyncio_app.py PORT"""
import asyncio
import sys

from burn import burn

ANSWER = b'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'


async def answer(writer):
    burn(20000)
    await asyncio.sleep(0)
    writer.write(ANSWER)
    await writer.drain()


async def handle(reader, writer):
    while (await reader.readuntil(b'\r\n\r\n')):
        await answer(writer)


async def main():
    server = await asyncio.start_server(handle, '127.0.0.1', int(sys.argv[1]))
    await server.serve_forever()


asyncio.run(main())
