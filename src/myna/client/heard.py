"""What comes back while a server listens, and the transcript of a recording.

Everything can be read by attribute or by key; fields that this version does not know are kept.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec

from myna.client.models import Model
from myna.speech.errors import ProtocolViolation
from myna.wire.cartesia.listening.messages import HeardMessage

if TYPE_CHECKING:
    from myna.transport.protocols import Message

_DECODER: msgspec.json.Decoder[Any] = msgspec.json.Decoder()


class Word(Model):
    """A word and when it was said, in seconds from the start of the audio."""

    word: str
    start: float
    end: float


def _words(value: Any) -> list[Word]:
    return [Word(item) for item in value]


class Transcription(Model):
    """The transcript of a recording.

    `duration` is the recording's, in seconds; `words` are there where they were asked for.

    Example:
        >>> heard = Transcription({"text": "Good evening.", "duration": 1.2, "words": None})
        >>> heard.text, heard["duration"], heard.words, heard.language
        ('Good evening.', 1.2, None, None)
    """

    text: str
    type: str
    duration: float | None
    language: str | None
    words: list[Word] | None
    is_final: bool | None
    request_id: str | None

    _readers: ClassVar[Mapping[str, Callable[[Any], Any]]] = {"words": _words}


class STTEvent(Model):
    """An event of a connection that listens; one of a type that is not known here is just this.

    Example:
        >>> event = parse_heard(b'{"type": "turn.end", "transcript": "Good evening.", "request_id": "r"}')
        >>> event.type, event.transcript, event["request_id"]
        ('turn.end', 'Good evening.', 'r')
    """

    type: str
    request_id: str | None

    def __init__(self, fields: Mapping[str, Any] | None = None, /, **more: Any) -> None:
        super().__init__(fields, **more)
        self._raw = b""

    @property
    def raw(self) -> bytes:
        """The JSON that was received."""
        return self._raw or json.dumps(self._fields).encode()

    @property
    def size(self) -> int:
        """Bytes that it takes up, about."""
        text = self._fields.get("text") or self._fields.get("transcript") or ""
        return 400 + len(self._raw) + len(text) + 300 * len(self._fields.get("words") or ())

    @property
    def interim(self) -> bool:
        """Whether the next one of its kind supersedes it."""
        return False


class STTTranscript(STTEvent):
    """What was heard: since the last final transcript, or finally.

    The texts of all that are final, put together as they are, are the transcript; leading spaces belong to
    them. `words` have `word`, `start` and `end`, in seconds from the start of the audio.
    """

    text: str
    is_final: bool
    duration: float | None
    language: str | None
    words: list[Word] | None

    _readers: ClassVar[Mapping[str, Callable[[Any], Any]]] = {"words": _words}

    @property
    def interim(self) -> bool:
        """Whether the next one of its kind supersedes it."""
        return not self.is_final


class STTFlushDone(STTEvent):
    """All audio before a `finalize` is final."""


class STTDone(STTEvent):
    """The last event."""


class STTError(STTEvent):
    """Something is wrong.

    Example:
        >>> parse_heard(b'{"type": "error", "title": "Bad command", "message": "What is that?"}').error
        'Bad command: What is that?'
    """

    status_code: int | None
    title: str | None
    message: str | None
    error_code: str | None
    doc_url: str | None

    @property
    def error(self) -> str:
        """Title and message in one line."""
        parts = [part for part in (self.title, self.message) if part]
        return ": ".join(parts) or str(self._fields.get("error") or "The server sent an error.")


class STTConnected(STTEvent):
    """The connection is open."""


class STTTurnStart(STTEvent):
    """Somebody began to speak."""


class STTTurnUpdate(STTEvent):
    """The turn so far: `transcript` only grows."""

    transcript: str

    @property
    def interim(self) -> bool:
        """Whether the next one of its kind supersedes it."""
        return True


class STTTurnEagerEnd(STTEvent):
    """The turn may be over, with this `transcript`."""

    transcript: str


class STTTurnResume(STTEvent):
    """It was not."""


class STTTurnEnd(STTEvent):
    """The turn is over; the `transcript` of all turns are put together as they are."""

    transcript: str


_KINDS: dict[str, type[STTEvent]] = {
    "transcript": STTTranscript,
    "flush_done": STTFlushDone,
    "done": STTDone,
    "error": STTError,
    "connected": STTConnected,
    "turn.start": STTTurnStart,
    "turn.update": STTTurnUpdate,
    "turn.eager_end": STTTurnEagerEnd,
    "turn.resume": STTTurnResume,
    "turn.end": STTTurnEnd,
}


def parse_heard(data: str | bytes) -> STTEvent:
    """Read one message of the wire.

    Raises:
        ProtocolViolation: not an event.
    """
    try:
        fields = _DECODER.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ProtocolViolation(f"The server sent something that is not JSON: {error}.") from None
    event = _event(fields)
    event._raw = data.encode() if isinstance(data, str) else bytes(data)
    return event


def event_of_message(message: Message) -> STTEvent:
    """The event for what arrived: JSON, or a message that never was JSON.

    Raises:
        ProtocolViolation: not an event of a connection that listens.
    """
    if isinstance(message, bytes):
        return parse_heard(message)
    if isinstance(message, HeardMessage):
        return _event(msgspec.to_builtins(message))
    raise ProtocolViolation(f"A {message.type!r} event came where speech is listened to.")


def _event(fields: object) -> STTEvent:
    if not isinstance(fields, dict):
        raise ProtocolViolation("The server sent JSON that is not an object.")
    if "type" not in fields and "error" in fields:
        fields["type"] = "error"
    kind = fields.get("type")
    if not isinstance(kind, str):
        raise ProtocolViolation("The server sent an event without a type.")
    try:
        return _KINDS.get(kind, STTEvent)(fields)
    except (TypeError, ValueError, AttributeError) as error:
        raise ProtocolViolation(f"The server sent a broken {kind[:40]!r} event: {error}.") from None
