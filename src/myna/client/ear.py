"""What a connection that listens has heard, for whoever reads it.

Nothing here waits or locks: the connections for threads and for asyncio do, each in its own way.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from time import monotonic

from myna.client.contexts import message_text, plain_fields
from myna.client.errors import WebSocketConnectionClosedError, WebSocketQueueFullError
from myna.client.heard import STTError, STTEvent
from myna.client.reconnecting import as_text
from myna.speech.errors import ConnectionLost, MynaError, UsageError
from myna.wire.cartesia.listening import messages as m
from myna.wire.cartesia.listening.client import ClientConnection
from myna.wire.cartesia.listening.commands import command_text
from myna.wire.cartesia.listening.lifecycle import MANUAL, TURNS

ENOUGH = 2**20
"""Bytes that may wait unread before interim texts give way to the next ones."""
TOO_MUCH = 64 * 2**20
"""Bytes that may wait unread at all."""
PIECE = 2**16
"""Most bytes of audio in one message; more is cut, which makes no difference to the server."""


_NOTED: dict[str, m.HeardMessage] = {
    "transcript": m.Transcript(text=""),
    "flush_done": m.HeardFlushDone(),
    "done": m.HeardDone(),
    "connected": m.Connected(),
    "turn.start": m.TurnStarted(),
    "turn.update": m.TurnUpdated(transcript=""),
    "turn.eager_end": m.TurnEagerlyEnded(transcript=""),
    "turn.resume": m.TurnResumed(),
    "turn.end": m.TurnEnded(transcript=""),
}


class Ear:
    """The events of one connection, across the WebSockets that serve it one after the other.

    Attributes:
        error: how the connection has ended; raised after all events.
        progress: something was heard since the connection was opened.
        waiters: called once each, when there is news.
    """

    def __init__(self, *, turns: bool) -> None:
        self.error: MynaError | None = None
        self.progress = True
        self.waiters: list[Callable[[], None]] = []
        self._lifecycle = TURNS if turns else MANUAL
        self._wire = ClientConnection(self._lifecycle)
        self._fed = self._confirmed = 0
        self._asked: deque[int] = deque()
        self._events: deque[STTEvent] = deque()
        self._held = 0
        self._active = monotonic()
        self._said: STTError | None = None

    @property
    def lost_bytes(self) -> int:
        """Audio that was sent and is behind no final text, about."""
        return self._fed - self._confirmed

    @property
    def ended(self) -> bool:
        """Whether the last event has come."""
        return self._wire.ended and self._wire.lost is None

    def check_open(self) -> None:
        """Refuse what comes too late.

        Raises:
            UsageError: the audio was said to be complete.
        """
        if self._wire.finishing:
            raise UsageError("Nothing can follow the last command; open another connection.")

    def feed(self, audio: bytes) -> None:
        """Note that this audio is about to be sent.

        Raises:
            UsageError: the audio was said to be complete.
        """
        self._wire.send(audio)
        self._fed += len(audio)

    def command(self, event: object) -> str:
        """The text of a command that is about to be sent: a word, or a mapping or model with `type`.

        Raises:
            UsageError: there is no such command, or it cannot follow what was sent before.
        """
        if isinstance(event, str):
            text = command_text(event, self._lifecycle) if event.isalpha() else event
        else:
            fields = plain_fields(event)
            bare = self._lifecycle is MANUAL and isinstance(fields.get("type"), str)
            text = str(fields["type"]) if bare else message_text(fields)
        self._wire.send(text)
        self._active = monotonic()
        if self._wire.finalizes > len(self._asked):
            self._asked.append(self._fed)
        return text

    def left(self, timeout: float | None, began: float, patience: float | None) -> float | None:
        """Seconds to wait for the next event by someone who began to wait at `began`; None for ever.

        As long as nothing is owed, there may be nothing to hear.

        Args:
            timeout: of the caller.
            began: a `monotonic` time.
            patience: seconds within which a server that owes something tells something.
        """
        if timeout is not None:
            return max(began + timeout - monotonic(), 0.0)
        owed = self._wire.finalizes or (self._wire.finishing and not self._wire.ended)
        if patience is None or not owed:
            return None
        return max(max(self._active, began) + patience - monotonic(), 0.0)

    def take(self) -> STTEvent | None:
        """The next event, if there is one.

        Raises:
            MynaError: the connection has ended and there is none.
        """
        if self._events:
            event = self._events.popleft()
            self._held -= event.size
            return event
        if self.error is not None:
            raise self._fresh(self.error)
        return None

    def deliver(self, events: Iterable[STTEvent]) -> MynaError | None:
        """Take in what arrived; what is wrong with the connection, which has to end then."""
        for event in events:
            self._active = monotonic()
            self.progress = self.progress or event.type != "connected"
            self._note(event)
            if self._held > ENOUGH and event.interim and self._events[-1].interim:
                self._held -= self._events.pop().size
            self._events.append(event)
            self._held += event.size
        self.wake()
        if self._held <= TOO_MUCH:
            return None
        return WebSocketQueueFullError(f"More than {TOO_MUCH >> 20} MiB wait unread; read while you send.")

    def fail(self, error: MynaError) -> None:
        """The connection has ended; the first reason counts."""
        if self.error is None:
            self.error = error
        self.wake()

    def ends_well(self, error: ConnectionLost) -> bool:
        """Whether the connection has ended as it should."""
        self._wire.closed(error.code, error.reason)
        return self._wire.lost is None

    def renew(self, lost: ConnectionLost | None) -> list[str]:
        """Begin anew on another WebSocket; the messages that ask again for what is owed.

        Args:
            lost: why that one has ended, if it has so soon.
        """
        before, self._wire = self._wire, ClientConnection(self._lifecycle)
        self._fed = self._confirmed = 0
        self._said = None
        self._asked.clear()
        asked = [self.command("finalize") for _ in range(before.finalizes)]
        if before.finishing:
            asked.append(self.command("close"))
        self.error = lost
        self.progress = False
        self.wake()
        return [] if lost else asked

    def wake(self) -> None:
        """Let whoever waits look again."""
        waiters, self.waiters = self.waiters, []
        for waiter in waiters:
            waiter()

    def _note(self, event: STTEvent) -> None:
        if isinstance(event, STTError):
            self._said = event
        elif event.type in _NOTED:
            self._wire.receive(_NOTED[event.type])
        if event.type == "flush_done" and self._asked:
            self._confirmed = max(self._confirmed, self._asked.popleft())
        elif event.type in ("done", "turn.end") or event.get("is_final") is True:
            self._confirmed = self._asked[0] if self._asked else self._fed

    def unsent(self, lost: ConnectionLost, message: object) -> WebSocketConnectionClosedError:
        """The error for a message that could not be sent, with the message where it is no audio."""
        messages = [] if isinstance(message, bytes) else [as_text(message)]
        return WebSocketConnectionClosedError(
            lost.message + self._told, unsent_messages=messages, code=lost.code, reason=lost.reason
        )

    @property
    def _told(self) -> str:
        return f" The server said: {self._said.error}" if self._said is not None else ""

    def _fresh(self, error: MynaError) -> MynaError:
        """An error of its own for each reader, with what the server said before."""
        message = error.message + self._told
        if isinstance(error, ConnectionLost):
            return WebSocketConnectionClosedError(message, code=error.code, reason=error.reason)
        return type(error)(message)


def pieces(audio: bytes | bytearray | memoryview) -> Iterable[bytes]:
    """Audio in messages of a good size."""
    view = memoryview(audio).cast("B")
    for start in range(0, len(view), PIECE):
        yield bytes(view[start : start + PIECE])


def present_query(query: Mapping[str, object]) -> dict[str, object]:
    """Parameters of a connection as texts; those that are None are left out."""
    return {name: value for name, value in query.items() if value is not None}
