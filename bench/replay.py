"""A WebSocket server that answers every request with the same audio chunks, as cheaply as it can.

It stands for an infinitely fast cloud, so that what is left is the client's own cost.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import re
import sys
from collections.abc import AsyncIterator
from itertools import count

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
CHUNK_BYTES = 4096
AUDIO = bytes(range(256)) * (CHUNK_BYTES // 256)


def frame(payload: bytes, opcode: int = 1) -> bytes:
    """An unmasked frame, as servers send it."""
    size = len(payload)
    if size < 126:
        return bytes([0x80 | opcode, size]) + payload
    if size < 1 << 16:
        return bytes([0x80 | opcode, 126]) + size.to_bytes(2, "big") + payload
    return bytes([0x80 | opcode, 127]) + size.to_bytes(8, "big") + payload


def chunk(context_id: str) -> bytes:
    """A chunk message in a frame."""
    body = {"type": "chunk", "context_id": context_id, "data": base64.b64encode(AUDIO).decode()}
    return frame(json.dumps({**body, "step_time": 1.5, "status_code": 206, "done": False}).encode())


def done(context_id: str) -> bytes:
    """A done message in a frame."""
    body = {"type": "done", "context_id": context_id, "status_code": 206, "done": True}
    return frame(json.dumps(body).encode())


async def messages(reader: asyncio.StreamReader) -> AsyncIterator[tuple[int, bytes]]:
    """Opcode and payload of each of the client's frames, unmasked."""
    while True:
        first, second = await reader.readexactly(2)
        size = second & 0x7F
        if size >= 126:
            size = int.from_bytes(await reader.readexactly(2 if size == 126 else 8), "big")
        mask = await reader.readexactly(4)
        payload = await reader.readexactly(size)
        yield first & 0x0F, bytes(byte ^ mask[at % 4] for at, byte in enumerate(payload))


async def answer(context_id: str, how_many: int, gap: float, writer: asyncio.StreamWriter) -> None:
    """Send the chunks of one context, `gap` seconds apart, or as fast as they are taken."""
    message = chunk(context_id)
    if gap:
        loop = asyncio.get_running_loop()
        start = loop.time()
        for number in range(how_many):
            await asyncio.sleep(max(start + number * gap - loop.time(), 0))
            writer.write(message)
            await writer.drain()
    else:
        for sent in range(0, how_many, 8):
            writer.write(message * min(8, how_many - sent))
            await writer.drain()
    writer.write(done(context_id))
    await writer.drain()


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """One connection: the text `N` or `N GAP_MS` of a request says how many chunks and how far apart."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
        found = re.search(rb"sec-websocket-key:\s*(\S+)", head, re.IGNORECASE)
        assert found, head
        accept = base64.b64encode(hashlib.sha1(found[1] + _GUID).digest())
        writer.write(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"
        )
        async for opcode, payload in messages(reader):
            if opcode == 8:
                writer.write(frame(payload[:2], 8))
                return
            if opcode == 9:
                writer.write(frame(payload, 10))
            if opcode == 1:
                request = json.loads(payload)
                if request.get("transcript", "").strip():
                    how_many, _, gap = request["transcript"].strip().partition(" ")
                    await answer(request["context_id"], int(how_many), float(gap or 0) / 1000, writer)
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


async def main() -> None:
    tasks: dict[int, asyncio.Task[None]] = {}
    numbers = count()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        number = next(numbers)
        tasks[number] = asyncio.ensure_future(serve(reader, writer))
        tasks[number].add_done_callback(lambda _: tasks.pop(number))

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    try:
        asyncio.run(main())
    except KeyboardInterrupt:
        sys.exit(0)
