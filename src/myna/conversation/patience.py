"""Answers that take their time: whoever waits for them hears a beat, so that no timeout ends the wait."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from types import TracebackType

PATIENCE_SECONDS = 10.0
"""Time after which an answer begins, whether it is complete or not."""
BEAT_SECONDS = 5.0
"""Longest silence of an answer that has begun."""
AHEAD = 64
"""Pieces that may wait for the client, where nothing else is said."""


class Patient(AsyncGenerator[bytes, None]):
    """The pieces of an answer as they are made, and beats between them.

    Closing it stops the work and cleans up, also where nobody has asked for a piece yet.

    Args:
        pieces: the work.
        beat: what is said while there is nothing to say.
        cleanup: called once, after the work has ended or was stopped.
        ahead: pieces that may wait for the client; then the work waits too.
    """

    def __init__(
        self,
        pieces: AsyncGenerator[bytes, None],
        beat: bytes,
        cleanup: Callable[[], Awaitable[None]],
        *,
        ahead: int = AHEAD,
    ) -> None:
        self._beat = beat
        self._cleanup: Callable[[], Awaitable[None]] | None = cleanup
        self._queue: asyncio.Queue[bytes | BaseException | None] = asyncio.Queue(ahead)
        self._held: list[bytes | BaseException | None] = []
        self._ended = False
        self._task = asyncio.create_task(self._read(pieces), name="myna answer")

    async def begin(self, head: bytes = b"") -> bool:
        """Wait until there is a piece, for a limited time.

        Args:
            head: said before the first beat, where there is none.

        Returns:
            Whether there is one.

        Raises:
            MynaError: the work has failed before its first piece.
        """
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                first = await self._queue.get()
        except TimeoutError:
            if head:
                self._held.append(head)
            return False
        except BaseException:
            await self.aclose()
            raise
        if isinstance(first, BaseException):
            await self.aclose()
            raise first
        self._held.append(first)
        return True

    async def whole(self) -> bytes:
        """All that is left, put together.

        Raises:
            MynaError: the work has failed.
        """
        async with aclosing(self):
            return b"".join([piece async for piece in self])

    async def asend(self, value: None) -> bytes:
        """The next piece, or a beat.

        Raises:
            StopAsyncIteration: that was all.
            MynaError: the work has failed.
        """
        if self._ended:
            raise StopAsyncIteration
        try:
            async with asyncio.timeout(BEAT_SECONDS):
                piece = self._held.pop() if self._held else await self._queue.get()
        except TimeoutError:
            return self._beat
        if isinstance(piece, bytes):
            return piece
        await self.aclose()
        raise piece or StopAsyncIteration

    async def athrow(
        self,
        typ: type[BaseException] | BaseException,
        val: object = None,
        tb: TracebackType | None = None,
    ) -> bytes:
        """Stop the work, and raise what is thrown in."""
        await self.aclose()
        raise typ if isinstance(typ, BaseException) else typ()

    async def aclose(self) -> None:
        """Stop the work; idempotent."""
        self._ended = True
        self._task.cancel()
        await asyncio.wait({self._task})
        cleanup, self._cleanup = self._cleanup, None
        if cleanup is not None:
            await cleanup()

    async def _read(self, pieces: AsyncGenerator[bytes, None]) -> None:
        try:
            async with aclosing(pieces):
                async for piece in pieces:
                    await self._queue.put(piece)
        except Exception as error:
            await self._queue.put(error)
        else:
            await self._queue.put(None)
