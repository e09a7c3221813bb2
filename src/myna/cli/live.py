"""Commands that work on audio while it comes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Coroutine
from typing import TYPE_CHECKING, Protocol, TypeVar

from myna.cli import terminal
from myna.cli.stopping import on_signals

if TYPE_CHECKING:
    from myna.speech.listening import InputFormat

T = TypeVar("T")

REST = 8.0
"""Seconds without audio after which a server is told that somebody is still there."""


class Sound(Protocol):
    """Where live audio comes from."""

    format: InputFormat

    def audio(self) -> AsyncIterator[bytes]:
        """Pieces of it."""
        ...


async def until_stopped(work: Callable[[asyncio.Event], Coroutine[None, None, None]]) -> int:
    """Do some work to its end, and return the exit status.

    The first signal sets the event that `work` is called with, at which its audio is to end; the second one
    ends everything.

    Raises:
        Exception: what the work raised.
    """
    stop = asyncio.Event()
    working = asyncio.ensure_future(work(stop))

    def stopped(number: int) -> None:
        if stop.is_set():
            working.cancel()
        stop.set()

    with on_signals(stopped):
        try:
            await working
        except asyncio.CancelledError:
            if not stop.is_set():
                raise
            return terminal.INTERRUPTED
    return terminal.OK


async def pieces(audio: AsyncIterator[bytes], stop: asyncio.Event) -> AsyncGenerator[bytes | None, None]:
    """Pieces of audio until `stop`, and None for each `REST` without any."""
    stopping = asyncio.ensure_future(stop.wait())
    taking: asyncio.Future[bytes | None] | None = None
    try:
        while True:
            taking = taking or asyncio.ensure_future(anext(audio, None))
            await asyncio.wait((taking, stopping), timeout=REST, return_when=asyncio.FIRST_COMPLETED)
            if taking.done():
                piece, taking = taking.result(), None
                if piece is None:
                    return
                yield piece
            elif stopping.done():
                return
            else:
                yield None
    finally:
        stopping.cancel()
        if taking is not None:
            taking.cancel()


async def unless(stop: asyncio.Event, work: Awaitable[T]) -> T | None:
    """What some work gives; None where `stop` came before its end."""
    working, stopping = asyncio.ensure_future(work), asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait((working, stopping), return_when=asyncio.FIRST_COMPLETED)
        return await working if working.done() else None
    finally:
        working.cancel()
        stopping.cancel()
