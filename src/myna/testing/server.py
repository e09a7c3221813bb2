"""A real server on a real socket, inside the test's own event loop."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from myna.providers.protocols import Provider
from myna.server.house import House
from myna.server.run import Server, bind
from myna.server.settings import Settings

if TYPE_CHECKING:
    from myna.library import Library


@dataclass(frozen=True, slots=True)
class Running:
    """A server that answers; `house` is its inside."""

    url: str
    server: Server
    house: House

    @property
    def ws_url(self) -> str:
        """Base URL of its WebSockets."""
        return "ws" + self.url.removeprefix("http")


@asynccontextmanager
async def serve_here(
    provider: Provider, settings: Settings | None = None, library: Library | None = None
) -> AsyncIterator[Running]:
    """Serve `provider` on a free port of the loopback until the block ends.

    Args:
        provider: who speaks.
        settings: what the server is told; the port is always a free one.
        library: whose keys let in, and where usage is kept; it stays the caller's to close.

    Example:
        >>> async with serve_here(ScriptedProvider()) as server:
        ...     client = Myna(base_url=server.url)
    """
    settings = replace(settings or Settings(), port=0)
    with bind(settings) as listener:
        server = Server(settings, provider, listener, library, quiet=True)
        await server.begin()
        try:
            yield Running(server.url, server, server.house)
        finally:
            await server.finish()
