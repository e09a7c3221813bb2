"""An event loop in a thread of its own, for those who wait in other threads."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Coroutine
from concurrent.futures import CancelledError
from contextlib import suppress
from threading import Thread, get_ident
from typing import Any, TypeVar

from myna.client.errors import ClientClosed
from myna.speech.errors import DeadlineExceeded

T = TypeVar("T")

_GOODBYE = 10.0
"""Most seconds for what is done last."""


class LoopThread:
    """An event loop in a thread of its own."""

    def __init__(self) -> None:
        self.process = os.getpid()
        self.users = 0
        self._exiting = self._ended = False
        self._left: set[asyncio.Task[Any]] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._run, name="myna-loop", daemon=True)
        self._thread.start()

    @property
    def ended(self) -> bool:
        """Whether nothing happens on it any more."""
        return self._ended

    def run(self, work: Coroutine[Any, Any, T], timeout: float | None = None) -> T:
        """Do this work on the loop and wait for it.

        Raises:
            ClientClosed: the loop has ended, or does so before the work.
            DeadlineExceeded: it was not done within `timeout` seconds, and was cancelled.
        """
        if self._ended:
            work.close()
            raise ClientClosed
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result(timeout)
        except TimeoutError:
            if future.done():
                raise
            future.cancel()
            raise DeadlineExceeded(f"Nothing came within {timeout} s.") from None
        except CancelledError:
            raise ClientClosed from None
        except BaseException:
            future.cancel()
            raise

    def soon(self, act: Callable[..., object], *args: object) -> None:
        """Do this on the loop, without waiting for it."""
        self._loop.call_soon_threadsafe(act, *args)

    def dispose(self, work: Coroutine[Any, Any, object]) -> None:
        """Do this last work for something, where that is still possible, and wait for it.

        What the garbage collector finds on the loop's own thread cannot wait, since it is waited for.
        """
        if self.process != os.getpid() or self._ended:
            work.close()
        elif get_ident() == self._thread.ident:
            task = self._loop.create_task(work)
            self._left.add(task)
            task.add_done_callback(self._left.discard)
        else:
            with suppress(ClientClosed, DeadlineExceeded, RuntimeError):
                self.run(work, _GOODBYE)

    def stop(self, *, exiting: bool = False) -> None:
        """End the loop and its thread; where the program exits, whatever is on it just ends too."""
        if self.process == os.getpid() and not self._ended:
            self._exiting = exiting
            self._loop.call_soon_threadsafe(self._loop.stop)
            if get_ident() != self._thread.ident:
                self._thread.join(_GOODBYE)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_forever()
            self._ended = True
            self._loop.set_exception_handler(_keep_quiet)
            if not self._exiting:
                self._loop.run_until_complete(_cancel_rest())
                self._loop.run_until_complete(self._loop.shutdown_asyncgens())
                self._loop.run_until_complete(self._loop.shutdown_default_executor())
        finally:
            self._loop.close()


async def _cancel_rest() -> None:
    rest = asyncio.all_tasks() - {asyncio.current_task()}
    for task in rest:
        task.cancel()
    if rest:
        await asyncio.wait(rest, timeout=_GOODBYE)


def _keep_quiet(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Nobody needs to know what the end of the loop does to work that nobody waits for."""
