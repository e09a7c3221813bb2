"""What comes back while a server speaks.

Every event has `type`, `context_id`, `done` and `status_code`, keeps fields that this version does not
know, and can be read by attribute or by key.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterator
from typing import Any, ClassVar

from msgspec import UNSET, UnsetType, to_builtins

from myna.speech.errors import ProtocolViolation
from myna.wire.cartesia import messages
from myna.wire.cartesia.codec import decode_event, encode
from myna.wire.cartesia.listening.messages import HeardMessage


class Event:
    """An event of a context.

    Example:
        >>> event = parse_event(b'{"type": "done", "context_id": "a", "done": true, "status_code": 206}')
        >>> event.type, event["context_id"], event.terminal
        ('done', 'a', True)
    """

    __slots__ = ("_message", "_raw", "size")

    type: ClassVar[str]
    terminal: ClassVar[bool] = False
    """Whether it is the last event of its context."""

    _fields: ClassVar[tuple[str, ...]] = ("type", "context_id", "status_code", "done")
    size: int
    """Bytes that it takes up, about."""
    _message: Any
    _raw: bytes

    def __init__(self, message: Any, raw: bytes = b"") -> None:
        self._message = message
        self._raw = raw
        self.size = len(raw) or len(getattr(message, "data", b"")) + 200

    @property
    def context_id(self) -> str | None:
        """The context that it belongs to; None for the connection."""
        value: str | None = self._message.context_id
        return value

    @property
    def done(self) -> bool:
        """Whether nothing follows in its context."""
        value: bool = self._message.done
        return value

    @property
    def status_code(self) -> int | None:
        """An HTTP status that stands for it."""
        value: int | None = self._message.status_code
        return value

    @property
    def raw(self) -> bytes:
        """The JSON that was received."""
        return self._raw or encode(self._message)

    @property
    def model_extra(self) -> dict[str, Any]:
        """Fields of the wire that this version does not know."""
        return {key: value for key, value in self.to_dict().items() if key not in self._fields}

    def to_dict(self) -> dict[str, Any]:
        """All fields as the wire has them, unknown ones included."""
        if self._raw:
            fields: dict[str, Any] = json.loads(self._raw)
            return fields
        fields = to_builtins(self._message)
        return fields

    def to_json(self, *, indent: int | None = None) -> str:
        """All fields as JSON."""
        return json.dumps(self.to_dict(), indent=indent)

    model_dump = to_dict
    model_dump_json = to_json

    def get(self, key: str, default: Any = None) -> Any:
        """The field, or `default` where the event has none of that name."""
        try:
            return self[key]
        except KeyError:
            return default

    def keys(self) -> Iterator[str]:
        """Names that can be read by key."""
        return iter(dict.fromkeys((*self._fields, *self.model_extra)))

    def __getitem__(self, key: str) -> Any:
        if key in self._fields:
            return getattr(self, key)
        return self.to_dict()[key]

    def __contains__(self, key: object) -> bool:
        return key in self._fields or key in self.to_dict()

    def __getattr__(self, name: str) -> Any:
        if not name.startswith("_") and self._raw:
            fields = self.to_dict()
            if name in fields:
                return fields[name]
        raise AttributeError(f"{type(self).__name__!r} event has no {name!r}")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Event) and self.to_dict() == other.to_dict()

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={_short(getattr(self, name))}" for name in self._fields[1:])
        return f"{type(self).__name__}({shown})"


class _Flushable(Event):
    __slots__ = ()

    @property
    def flush_id(self) -> int | None:
        """Number of the stretch between flushes that it belongs to; None where the server gave none."""
        value: int | UnsetType = self._message.flush_id
        return None if value is UNSET else value


class Chunk(_Flushable):
    r"""A piece of audio.

    Example:
        >>> event = parse_event(b'{"type": "chunk", "data": "AAAA", "context_id": "a"}')
        >>> event.audio, event.data
        (b'\x00\x00\x00', 'AAAA')
    """

    __slots__ = ()
    type = "chunk"
    _fields = (*Event._fields, "audio", "data", "step_time", "flush_id")

    @property
    def audio(self) -> bytes | None:
        """Whole samples in the format that was asked for; None where the piece is empty."""
        value: bytes = self._message.data
        return value or None

    @property
    def data(self) -> str:
        """The audio as base64 text."""
        return b64encode(self._message.data).decode()

    @property
    def step_time(self) -> float:
        """Milliseconds that the server worked on it."""
        value: float = self._message.step_time
        return value


class Timestamps(_Flushable):
    """When words are spoken, in seconds from the start of the context's audio."""

    __slots__ = ()
    type = "timestamps"
    _fields = (*Event._fields, "word_timestamps", "flush_id")

    @property
    def word_timestamps(self) -> WordTimes | None:
        """Parallel lists `words`, `start` and `end`."""
        times = self._message.word_timestamps
        return None if times is None else WordTimes(times.words, times.start, times.end)

    @property
    def timestamps(self) -> WordTimes | None:
        """The same as `word_timestamps`."""
        return self.word_timestamps


class PhonemeTimestamps(_Flushable):
    """When phonemes are spoken, in seconds from the start of the context's audio."""

    __slots__ = ()
    type = "phoneme_timestamps"
    _fields = (*Event._fields, "phoneme_timestamps", "flush_id")

    @property
    def phoneme_timestamps(self) -> PhonemeTimes | None:
        """Parallel lists `phonemes` (IPA), `start` and `end`."""
        times = self._message.phoneme_timestamps
        return None if times is None else PhonemeTimes(times.phonemes, times.start, times.end)

    @property
    def timestamps(self) -> PhonemeTimes | None:
        """The same as `phoneme_timestamps`."""
        return self.phoneme_timestamps


