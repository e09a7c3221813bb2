"""What live connections for threads share: who reads the socket, who waits, and how it all ends.

Whichever thread waits for an event reads the socket for all; a thread that sends takes in what has come.
"""

from __future__ import annotations

from contextlib import suppress
from threading import Condition, Event, Lock
from time import monotonic
from types import TracebackType
from typing import TYPE_CHECKING, Generic, Self, TypeVar

from myna.client.arrivals import Arrivals, Arrived
from myna.client.errors import APITimeoutError
from myna.client.sync.keeper import keeper
from myna.speech.errors import ConnectionLost, DeadlineExceeded, MynaError, ProtocolViolation
from myna.transport.deadlines import Timeouts

if TYPE_CHECKING:
    from myna.transport.protocols import Message, WebSocket

E = TypeVar("E", bound=Arrived)

_TURN = 0.1
"""Seconds after which a thread that reads the socket looks whether anything is owed by now."""
_FAREWELL = 1.0
"""Most seconds in which the last words of a server that went are taken in."""
_IDLE = 5.0
"""Seconds without a reader after which the keeper reads."""


class LiveConnection(Generic[E]):
    """One connection whose events are read in their order."""

    _socket: WebSocket

    def __init__(self, arrivals: Arrivals[E], timeouts: Timeouts) -> None:
        self._arrivals = arrivals
        self._timeouts = timeouts
        self._lock = Condition()
        self._sending = Lock()
        self._closed = Event()
        self._stuck = False
        """The server takes nothing in, so that no goodbye would reach it."""
        self._pumping = False
        self._pumped = monotonic()

    def close(self, *, code: int = 1000, reason: str = "") -> None:
        """Close the connection at once; whoever receives ends in `ConnectionLost`. Idempotent.

        To have all that was sent dealt with first, say that it is complete and receive to the end.
        """
        self._closed.set()
        keeper.remove(self)
        if self._stuck:
            self._socket.abort()
        self._socket.close(code, reason)
        self._fail(self._socket.lost or ConnectionLost("The connection was closed here."))

    def tend(self) -> None:
        """Take in what has come for a connection that nobody reads, so that pings are answered."""
        if monotonic() - self._pumped >= _IDLE and not self._arrivals.full and self._begin_pump():
            self._pump(0)
        if self._socket.lost is None and monotonic() - self._pumped < 2 * _IDLE:
            self._socket.tend()

    def _begin(self, socket: WebSocket) -> None:
        """Go to work over this WebSocket."""
        self._socket = socket
        keeper.add(self)

    def _parse(self, message: Message) -> E:
        """The event that a message stands for.

        Raises:
            ProtocolViolation: none.
        """
        raise NotImplementedError

    def _next(self, timeout: float | None) -> E | None:
        """The next event; None after the last one."""
        began = monotonic()
        while True:
            with self._lock:
                event = self._arrivals.take()
                if event is not None or self._arrivals.over:
                    return event
                left = self._arrivals.left(timeout, began, self._timeouts.read)
                if left == 0:
                    patience = self._timeouts.read if timeout is None else timeout
                    raise APITimeoutError(message=f"The server sent nothing for {patience:g} s.")
                turn = _TURN if left is None else min(left, _TURN)
                if self._pumping:
                    self._lock.wait(turn)
                    continue
                self._pumping = True
            self._pump(turn)

    def _begin_pump(self) -> bool:
        with self._lock:
            begun, self._pumping = not self._pumping, True
        return begun

    def _pump(self, timeout: float) -> None:
        """Read the socket once, for everybody; only whoever set `_pumping` may call this."""
        socket = self._socket
        events: list[E] = []
        failure: MynaError | None = None
        try:
            for message in socket.receive(timeout):
                events.append(self._parse(message))
        except (ConnectionLost, ProtocolViolation) as error:
            failure = error
        finally:
            self._pumped = monotonic()
            with self._lock:
                self._pumping = False
                if socket is self._socket:
                    failure = self._arrivals.deliver(events) or failure
                    if failure is not None:
                        self._arrivals.fail(failure)
                self._lock.notify_all()
        if failure is not None:
            socket.abort()

    def _fail(self, error: Exception) -> None:
        """The connection has ended."""
        with self._lock:
            self._arrivals.fail(error)
            self._lock.notify_all()

    def _look(self) -> None:
        """Take in what has come, where nobody else does, so that who reads only later is never stuck."""
        if self._begin_pump():
            self._pump(0)

    def _hear_out(self) -> None:
        """Take in what the server said before it went, or wait for whoever does."""
        deadline = monotonic() + _FAREWELL
        while self._arrivals.error is None and monotonic() < deadline:
            with self._lock:
                self._lock.wait_for(lambda: not self._pumping, _TURN)
            self._look()

    def _transmit(self, message: str | bytes) -> None:
        try:
            self._socket.send(message, self._timeouts.write)
        except ConnectionLost as error:
            self._hear_out()
            raise self._arrivals.unsent(error, message) from error
        except DeadlineExceeded as error:
            self._stuck = True
            raise APITimeoutError(message=error.message) from error

    def __del__(self) -> None:
        with suppress(AttributeError, RuntimeError):
            if self._socket.lost is None:
                self._socket.abort()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()
