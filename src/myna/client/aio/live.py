"""What live connections for asyncio share: who waits, and how it all ends."""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import Sequence
from contextlib import suppress
from time import monotonic
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar

from myna.client.arrivals import Arrivals, Arrived
from myna.client.errors import APITimeoutError
from myna.speech.errors import ConnectionLost, DeadlineExceeded, MynaError, ProtocolViolation
from myna.transport.deadlines import Timeouts

if TYPE_CHECKING:
    from myna.transport.protocols import AsyncWebSocket, Message, OnLost, OnMessages

E = TypeVar("E", bound=Arrived)


class AsyncLiveConnection(Generic[E]):
    """One connection whose events are read in their order."""

    _socket: AsyncWebSocket
    _loop: asyncio.AbstractEventLoop

    def __init__(self, arrivals: Arrivals[E], timeouts: Timeouts) -> None:
        self._arrivals = arrivals
        self._timeouts = timeouts
        self._sending = asyncio.Lock()
        self._closed = asyncio.Event()
        self._senders = 0
        self._stuck = False
        """The server takes nothing in, so that no goodbye would reach it."""

    async def close(self, *, code: int = 1000, reason: str = "") -> None:
        """Close the connection at once; whoever receives ends in `ConnectionLost`. Idempotent.

        To have all that was sent dealt with first, say that it is complete and receive to the end.
        """
        self._closed.set()
        if self._stuck:
            self._socket.abort()
        await self._socket.close(code, reason)
        self._arrivals.fail(self._socket.lost or ConnectionLost("The connection was closed here."))

    def _parse(self, message: Message) -> E:
        """The event that a message stands for.

        Raises:
            ProtocolViolation: none.
        """
        raise NotImplementedError

    async def _next(self, timeout: float | None) -> E | None:
        """The next event; None after the last one."""
        began = monotonic()
        while True:
            event = self._arrivals.take()
            self._make_room()
            if event is not None or self._arrivals.over:
                return event
            left = self._arrivals.left(timeout, began, self._timeouts.read)
            if left == 0:
                patience = self._timeouts.read if timeout is None else timeout
                raise APITimeoutError(message=f"The server sent nothing for {patience:g} s.")
            await self._wait(left)

    async def _wait(self, left: float | None) -> None:
        arrived: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def wake() -> None:
            if not arrived.done():
                arrived.set_result(None)

        self._arrivals.waiters.append(wake)
        try:
            await asyncio.wait((arrived,), timeout=left)
        finally:
            arrived.cancel()
            if wake in self._arrivals.waiters:
                self._arrivals.waiters.remove(wake)

    def _on_messages(self, messages: Sequence[Message]) -> None:
        events: list[E] = []
        failure: MynaError | None = None
        try:
            for message in messages:
                events.append(self._parse(message))
        except ProtocolViolation as error:
            failure = error
        failure = self._arrivals.deliver(events) or failure
        if failure is not None:
            self._arrivals.fail(failure)
            with suppress(AttributeError):  # before the first one is handed over
                self._socket.abort()
        elif self._arrivals.full and not self._senders:
            with suppress(AttributeError):
                self._socket.pause()

    def _on_lost(self, lost: ConnectionLost) -> None:
        self._arrivals.fail(lost)

    def _make_room(self) -> None:
        """Let the server go on, unless too much waits unread for that."""
        if self._senders or not self._arrivals.full:
            self._socket.resume()

    async def _transmit(self, message: str | bytes) -> None:
        self._senders += 1
        self._make_room()
        try:
            await self._socket.send(message, self._timeouts.write)
        except ConnectionLost as error:
            raise self._arrivals.unsent(error, message) from error
        except DeadlineExceeded as error:
            self._stuck = True
            raise APITimeoutError(message=error.message) from error
        finally:
            self._senders -= 1

    def __del__(self) -> None:
        with suppress(AttributeError, RuntimeError):
            if self._socket.lost is None:
                self._loop.call_soon_threadsafe(self._socket.abort)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()


def weakly(connection: AsyncLiveConnection[Any]) -> tuple[OnMessages, OnLost]:
    """What a socket calls, without keeping a connection alive that nobody holds any more."""
    held = weakref.ref(connection)

    def on_messages(messages: Sequence[Message]) -> None:
        if (alive := held()) is not None:
            alive._on_messages(messages)

    def on_lost(lost: ConnectionLost) -> None:
        if (alive := held()) is not None:
            alive._on_lost(lost)

    return on_messages, on_lost
