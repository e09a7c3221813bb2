"""What a connection that listens has heard, for whoever reads it."""

from __future__ import annotations

from collections import deque

from myna.client.arrivals import ENOUGH, Arrivals
from myna.client.contexts import message_text, plain_fields
from myna.client.heard import STTError, STTEvent
from myna.speech.errors import ConnectionLost, UsageError
from myna.wire.cartesia.listening import messages as m
from myna.wire.cartesia.listening.client import ClientConnection
from myna.wire.cartesia.listening.commands import command_text
from myna.wire.cartesia.listening.lifecycle import MANUAL, TURNS

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


class Ear(Arrivals[STTEvent]):
    """The events of one connection, across the WebSockets that serve it one after the other.

    Attributes:
        progress: something was heard since the connection was opened.
    """

    def __init__(self, *, turns: bool) -> None:
        super().__init__()
        self.progress = True
        self._lifecycle = TURNS if turns else MANUAL
        self._wire = ClientConnection(self._lifecycle)
        self._fed = self._confirmed = 0
        self._asked: deque[int] = deque()
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
        self._touch()
        if self._wire.finalizes > len(self._asked):
            self._asked.append(self._fed)
        return text

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

    @property
    def _owed(self) -> bool:
        return bool(self._wire.finalizes) or (self._wire.finishing and not self._wire.ended)

    @property
    def _told(self) -> str:
        return f" The server said: {self._said.error}" if self._said is not None else ""

    def _note(self, event: STTEvent) -> bool:
        self.progress = self.progress or event.type != "connected"
        if isinstance(event, STTError):
            self._said = event
        elif event.type in _NOTED:
            self._wire.receive(_NOTED[event.type])
        if event.type == "flush_done" and self._asked:
            self._confirmed = max(self._confirmed, self._asked.popleft())
        elif event.type in ("done", "turn.end") or event.get("is_final") is True:
            self._confirmed = self._asked[0] if self._asked else self._fed
        if self.held > ENOUGH and event.interim and self._events[-1].interim:
            self.held -= self._events.pop().size
        return True
