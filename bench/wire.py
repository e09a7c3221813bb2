"""A lean WebSocket client for generating load: what it costs must not be what is measured.

Raw asyncio, frames masked with zeros (which leaves the payload as it is), messages given to a callback
together with the time at which they arrived. Audio stays base64 text unless it is asked for.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, cast
from urllib.parse import urlsplit

import msgspec

RATE = 22050
RAW_S16 = {"container": "raw", "encoding": "pcm_s16le", "sample_rate": RATE}
VERSION = "2026-08-14"
WREN = "a131eccc-316e-545c-9cf8-584b1ee184a5"


class Event(msgspec.Struct):
    """What a measurement reads of a server's message; `data` is JSON text, quotes included."""

    type: str
    context_id: str | None = None
    done: bool = False
    data: msgspec.Raw = msgspec.Raw(b"")
    message: str | None = None
    word_timestamps: dict[str, list[Any]] | None = None

    @property
    def audio_bytes(self) -> int:
        """Length of the audio, without decoding it."""
        text = memoryview(self.data)
        if len(text) < 6:
            return 0
        padding = (text[-2] == 61) + (text[-3] == 61)
        return (len(text) - 2) // 4 * 3 - padding

    @property
    def audio(self) -> bytes:
        return base64.b64decode(bytes(self.data)[1:-1])


_decoder = msgspec.json.Decoder(Event)
OnEvent = Callable[[Event, float], None]


class Socket(asyncio.Protocol):
    """A connection; `on_event` is called with each message and when it arrived (`time.perf_counter`)."""

    def __init__(self, request: bytes, on_event: OnEvent) -> None:
        self._request = request
        self._on_event = on_event
        self._buffer = bytearray()
        self._transport: asyncio.Transport | None = None
        loop = asyncio.get_running_loop()
        self.open: asyncio.Future[None] = loop.create_future()
        self.closed: asyncio.Future[None] = loop.create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        now = time.perf_counter()
        self._buffer += data
        if not self.open.done() and not self._opened():
            return
        self._take_frames(now)

    def connection_lost(self, error: Exception | None) -> None:
        for future in (self.open, self.closed):
            if not future.done():
                future.set_result(None) if future is self.closed else future.set_exception(
                    ConnectionError(f"the server refused: {bytes(self._buffer[:300])!r}")
                )

    def send(self, **message: Any) -> None:
        """Send a JSON message."""
        self._write(0x81, json.dumps(message).encode())

    def close(self) -> None:
        """Say goodbye and leave; `abort` leaves without a word."""
        self._write(0x88, b"\x03\xe8")
        assert self._transport is not None
        self._transport.close()

    def abort(self) -> None:
        assert self._transport is not None
        self._transport.abort()

    def pause(self) -> None:
        """Stop reading, as a consumer that is too slow does."""
        assert self._transport is not None
        self._transport.pause_reading()

    def _write(self, head: int, payload: bytes) -> None:
        size = len(payload)
        if size < 126:
            length = bytes([0x80 | size])
        elif size < 1 << 16:
            length = b"\xfe" + size.to_bytes(2, "big")
        else:
            length = b"\xff" + size.to_bytes(8, "big")
        assert self._transport is not None
        self._transport.write(bytes([head]) + length + bytes(4) + payload)

    def _opened(self) -> bool:
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return False
        head = bytes(self._buffer[: end + 4])
        if b" 101 " not in head.split(b"\r\n", 1)[0]:
            self.open.set_exception(ConnectionError(f"the server refused: {head[:300]!r}"))
            return False
        del self._buffer[: end + 4]
        self.open.set_result(None)
        return True

    def _take_frames(self, now: float) -> None:
        buffer, at = self._buffer, 0
        while len(buffer) - at >= 2:
            size, body = buffer[at + 1], at + 2
            if size == 126:
                size, body = int.from_bytes(buffer[at + 2 : at + 4], "big"), at + 4
            elif size == 127:
                size, body = int.from_bytes(buffer[at + 2 : at + 10], "big"), at + 10
            if body > len(buffer) or len(buffer) - body < size:
                break
            opcode = buffer[at] & 0x0F
            payload = bytes(memoryview(buffer)[body : body + size])
            at = body + size
            if opcode == 1:
                self._on_event(_decoder.decode(payload), now)
            elif opcode == 9:
                self._write(0x8A, payload)
        del buffer[:at]


@asynccontextmanager
async def connected(url: str, on_event: OnEvent) -> AsyncIterator[Socket]:
    """A connection to the server at `url`, closed with the block."""
    parts = urlsplit(url)
    assert parts.hostname and parts.port, url
    request = (
        f"GET /tts/websocket?cartesia_version={VERSION}&api_key=key HTTP/1.1\r\nHost: {parts.netloc}\r\n"
        "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}\r\n\r\n"
    ).encode()
    loop = asyncio.get_running_loop()
    _, socket = await loop.create_connection(lambda: Socket(request, on_event), parts.hostname, parts.port)
    try:
        await asyncio.wait_for(asyncio.shield(socket.open), 10)
        yield socket
    finally:
        if not socket.closed.done():
            socket.close()


def generation(context_id: str, transcript: str, **more: Any) -> dict[str, Any]:
    """A request for speech as JSON fields."""
    return {
        "context_id": context_id,
        "model_id": "espeak",
        "voice": {"id": WREN},
        "language": "en",
        "transcript": transcript,
        "output_format": RAW_S16,
        **more,
    }
