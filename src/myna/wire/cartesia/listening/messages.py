"""What a server says while it listens, as typed structs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from msgspec import UNSET, Struct, UnsetType


class Word(Struct, kw_only=True):
    """A word and when it was said, in seconds from the start of the audio."""

    word: str
    start: float
    end: float


class HeardMessage(Struct, kw_only=True, tag_field="type", dict=True):
    """What every message has: `request_id`, the same for all of a connection."""

    request_id: str | None = None

    context_id: ClassVar[str | None] = None
    """There are no contexts here."""

    @property
    def type(self) -> str:
        """What kind of message it is on the wire."""
        return str(self.__struct_config__.tag)

    @property
    def unknown_fields(self) -> Mapping[str, Any]:
        """What came with the message and is not known here; it is not sent on."""
        fields: Mapping[str, Any] = self.__dict__.get("unknown_fields", {})
        return fields

    @property
    def interim(self) -> bool:
        """Whether the next of its kind supersedes it."""
        return False


class Transcript(HeardMessage, tag="transcript"):
    """What was heard: since the last final transcript, or finally; also the answer to `POST /stt`."""

    text: str
    is_final: bool | UnsetType = UNSET
    duration: float | UnsetType = UNSET
    language: str | UnsetType | None = UNSET
    words: list[Word] | UnsetType = UNSET

    @property
    def interim(self) -> bool:
        """Whether the next of its kind supersedes it."""
        return self.is_final is False


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

    @property
    def interim(self) -> bool:
        """The text of a turn only grows."""
        return True


class TurnEagerlyEnded(HeardMessage, tag="turn.eager_end"):
    """The turn may be over."""

    transcript: str


class TurnResumed(HeardMessage, tag="turn.resume"):
    """It was not."""


class TurnEnded(HeardMessage, tag="turn.end"):
    """The turn is over."""

    transcript: str


class UnknownHeard(HeardMessage, kw_only=True):
    """A message of a type that this version of Myna does not know; `fields` is the whole object."""

    fields: dict[str, Any]

    @property
    def type(self) -> str:
        """What kind of message it is on the wire."""
        return str(self.fields.get("type"))


TranscriptMessage = Transcript | HeardFlushDone | HeardDone | HeardError
TurnMessage = Connected | TurnStarted | TurnUpdated | TurnEagerlyEnded | TurnResumed | TurnEnded | HeardError


class TurnConfig(Struct, kw_only=True):
    """`turn` of a `config` message: what is to change."""

    start_threshold: float | None = None
    eager_end_threshold: float | None = None
    end_threshold: float | None = None
    end_timeout_ms: float | None = None


class TurnCommand(Struct, kw_only=True):
    """A client's JSON message: `config` or `close`."""

    type: str
    turn: TurnConfig | None = None
