"""Which event goes to whom, for the contexts of one connection and for whoever reads it directly.

Nothing here waits or locks: the connections for threads and for asyncio do, each in its own way.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from time import monotonic

from myna.client.errors import InvalidCall, WebSocketQueueFullError, lost
from myna.client.events import Event
from myna.speech.errors import ConnectionLost, MynaError
from myna.wire.cartesia.client import ClientConnection
from myna.wire.cartesia.lifecycle import Phase
from myna.wire.cartesia.messages import GenerationRequest

ENOUGH = 4 * 2**20
"""Bytes that may wait unread before the server is made to wait, as long as no reader waits."""
TOO_MUCH = 256 * 2**20
"""Bytes that may wait unread at all; beyond, the fullest context fails."""


class Inbox:
    """What has arrived for one reader and was not read yet.

    Attributes:
        events: in order.
        taken: bytes read since they were last settled with the switchboard.
        held: bytes that came in and are not settled.
        over: nothing will come after `events`.
        error: raised after `events`, once.
        observed: someone has begun to read it.
        owed: something was sent and nothing has come in answer.
        patient: before the first message, wait for ever.
        active: when something was last sent or received here; None before the first message.
        waiters: called once each, when something has arrived.
    """

    __slots__ = (
        "active",
        "context_id",
        "error",
        "events",
        "held",
        "observed",
        "over",
        "owed",
        "patient",
        "taken",
        "waiters",
    )

    def __init__(self, context_id: str | None) -> None:
        self.context_id = context_id
        self.events: deque[Event] = deque()
        self.taken = 0
        self.held = 0
        self.over = False
        self.error: MynaError | None = None
        self.observed = False
        self.owed = False
        self.patient = True
        self.active: float | None = None
        self.waiters: list[Callable[[], None]] = []

    def wake(self) -> None:
        """Let whoever waits look again."""
        waiters, self.waiters = self.waiters, []
        for waiter in waiters:
            waiter()

    def left(self, timeout: float | None, began: float) -> float | None:
        """Seconds to wait for the next event by someone who began to wait at `began`; None for ever.

        As long as nothing was sent, the server owes nothing.
        """
        if timeout is None or (self.patient and self.active is None):
            return None
        return max(max(self.active or began, began) + timeout - monotonic(), 0.0)


class Switchboard:
    """The contexts of one connection, across the WebSockets that serve it one after the other."""

    def __init__(self) -> None:
        self.loose = Inbox(None)
        self.held = 0
        self._wire = ClientConnection()
        self._inboxes: dict[str, Inbox] = {}
        self._read_loosely: set[str | None] = set()
        self._dropped: deque[Inbox] = deque()

    def register(self, context_id: str) -> Inbox:
        """The inbox of a new context, kept until it is dropped.

        Raises:
            InvalidCall: the id is in use.
        """
        known = self._inboxes.get(context_id)
        if known is not None and not known.over:
            raise InvalidCall(f"Context for context ID {context_id} already exists; choose another id.")
        inbox = self._inboxes[context_id] = Inbox(context_id)
        return inbox

    def drop(self, inbox: Inbox) -> None:
        """Nobody holds this context any more; may be called at any moment, even by the garbage collector."""
        self._dropped.append(inbox)

    def note_request(self, request: GenerationRequest, inbox: Inbox | None = None) -> bool:
        """Note that this is about to be sent; whether there is any use in sending it.

        Raises:
            UsageError: it may not follow what was sent before.
        """
        if inbox is not None and inbox.error is not None:
            self._restart(inbox)
        wire, context_id = self._wire, request.context_id
        if request.cancel:
            return wire.cancel(context_id)
        if wire.phase(context_id) is Phase.FREE:
            if request.continue_ and not request.transcript:
                return False
            if context_id not in wire.live:
                wire.open(context_id)
            if inbox is not None:
                inbox.over = False
        wire.send(request)
        if inbox is None:
            self._read_loosely.add(context_id)
            inbox = self.loose
        inbox.owed = True
        inbox.active = monotonic()
        return True

    def end(self, inbox: Inbox) -> None:
        """Let the readers of a context go; nothing will arrive for it any more."""
        inbox.over = True
        inbox.events.clear()
        self._settle_all(inbox)
        inbox.wake()

    def deliver(self, events: Iterable[Event]) -> None:
        """Put events where they belong."""
        now = monotonic()
        for event in events:
            for context_id, _, _, last in self._wire.receive(event._message):
                inbox = self._inboxes.get(context_id) if context_id is not None else self.loose
                if inbox is None:
                    if context_id not in self._read_loosely:
                        continue
                    inbox = self.loose
                if last:
                    self._read_loosely.discard(context_id)
                    inbox.over = inbox is not self.loose
                inbox.events.append(event)
                inbox.owed = False
                inbox.active = now
                inbox.held += event.size
                self.held += event.size
                if inbox.waiters:
                    inbox.wake()
                if self.loose.waiters and not inbox.observed:
                    self.loose.wake()
        if self.held > TOO_MUCH:
            self._make_room()

    def fail(self, error: MynaError) -> None:
        """Tell every context that waits for events, and whoever reads the connection."""
        code = error.code if isinstance(error, ConnectionLost) else None
        for context_id in self._wire.closed(code):
            inbox = self._inboxes.get(context_id) if context_id is not None else None
            if inbox is not None and not inbox.over:
                inbox.error = _fresh(error, context_id)
        self._read_loosely.clear()
        self.loose.error = _fresh(error, None)
        self.wake_all()

    def renew(self) -> None:
        """Begin anew on another WebSocket."""
        self._wire = ClientConnection()
        self.loose.error = None

    def settle(self, inbox: Inbox) -> None:
        """Note what was read."""
        self.held -= inbox.taken
        inbox.held -= inbox.taken
        inbox.taken = 0

    def sweep(self) -> list[str]:
        """Forget contexts that nobody holds any more; those that the server should stop speaking."""
        cancelled = []
        while self._dropped:
            inbox = self._dropped.popleft()
            self._settle_all(inbox)
            context_id = inbox.context_id
            if context_id is not None and self._inboxes.get(context_id) is inbox:
                del self._inboxes[context_id]
                if self._wire.cancel(context_id):
                    cancelled.append(context_id)
        return cancelled

    def unread(self) -> Inbox | None:
        """An inbox with events for whoever reads the connection instead of a context."""
        if self.loose.events:
            return self.loose
        for inbox in list(self._inboxes.values()):
            if inbox.events and not inbox.observed:
                return inbox
        return None

    def wake_all(self) -> None:
        """Let every reader look again."""
        for inbox in (self.loose, *self._inboxes.values()):
            inbox.wake()

    def _restart(self, inbox: Inbox) -> None:
        """Go on after a loss that cost nothing: the server closed in peace and owed no answer."""
        error, inbox.error = inbox.error, None
        inbox.over = True
        peaceful = isinstance(error, ConnectionLost) and error.code in (1000, 1001)
        if error is not None and (inbox.owed or not peaceful):
            raise error

    def _settle_all(self, inbox: Inbox) -> None:
        self.held -= inbox.held
        inbox.held = inbox.taken = 0

    def _make_room(self) -> None:
        fullest = max((self.loose, *self._inboxes.values()), key=lambda inbox: inbox.held)
        self._settle_all(fullest)
        fullest.events.clear()
        fullest.error = WebSocketQueueFullError(
            f"More than {TOO_MUCH >> 20} MiB waited unread; read every context while it is spoken.",
            context_id=fullest.context_id,
        )
        if fullest.context_id is not None:
            self.drop(fullest)
        fullest.wake()


def _fresh(error: MynaError, context_id: str | None) -> MynaError:
    """An error of its own for each reader."""
    if isinstance(error, ConnectionLost):
        return lost(error, context_id)
    return type(error)(error.message, context_id=context_id)
