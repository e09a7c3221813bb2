"""What comes back while a voice is changed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Unpack

from msgspec import UNSET, UnsetType

from myna.client.arrivals import ENOUGH, Arrivals, pieces
from myna.client.calls import Call, Extras
from myna.client.errors import APIStatusError, InvalidCall, error_of_event
from myna.client.events import Chunk, Done, Error, Event, event_of, parse_event
from myna.client.sentinels import Omit, omit
from myna.speech.errors import ConnectionLost, InvalidRequest, MynaError, ProtocolViolation, UsageError
from myna.transport.protocols import Message
from myna.wire.cartesia.changing.queries import ChangingQuery
from myna.wire.cartesia.listening.messages import HeardMessage

if TYPE_CHECKING:
    from myna.client.uploads import FileParam

PATH = "/voice-changer/websocket"
LAST = "done"
"""The command that no more audio follows."""
AHEAD_SECONDS = 10.0
"""By how much a source may be ahead of the changed audio that was taken."""
OWED_SECONDS = 2.0
"""Audio that a server may take in before it has to give something back."""


class VoiceChangerChunk(Chunk):
    r"""A piece of a recording in another voice.

    Example:
        >>> event = parse_changed(b'{"data": "AAAA", "done": false, "sample_rate": 8000}')
        >>> event.type, event.audio, event.sample_rate
        ('chunk', b'\x00\x00\x00', 8000)
    """

    __slots__ = ()
    _fields = (*Chunk._fields, "sample_rate")

    @property
    def sample_rate(self) -> int | None:
        """In Hz; None where the server does not tell."""
        value: int | UnsetType = self._message.sample_rate
        return None if value is UNSET else value


def change_call(
    path: str,
    clip: FileParam | Omit,
    voice_id: str | Omit,
    container: str | Omit,
    sample_rate: int | Omit,
    encoding: str | Omit | None,
    bit_rate: int | Omit | None,
    *,
    accept: str,
    **extras: Unpack[Extras],
) -> Call:
    """The call that has the voice of a recording changed.

    Raises:
        InvalidCall: the clip is missing, or cannot be read.
    """
    if isinstance(clip, Omit):
        raise InvalidCall("clip is missing; give the recording whose voice is to be changed.")
    fields = {
        "voice[id]": voice_id,
        "output_format[container]": container,
        "output_format[sample_rate]": sample_rate,
        "output_format[encoding]": encoding or omit,
        "output_format[bit_rate]": bit_rate or omit,
    }
    return Call.of("POST", path, fields, accept=accept, files={"clip": clip}, **extras)


def parse_changed(data: str | bytes) -> Event:
    """Read one event of a recording that is changed; its newest forms do not name their type.

    Raises:
        ProtocolViolation: not an event.
    """
    raw = data.encode() if isinstance(data, str) else data
    event = parse_event(raw if b'"type"' in raw else _typed(raw))
    return VoiceChangerChunk(event._message, event._raw) if isinstance(event, Chunk) else event


def _typed(raw: bytes) -> bytes:
    """An event with the type that its fields make clear."""
    try:
        fields = json.loads(raw)
    except (ValueError, RecursionError):
        return raw
    if not isinstance(fields, dict):
        return raw
    kind = "chunk" if "data" in fields else "error" if "message" in fields else "done"
    if kind == "done" and fields.get("done") is not True:
        raise ProtocolViolation("The server sent an event that says nothing.")
    return json.dumps({"type": kind, **fields}).encode()


def event_of_message(message: Message) -> Event:
    """The event for what arrived on a connection: JSON, or a message that never was JSON.

    Raises:
        ProtocolViolation: not an event of a connection that changes a voice.
    """
    if isinstance(message, bytes):
        return parse_event(message)
    if isinstance(message, HeardMessage):
        raise ProtocolViolation("What was heard came where a voice is changed.")
    return event_of(message)


class Throat(Arrivals[Event]):
    """The audio that one connection has given back.

    Attributes:
        finished: the server was told that no more audio comes.
        ended: all has come.
    """

    def __init__(self, query: Mapping[str, object]) -> None:
        """Begin.

        Args:
            query: of the connection.
        """
        super().__init__()
        self.finished = False
        self.ended = False
        self._incoming, self._outgoing = _bytes_per_second(query)
        self._enough = OWED_SECONDS * self._incoming
        self._unanswered = self._fed = self._taken = 0

    @property
    def over(self) -> bool:
        """Whether all has come, and was read."""
        return self.ended and not self._events

    @property
    def full(self) -> bool:
        """Whether the server is to wait until somebody has read."""
        return self.held > ENOUGH

    @property
    def ahead(self) -> bool:
        """Whether enough was sent for what was taken."""
        return self._fed / self._incoming - self._taken / self._outgoing > AHEAD_SECONDS

    def take(self) -> Event | None:
        """The next event, if there is one.

        Raises:
            MynaError: the connection has ended and there is none.
        """
        event = super().take()
        if event is not None:
            self._taken += len(event.audio)
        return event

    def check_open(self) -> None:
        """Refuse what comes too late.

        Raises:
            UsageError: the audio was said to be complete.
        """
        if self.finished:
            raise UsageError("Nothing can follow the end of the audio; open another stream.")

    def feed(self, audio: bytes) -> None:
        """Note that this audio is about to be sent."""
        before, self._unanswered = self._unanswered, self._unanswered + len(audio)
        self._fed += len(audio)
        if before < self._enough <= self._unanswered:
            self._touch()

    def finish(self) -> str:
        """The command that tells the server that no more audio comes."""
        self.finished = True
        self._touch()
        self.wake()
        return LAST

    def fail(self, error: Exception) -> None:
        """The connection has ended; what the server said of it counts more than how a message was lost."""
        if isinstance(error, APIStatusError) and isinstance(self.error, ConnectionLost):
            self.error = None
        super().fail(error)

    def unsent(self, lost: ConnectionLost, message: object) -> MynaError:
        """What the server said of the end, else the error for a message that could not be sent."""
        return self.error if isinstance(self.error, APIStatusError) else super().unsent(lost, message)

    @property
    def _owed(self) -> bool:
        return (self.finished and not self.ended) or self._unanswered >= self._enough

    def _note(self, event: Event) -> bool:
        if isinstance(event, Error):
            self.fail(error_of_event(event, PATH))
        elif isinstance(event, Done):
            self.ended = True
        elif isinstance(event, Chunk):
            self._unanswered = 0
            return event.audio is not None
        return False


def _bytes_per_second(query: Mapping[str, object]) -> tuple[float, float]:
    """Of what goes in and what comes out; what cannot be is told by the server."""
    pairs = [(name, str(value)) for name, value in query.items() if value is not None]
    try:
        asked = ChangingQuery.parse(pairs)
    except InvalidRequest:
        return 1e9, 1e9
    given, output = asked.request.format, asked.output
    return given.bytes_per_sample * given.sample_rate, output.bytes_per_sample * output.sample_rate


def messages(audio: bytes | bytearray | memoryview) -> Iterable[bytes]:
    """Audio in messages of a good size; without audio one that is only a sign of life."""
    return pieces(audio) if memoryview(audio).nbytes else (b"",)
