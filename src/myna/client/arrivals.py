"""What has arrived on a live connection and was not read yet, for whoever reads it.

Nothing here waits or locks: the connections for threads and for asyncio do, each in its own way.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from time import monotonic
from typing import Generic, Protocol, TypeVar

from myna.client.errors import WebSocketConnectionClosedError, WebSocketQueueFullError
from myna.client.reconnecting import as_text
from myna.speech.errors import ConnectionLost, MynaError

ENOUGH = 2**20
"""Bytes that may wait unread before what can give way does, or the server is made to wait."""
TOO_MUCH = 64 * 2**20
"""Bytes that may wait unread at all."""
PIECE = 2**16
"""Most bytes of audio in one message; more is cut, which makes no difference to the server."""


class Arrived(Protocol):
    """An event; `size` is the bytes that it takes up, about."""

    @property
    def size(self) -> int:
        """Bytes that it takes up, about."""
        ...


E = TypeVar("E", bound=Arrived)


class Arrivals(Generic[E]):
    """The events of one connection.

    Attributes:
        error: how the connection has ended; raised after all events.
        held: bytes that wait unread.
        waiters: called once each, when there is news.
    """

    def __init__(self) -> None:
        self.error: Exception | None = None
        self.held = 0
        self.waiters: list[Callable[[], None]] = []
        self._events: deque[E] = deque()
        self._active = monotonic()

    @property
    def over(self) -> bool:
        """Whether all has come, and was read."""
        return False

    @property
    def full(self) -> bool:
        """Whether the server is to wait until somebody has read."""
        return False

    def take(self) -> E | None:
        """The next event, if there is one.

        Raises:
            MynaError: the connection has ended and there is none.
        """
        if self._events:
            event = self._events.popleft()
            self.held -= event.size
            return event
        if self.error is not None and not self.over:
            raise self._fresh(self.error)
        return None

    def deliver(self, events: Iterable[E]) -> MynaError | None:
        """Take in what arrived; what is wrong with the connection, which has to end then."""
        for event in events:
            self._touch()
            if self._note(event):
                self._events.append(event)
                self.held += event.size
        self.wake()
        if self.held <= TOO_MUCH:
            return None
        return WebSocketQueueFullError(f"More than {TOO_MUCH >> 20} MiB wait unread; read while you send.")

    def fail(self, error: Exception) -> None:
        """The connection has ended; the first reason counts."""
        if self.error is None:
            self.error = error
        self.wake()

    def left(self, timeout: float | None, began: float, patience: float | None) -> float | None:
        """Seconds to wait for the next event by someone who began to wait at `began`; None for ever.

        As long as nothing is owed, there may be nothing to come.

        Args:
            timeout: of the caller.
            began: a `monotonic` time.
            patience: seconds within which a server that owes something tells something.
        """
        if timeout is not None:
            return max(began + timeout - monotonic(), 0.0)
        if patience is None or not self._owed:
            return None
        return max(max(self._active, began) + patience - monotonic(), 0.0)

    def wake(self) -> None:
        """Let whoever waits look again."""
        waiters, self.waiters = self.waiters, []
        for waiter in waiters:
            waiter()

    def unsent(self, lost: ConnectionLost, message: object) -> MynaError:
        """The error for a message that could not be sent, with the message where it is no audio."""
        messages = [] if isinstance(message, bytes) else [as_text(message)]
        return WebSocketConnectionClosedError(
            lost.message + self._told, unsent_messages=messages, code=lost.code, reason=lost.reason
        )

    def _touch(self) -> None:
        """The server's time to tell something begins now."""
        self._active = monotonic()

    @property
    def _owed(self) -> bool:
        """Whether the server has to tell something by now."""
        return False

    @property
    def _told(self) -> str:
        """What the server said of the end, to be put behind its reason."""
        return ""

    def _note(self, event: E) -> bool:
        """Take an event into account; whether somebody is to read it."""
        return True

    def _fresh(self, error: Exception) -> Exception:
        """An error of its own for each reader, with what the server said before."""
        if isinstance(error, ConnectionLost):
            message = error.message + self._told
            return WebSocketConnectionClosedError(message, code=error.code, reason=error.reason)
        return error


def pieces(audio: bytes | bytearray | memoryview) -> Iterable[bytes]:
    """Audio in messages of a good size."""
    view = memoryview(audio).cast("B")
    for start in range(0, len(view), PIECE):
        yield bytes(view[start : start + PIECE])


def present_query(query: dict[str, object]) -> dict[str, object]:
    """Parameters of a connection; those that are None are left out."""
    return {name: value for name, value in query.items() if value is not None}
