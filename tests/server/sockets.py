"""Clients of the sockets that take audio while it is spoken."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import websockets

from myna.testing.server import Running

MANUAL, TURNS, CHANGING = "/stt/websocket", "/stt/turns/websocket", "/voice-changer/websocket"
FORMAT = "encoding=pcm_s16le&sample_rate=8000"
QUERIES = {MANUAL: f"model=ink-2&{FORMAT}", TURNS: f"model=ink-2&{FORMAT}", CHANGING: f"voice=Ada&{FORMAT}"}


@asynccontextmanager
async def connected(
    server: Running, path: str, query: str | None = None, **more: Any
) -> AsyncIterator[websockets.ClientConnection]:
    """A socket of a path, by default with audio of 8 kHz."""
    asked = QUERIES[path] if query is None else query
    async with websockets.connect(f"{server.ws_url}{path}?{asked}", proxy=None, **more) as socket:
        yield socket


async def hear(socket: websockets.ClientConnection) -> tuple[list[Any], int | None, str | None]:
    """All messages to the end, binary frames as they are, and how it ended."""
    heard: list[Any] = []
    async with asyncio.timeout(20):
        try:
            while True:
                frame = await socket.recv()
                heard.append(frame if isinstance(frame, bytes) else json.loads(frame))
        except websockets.ConnectionClosed:
            return heard, socket.close_code, socket.close_reason
