"""The seam between engines and the rest: what a synthesiser is given and what it gives back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from myna.speech.listening import MANUAL, Endpointing, InputFormat, TimedWord, Turns
from myna.speech.voices import Gender, Likeness, Timbre

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class PhonemeSpan:
    """`text[start:end]` of an utterance is pronounced as `ipa` (symbols without separators)."""

    start: int
    end: int
    ipa: str


@dataclass(frozen=True, slots=True)
class Utterance:
    """A stretch of text that an engine speaks in one go: a sentence, a clause, a few words.

    Attributes:
        text: plain text without markup; never empty.
        language: BCP-47 tag.
        timbre: whose voice.
        likeness: what that voice is to be brought near to; None leaves it as the engine makes it.
        speed, pitch, pitch_range: factors relative to the timbre's own; 1.0 leaves it.
        phonemes: spans of the text with a given pronunciation, in order, not overlapping.
        spelled: spans (start, end) of the text to be read character by character.
        continues: more of the same sentence follows: no falling melody and no pause at the end.
        continued: the text goes on from an earlier utterance of the same sentence.
        word_times, phoneme_times: whether to report `Word` and `Phoneme` events.
    """

    text: str
    language: str
    timbre: Timbre
    likeness: Likeness | None = None
    speed: float = 1.0
    pitch: float = 1.0
    pitch_range: float = 1.0
    phonemes: tuple[PhonemeSpan, ...] = ()
    spelled: tuple[tuple[int, int], ...] = ()
    continues: bool = False
    continued: bool = False
    word_times: bool = False
    phoneme_times: bool = False


@dataclass(frozen=True, slots=True)
class Pcm:
    """Mono signed 16-bit little-endian samples in native engine rate, `sample_rate` Hz."""

    data: bytes
    sample_rate: int


@dataclass(frozen=True, slots=True)
class Word:
    """`text[text_start:text_end]` of the utterance sounds from `start` to `end`, in its seconds."""

    text_start: int
    text_end: int
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Phoneme:
    """One IPA symbol sounds from `start` to `end`, in its seconds."""

    ipa: str
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Onset:
    """One IPA symbol sounds from `start` seconds of the utterance on; empty where a pause begins.

    Told before the audio of that place, in order, for utterances with a likeness; it stays in the worker.
    """

    ipa: str
    start: float


EngineEvent = Pcm | Word | Phoneme
EngineOutput = EngineEvent | Onset


@dataclass(frozen=True, slots=True)
class Examination:
    """A recording to be looked into.

    Attributes:
        path: the file, in any container and codec; it is decoded where it can do no harm.
        enhance: take noise out first.
        language: BCP-47 tag of what is said.
        transcript: what is said, where known.
    """

    path: str
    enhance: bool = False
    language: str = "en"
    transcript: str | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """What a recording tells of its speaker.

    Attributes:
        likeness: what was measured.
        pitch_hz: median fundamental frequency, in Hz.
        gender: as far as the pitch and the resonances tell.
        seconds: length of the whole recording.
        speech_seconds: how much of it is speech.
        snr_db: level of the speech above the noise, in dB.
    """

    likeness: Likeness
    pitch_hz: float
    gender: Gender
    seconds: float
    speech_seconds: float
    snr_db: float


Emit = Callable[[EngineOutput], bool]
"""Takes each event as it is made; False asks the engine to stop within one buffer."""


class Synthesizer(Protocol):
    """An engine inside a worker process. One utterance at a time; never used by two threads."""

    name: str

    def synthesize(self, utterance: Utterance, emit: Emit) -> None:
        """Speak as a stream: the first `Pcm` is emitted before the utterance is done.

        Raises:
            EngineError: the engine cannot speak this (unknown language, broken phonemes).
        """
        ...


LONGEST_RECORDING = 12 * 3600.0
"""Seconds of the longest recording that is written down, where nothing else is said."""
HEARING_RATE = 16_000
"""Sample rate of audio that recognisers hear, in Hz."""


@dataclass(frozen=True, slots=True)
class Hearing:
    """A live stream to be listened to; its audio follows as `HEARING_RATE` mono samples.

    Attributes:
        engine: name of the recogniser.
        model: which model of it: a name or a folder; None for its own.
        language: BCP-47 tag; None leaves it to the engine.
        endpointing: when something is final.
        keyterms: words that are likely to be said.
    """

    engine: str
    model: str | None = None
    language: str | None = None
    endpointing: Endpointing | Turns = MANUAL
    keyterms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Recording:
    """A file to be written down, decoded where it can do no harm; the rest as of a `Hearing`.

    Attributes:
        format: of a file without a container.
        most_seconds: longest recording that is accepted.
    """

    path: str
    engine: str
    model: str | None = None
    language: str | None = None
    format: InputFormat | None = None
    keyterms: tuple[str, ...] = ()
    most_seconds: float = LONGEST_RECORDING


@dataclass(frozen=True, slots=True)
class Heard:
    """The words of a segment, in its own seconds.

    Attributes:
        language: what was spoken, where the engine tells.
        reviewed: whether the engine has looked twice.
    """

    words: tuple[TimedWord, ...]
    language: str | None = None
    reviewed: bool = True


class Hearer(Protocol):
    """Listens to one stream, segment by segment, and keeps what it learns of voice and channel.

    A segment is a stretch of speech with a little silence around it. All work is done in the caller's thread;
    no single call takes longer than the audio it was given, but for the last step of a review.
    """

    def begin(self) -> None:
        """A segment begins."""
        ...

    def feed(self, samples: NDArray[np.float32]) -> None:
        """More of the segment: float32 of shape (n,), mono at `HEARING_RATE`, full scale 1.0."""
        ...

    def partial(self) -> tuple[TimedWord, ...]:
        """The words so far, in seconds of the segment; empty for an engine that does not stream."""
        ...

    def review(self) -> Iterator[None]:
        """A second look at all that was fed, in steps of some 50 ms each; `final` then gives its result.

        It may be given up at any step; more audio makes it stale.
        """
        ...

    def final(self) -> Heard:
        """What was said: by the review of all that was fed where there was one, else by what streamed.

        An engine that does not stream makes its review here.
        """
        ...


class Recognizer(Protocol):
    """An engine that listens, inside a worker process; never used by two threads.

    What it gives holds no marks of its own: no fillers, no alternatives, no noise.
    """

    name: str

    def hear(self, language: str | None, keyterms: tuple[str, ...]) -> Hearer:
        """Begin to listen to a stream.

        Raises:
            EngineError: it cannot hear this language; the message names an engine that can.
        """
        ...

    def transcribe(
        self, samples: NDArray[np.float32], language: str | None, keyterms: tuple[str, ...]
    ) -> Heard:
        """The words of one segment of up to half a minute, as well as the engine can.

        Raises:
            EngineError: as from `hear`.
        """
        ...
