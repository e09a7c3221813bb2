"""A proxy between a client and a server that swallows replies."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass
class Dropping:
    """What the proxy was told and did.

    Attributes:
        url: base URL to use instead of the server's.
        left: replies still to be swallowed; a request reaches the server all the same.
        dropped: replies that were swallowed.
    """

    url: str = ""
    left: int = 0
    dropped: int = 0

    def drop(self, replies: int) -> None:
        """Swallow the next replies."""
        self.left = replies


@asynccontextmanager
async def dropping_replies(url: str) -> AsyncIterator[Dropping]:
    """A proxy to the server at `url`; a connection whose reply is swallowed is cut."""
    parts = urlsplit(url)
    told = Dropping()

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        from_server, to_server = await asyncio.open_connection(parts.hostname, parts.port)
        there = asyncio.create_task(carry(reader, to_server))
        try:
            with suppress(ConnectionError):
                while data := await from_server.read(65536):
                    if told.left:
                        told.left -= 1
                        told.dropped += 1
                        return
                    writer.write(data)
                    await writer.drain()
        finally:
            there.cancel()
            await asyncio.wait((there,))
            to_server.close()
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    told.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield told
    finally:
        server.close()
