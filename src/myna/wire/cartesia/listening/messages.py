"""What a server says while it listens, as typed structs."""

from __future__ import annotations

from typing import ClassVar

from msgspec import UNSET, Struct, UnsetType


class Word(Struct, kw_only=True):
    """A word and when it was said, in seconds from the start of the audio."""

    word: str
    start: float
    end: float


class HeardMessage(Struct, kw_only=True, tag_field="type"):
    """What every message has: `request_id`, the same for all of a connection."""

    request_id: str | None = None

    context_id: ClassVar[str | None] = None
    """There are no contexts here."""


class Transcript(HeardMessage, tag="transcript"):
    """What was heard: since the last final transcript, or finally; also the answer to `POST /stt`."""

    text: str
    is_final: bool | UnsetType = UNSET
    duration: float | UnsetType = UNSET
    language: str | UnsetType | None = UNSET
    words: list[Word] | UnsetType = UNSET


class HeardFlushDone(HeardMessage, tag="flush_done"):
    """All that came before a `finalize` is final."""


class HeardDone(HeardMessage, tag="done"):
    """The last message."""


class HeardError(HeardMessage, tag="error", omit_defaults=True):
    """Something is wrong, with the fields of every version."""

    status_code: int | None = None
    error: str | None = None
    title: str | None = None
    message: str | None = None
    error_code: str | None = None
    doc_url: str | None = None


class Connected(HeardMessage, tag="connected"):
    """The connection is open."""


class TurnStarted(HeardMessage, tag="turn.start"):
    """Somebody began to speak."""


class TurnUpdated(HeardMessage, tag="turn.update"):
    """The turn so far."""

    transcript: str


class TurnEagerlyEnded(HeardMessage, tag="turn.eager_end"):
    """The turn may be over."""

    transcript: str


class TurnResumed(HeardMessage, tag="turn.resume"):
    """It was not."""


class TurnEnded(HeardMessage, tag="turn.end"):
    """The turn is over."""

    transcript: str


TranscriptMessage = Transcript | HeardFlushDone | HeardDone | HeardError
TurnMessage = Connected | TurnStarted | TurnUpdated | TurnEagerlyEnded | TurnResumed | TurnEnded | HeardError


class TurnConfig(Struct, kw_only=True):
    """`turn` of a `config` message: what is to change."""

    start_threshold: float | None = None
    eager_end_threshold: float | None = None
    end_threshold: float | None = None
    end_timeout_ms: int | None = None


class TurnCommand(Struct, kw_only=True):
    """A client's JSON message: `config` or `close`."""

    type: str
    turn: TurnConfig | None = None
