"""Reading a generator ahead of its consumer, for a limited time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from types import TracebackType


class ReadAhead:
    """Gives the pieces of a generator; `collect` takes what comes within a time.

    Use it as a context manager: leaving it closes the generator, also in the middle of a piece.
    """

    def __init__(self, pieces: AsyncGenerator[bytes, None]) -> None:
        self.ended = False
        self._pieces = pieces
        self._coming: asyncio.Task[bytes | None] | None = None

    async def __aenter__(self) -> ReadAhead:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._coming is not None:
            self._coming.cancel()
            await asyncio.wait({self._coming})
        await self._pieces.aclose()

    async def next(self) -> bytes | None:
        """The next piece; None after the last."""
        if self._coming is not None:
            piece = await self._coming
            self._coming = None
            return piece
        return await self._pull()

    async def collect(self, seconds: float) -> list[bytes]:
        """The pieces that come within `seconds`; `ended` tells whether these were all."""
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        pieces: list[bytes] = []
        while not self.ended:
            self._coming = self._coming or loop.create_task(self._pull())
            await asyncio.wait({self._coming}, timeout=max(until - loop.time(), 0))
            if not self._coming.done():
                break
            piece = await self.next()
            if piece is not None:
                pieces.append(piece)
        return pieces

    async def _pull(self) -> bytes | None:
        async for piece in self._pieces:
            return piece
        self.ended = True
        return None
