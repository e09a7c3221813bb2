"""What is asked of a provider that listens, and what it answers: transcripts of files and of live audio.

Every live stream of events ends in exactly one `Done` or `Failed`. Times are seconds from the first sample
of the recording or stream.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from myna.speech.access import LOCAL, Caller
from myna.speech.errors import InvalidRequest, UnsupportedInput
from myna.speech.events import Done, Failed

INPUT_ENCODINGS: dict[str, int] = {
    "pcm_s16le": 2,
    "pcm_s32le": 4,
    "pcm_f16le": 2,
    "pcm_f32le": 4,
    "pcm_mulaw": 1,
    "pcm_alaw": 1,
}
"""Encodings of audio that comes in without a container, with bytes per sample."""
LOWEST_RATE, HIGHEST_RATE = 4000, 384_000
"""Sample rates that can be heard, in Hz."""
MOST_KEYTERMS = 100
MOST_KEYTERM_CHARACTERS = 1200


@dataclass(frozen=True, slots=True)
class InputFormat:
    """Mono audio without a container: `encoding` of `INPUT_ENCODINGS`, `sample_rate` in Hz."""

    encoding: str
    sample_rate: int

    @property
    def bytes_per_sample(self) -> int:
        """Bytes of one sample."""
        return INPUT_ENCODINGS[self.encoding]


@dataclass(frozen=True, slots=True)
class Endpointing:
    """When live speech becomes final by itself.

    Attributes:
        max_silence_seconds: silence after speech that makes it final; None: only when asked to.
        min_volume: level below which nothing counts as speech, 0.0 to 1.0 of full scale (RMS of a
            frame); None leaves it to the detector.
    """

    max_silence_seconds: float | None = None
    min_volume: float | None = None


MANUAL = Endpointing()
"""Nothing is final before it is asked for."""


@dataclass(frozen=True, slots=True)
class Turns:
    """When turns begin and end: probabilities that the user is speaking, and the longest wait.

    Attributes:
        start_threshold: above it a turn begins, or goes on after an eager end; 0.5 to 0.9.
        eager_end_threshold: below it the turn may be over; 0.3 to 0.6.
        end_threshold: below it the turn is over; 0.05 to 0.5.
        end_timeout_ms: silence after which it is over in any case; 640 to 11200.
    """

    start_threshold: float = 0.8
    eager_end_threshold: float = 0.4
    end_threshold: float = 0.2
    end_timeout_ms: int = 5600


@dataclass(frozen=True, slots=True)
class ListeningRequest:
    """All that holds for one live stream of audio.

    Attributes:
        format: of the audio.
        endpointing: manual finalization, or turns that are found.
        model: id as asked for; names an engine or lets the provider choose.
        language: BCP-47 tag of what is said; None leaves it to the engine.
        keyterms: words and names that are likely to be said.
        caller: who asks.
        connection: how it came, as in `SpeechRequest`.
    """

    format: InputFormat
    endpointing: Endpointing | Turns = MANUAL
    model: str = "ink-whisper"
    language: str | None = None
    keyterms: tuple[str, ...] = ()
    caller: Caller = LOCAL
    connection: str = ""


@dataclass(frozen=True, slots=True)
class TranscriptionRequest:
    """A recording to be written down.

    Attributes:
        path: the file, in any container and codec.
        format: of a file without a container; None where it tells itself.
        model, language, keyterms, caller: as of a `ListeningRequest`.
    """

    path: Path
    format: InputFormat | None = None
    model: str = "ink-whisper"
    language: str | None = None
    keyterms: tuple[str, ...] = ()
    caller: Caller = LOCAL


@dataclass(frozen=True, slots=True)
class TimedWord:
    """A word sounds from `start` to `end`; `text` has no spaces around it."""

    text: str
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Partial:
    """What is heard since the last `Final`, to be superseded; `until` is how far the audio was heard."""

    text: str
    words: tuple[TimedWord, ...]
    until: float


@dataclass(frozen=True, slots=True)
class Final:
    """What was said in a stretch of audio.

    The texts of all finals, put together as they are, are the transcript.

    Attributes:
        text: with a leading space where text came before.
        words: the same, with times.
        start, until: the stretch.
        language: what was spoken, where the engine tells.
        reviewed: whether the engine had the time for its second look.
    """

    text: str
    words: tuple[TimedWord, ...]
    start: float
    until: float
    language: str | None = None
    reviewed: bool = True


@dataclass(frozen=True, slots=True)
class Finalized:
    """Everything before the n-th request to finalize is out, in finals before this."""


@dataclass(frozen=True, slots=True)
class TurnStart:
    """Somebody began to speak at `at`."""

    at: float


@dataclass(frozen=True, slots=True)
class TurnUpdate:
    """The turn so far; within a turn text only grows."""

    text: str


@dataclass(frozen=True, slots=True)
class TurnEagerEnd:
    """The turn may be over, with this text."""

    text: str


@dataclass(frozen=True, slots=True)
class TurnResume:
    """It was not."""


@dataclass(frozen=True, slots=True)
class TurnEnd:
    """The turn is over; `text` has a leading space where an earlier turn had text."""

    text: str
    words: tuple[TimedWord, ...] = ()


@dataclass(frozen=True, slots=True)
class Progress:
    """So many seconds of a recording were heard, of `total` (None where unknown)."""

    seconds: float
    total: float | None = None


TurnEvent = TurnStart | TurnUpdate | TurnEagerEnd | TurnResume | TurnEnd
HeardEvent = Partial | Final | Finalized | TurnEvent
"""What an engine tells of live audio."""
ListeningEvent = HeardEvent | Done | Failed
TranscriptionEvent = Progress | Final


def check_input(format: InputFormat) -> InputFormat:
    """The format itself, if it exists.

    Raises:
        UnsupportedInput: an encoding or a rate that cannot be heard.
    """
    if format.encoding not in INPUT_ENCODINGS:
        known = ", ".join(INPUT_ENCODINGS)
        raise UnsupportedInput(f"encoding cannot be {format.encoding[:40]!r}; use one of {known}.")
    if not LOWEST_RATE <= format.sample_rate <= HIGHEST_RATE:
        raise UnsupportedInput(
            f"sample_rate cannot be {format.sample_rate}; use {LOWEST_RATE} to {HIGHEST_RATE} Hz."
        )
    return format


def check_turns(turns: Turns) -> Turns:
    """The thresholds themselves, if they go together.

    Raises:
        InvalidRequest: one is out of its range, or on the wrong side of another.
    """
    for name, low, high in (
        ("start_threshold", 0.5, 0.9),
        ("eager_end_threshold", 0.3, 0.6),
        ("end_threshold", 0.05, 0.5),
        ("end_timeout_ms", 640, 11200),
    ):
        value = getattr(turns, name)
        if not low <= value <= high:
            raise InvalidRequest(f"{name} cannot be {value:g}; use {low:g} to {high:g}.")
    if not turns.end_threshold < turns.eager_end_threshold < turns.start_threshold:
        raise InvalidRequest(
            "The thresholds must rise from end_threshold over eager_end_threshold to start_threshold."
        )
    return turns


def check_keyterms(terms: tuple[str, ...]) -> tuple[str, ...]:
    """The terms without spaces around them and without empty ones.

    Raises:
        InvalidRequest: there are too many, or they are too long.
    """
    terms = tuple(term.strip() for term in terms if term.strip())
    if len(terms) > MOST_KEYTERMS or sum(map(len, terms)) > MOST_KEYTERM_CHARACTERS:
        raise InvalidRequest(
            f"There can be {MOST_KEYTERMS} keyterms with {MOST_KEYTERM_CHARACTERS} characters in all."
        )
    return terms