class FlushDone(Event):
    """All audio of the text before a flush is out."""

    __slots__ = ()
    type = "flush_done"
    _fields = (*Event._fields, "flush_id", "flush_done")

    @property
    def flush_id(self) -> int:
        """Number of the stretch that is done."""
        value: int = self._message.flush_id
        return value

    @property
    def flush_done(self) -> bool:
        """Always true."""
        value: bool = self._message.flush_done
        return value


class Done(Event):
    """The context has ended well."""

    __slots__ = ()
    type = "done"
    terminal = True


class Error(Event):
    """The context has failed.

    Example:
        >>> event = parse_event(b'{"type": "error", "title": "Unknown voice", "message": "No such id."}')
        >>> event.error
        'Unknown voice: No such id.'
    """

    __slots__ = ()
    type = "error"
    terminal = True
    _fields = (*Event._fields, "error", "title", "message", "error_code", "request_id", "doc_url")

    @property
    def error(self) -> str:
        """Title and message in one line."""
        if self.title is None and self.message is None:
            return str(self._message.error)
        return f"{self.title}: {self.message}"

    @property
    def title(self) -> str | None:
        """Short summary."""
        value: str | None = self._message.title
        return value

    @property
    def message(self) -> str | None:
        """Explanation."""
        value: str | None = self._message.message
        return value

    @property
    def error_code(self) -> str | None:
        """Machine code."""
        value: str | None = self._message.error_code
        return value

    @property
    def request_id(self) -> str | None:
        """To be told to whoever runs the server."""
        value: str | None = self._message.request_id
        return value

    @property
    def doc_url(self) -> str | None:
        """Where to read more."""
        value: str | UnsetType = self._message.doc_url
        return None if value is UNSET else value


class UnknownEvent(Event):
    """An event of a type that this version does not know; its fields are attributes and keys."""

    __slots__ = ()

    @property
    def type(self) -> str:  # type: ignore[override]
        """The wire's name for it."""
        value: str = self._message.type
        return value

    @property
    def status_code(self) -> int | None:
        """An HTTP status that stands for it."""
        value: int | None = self._message.fields.get("status_code")
        return value

    @property
    def terminal(self) -> bool:  # type: ignore[override]
        """Whether it is the last event of its context."""
        return self.done

    def to_dict(self) -> dict[str, Any]:
        """All fields as the wire has them."""
        return dict(self._message.fields)

    def __getattr__(self, name: str) -> Any:
        fields = object.__getattribute__(self, "_message").fields
        if name in fields:
            return fields[name]
        raise AttributeError(f"{fields.get('type')!r} event has no {name!r}")


class _Times:
    """Parallel lists that can be read by attribute or by key."""

    __slots__ = ("end", "start")

    def __init__(self, start: list[float], end: list[float]) -> None:
        self.start = start
        self.end = end

    def __getitem__(self, key: str) -> Any:
        try:
            return getattr(self, key)
        except AttributeError:
            raise KeyError(key) from None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Times) and self.to_dict() == other.to_dict()

    __hash__ = None  # type: ignore[assignment]

    def to_dict(self) -> dict[str, Any]:
        """The lists under their wire names."""
        return {"start": self.start, "end": self.end}


class WordTimes(_Times):
    """Words, and when each starts and ends in seconds."""

    __slots__ = ("words",)

    def __init__(self, words: list[str], start: list[float], end: list[float]) -> None:
        super().__init__(start, end)
        self.words = words

    def to_dict(self) -> dict[str, Any]:
        """The lists under their wire names."""
        return {"words": self.words, **super().to_dict()}

    def __repr__(self) -> str:
        return f"WordTimes(words={self.words!r}, start={self.start!r}, end={self.end!r})"


class PhonemeTimes(_Times):
    """IPA symbols, and when each starts and ends in seconds."""

    __slots__ = ("phonemes",)

    def __init__(self, phonemes: list[str], start: list[float], end: list[float]) -> None:
        super().__init__(start, end)
        self.phonemes = phonemes

    def to_dict(self) -> dict[str, Any]:
        """The lists under their wire names."""
        return {"phonemes": self.phonemes, **super().to_dict()}

    def __repr__(self) -> str:
        return f"PhonemeTimes(phonemes={self.phonemes!r}, start={self.start!r}, end={self.end!r})"


EVENTS: dict[type, type[Event]] = {
    messages.Chunk: Chunk,
    messages.Timestamps: Timestamps,
    messages.PhonemeTimestamps: PhonemeTimestamps,
    messages.FlushDone: FlushDone,
    messages.Done: Done,
    messages.Error: Error,
    messages.Unknown: UnknownEvent,
}


def parse_event(data: str | bytes) -> Event:
    """Read one message of the wire.

    Raises:
        ProtocolViolation: not an event.
    """
    message = decode_event(data)
    return EVENTS[type(message)](message, data.encode() if isinstance(data, str) else data)


def event_of(message: messages.ServerEvent | HeardMessage) -> Event:
    """The event for a message that never was JSON.

    Raises:
        ProtocolViolation: not an event of a connection that speaks.
    """
    kind = EVENTS.get(type(message))
    if kind is None:
        raise ProtocolViolation(f"A {type(message).__name__} came where it is spoken.")
    return kind(message)


def _short(value: object) -> str:
    if isinstance(value, bytes | str) and len(value) > 60:
        return f"<{len(value)} {'bytes' if isinstance(value, bytes) else 'characters'}>"
    return repr(value)
