"""`POST /stt`: what is asked for a recording, and the answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from msgspec import UNSET, Struct, field

from myna.speech.errors import InvalidRequest
from myna.speech.languages import normalize_tag
from myna.speech.listening import INPUT_ENCODINGS, InputFormat, check_input
from myna.speech.transcripts import Transcript
from myna.wire.cartesia.listening.messages import Transcript as TranscriptMessage
from myna.wire.cartesia.listening.messages import Word
from myna.wire.cartesia.queries import Parameter

DEFAULT_LANGUAGE = "en"
GRANULARITIES = "timestamp_granularities[]"

HEADERLESS = (
    Parameter("encoding", {"type": "string", "enum": list(INPUT_ENCODINGS)}),
    Parameter("sample_rate", {"type": "integer"}),
)
"""Parameters of a recording without a container."""


class TranscriptionForm(Struct, kw_only=True):
    """The text parts of `POST /stt`; the part `file` is the recording."""

    model: str
    language: str = DEFAULT_LANGUAGE
    timestamp_granularities: list[str] = field(default_factory=list, name=GRANULARITIES)

    @classmethod
    def of(cls, parts: Iterable[tuple[str, str]]) -> TranscriptionForm:
        """The parts that are known; others do no harm.

        Raises:
            InvalidRequest: one is missing, or has a value that cannot be.
        """
        parts = list(parts)
        texts = dict(parts)
        return cls(
            model=model_of(texts),
            language=language_of(texts) or DEFAULT_LANGUAGE,
            timestamp_granularities=granularities_of(parts, ("word",)),
        )


def model_of(texts: Mapping[str, str]) -> str:
    """The model that is asked for.

    Raises:
        InvalidRequest: none is.
    """
    model = texts.get("model", "").strip()
    if not model:
        raise InvalidRequest("model is missing; name one such as ink-whisper.")
    return model


def language_of(texts: Mapping[str, str]) -> str | None:
    """The language that is told; None where none is.

    Raises:
        InvalidRequest: it is no language.
    """
    given = texts.get("language", "").strip()
    return normalize_tag(given) if given else None


def granularities_of(parts: Iterable[tuple[str, str]], known: tuple[str, ...]) -> list[str]:
    """What is to be timed; the name of the parts may have brackets.

    Raises:
        InvalidRequest: something that is not in `known`.
    """
    given = [value.strip() for name, value in parts if name.removesuffix("[]") == GRANULARITIES[:-2]]
    for value in given:
        if value not in known:
            raise InvalidRequest(
                f"{GRANULARITIES} cannot be {value[:40]!r}; use {' or '.join(known)}, or leave it out."
            )
    return given


def input_format(values: Mapping[str, str]) -> InputFormat | None:
    """The format of a recording without a container; None where it has one.

    Raises:
        InvalidRequest: one of encoding and sample_rate is missing, or no number.
        UnsupportedInput: there is no such encoding or rate.
    """
    encoding, rate = values.get("encoding", "").strip(), values.get("sample_rate", "").strip()
    if not (encoding or rate):
        return None
    for name, value in (("encoding", encoding), ("sample_rate", rate)):
        if not value:
            raise InvalidRequest(f"{name} is missing; send both encoding and sample_rate, or none for files.")
    if not rate.isdecimal() or len(rate) > 9:
        raise InvalidRequest(f"sample_rate cannot be {rate[:40]!r}; send samples per second, such as 16000.")
    return check_input(InputFormat(encoding, int(rate)))


def transcript_message(
    heard: Transcript, *, language: str | None, words: bool, request_id: str
) -> TranscriptMessage:
    """The answer.

    Args:
        heard: what was heard.
        language: what was said to be spoken.
        words: whether to tell the words with their times.
        request_id: of the call.
    """
    timed: Any = [Word(word=word.text, start=clock(word.start), end=clock(word.end)) for word in heard.words]
    return TranscriptMessage(
        request_id=request_id,
        text=heard.text,
        is_final=True,
        duration=clock(heard.seconds),
        language=heard.language or language or UNSET,
        words=timed if words else UNSET,
    )


def clock(seconds: float) -> float:
    """Seconds as they are told: to the millisecond."""
    return round(seconds, 3)
