"""Commands that run until they are done or somebody stops them."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from myna.cli import terminal

SIGNALS = (signal.SIGINT, signal.SIGTERM)
"""Ctrl-C, and what ends a program from outside."""


async def unless_stopped(work: Coroutine[Any, Any, None]) -> int:
    """Run `work` until its end, or cancel it at the first signal; the exit status.

    Raises:
        Exception: what `work` raised.
    """
    caught: list[int] = []
    working = asyncio.ensure_future(work)

    def stop(number: int) -> None:
        caught.append(number)
        working.cancel()

    with on_signals(stop):
        try:
            await working
        except asyncio.CancelledError:
            if not caught:
                raise
            return 128 + caught[0]
    return terminal.OK


@contextmanager
def on_signals(call: Callable[[int], None]) -> Iterator[None]:
    """Call `call` with the number of every signal that would end the program."""
    loop = asyncio.get_running_loop()
    with suppress(NotImplementedError):
        for number in SIGNALS:
            loop.add_signal_handler(number, call, number)
    try:
        yield
    finally:
        with suppress(NotImplementedError):
            for number in SIGNALS:
                loop.remove_signal_handler(number)


def first_error(error: Exception) -> Exception:
    """The error itself, or the first one of a group."""
    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]
    return error
