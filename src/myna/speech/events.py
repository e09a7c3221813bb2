"""What a provider answers while it speaks: the only currency between providers and doors.

Every stream of events ends in exactly one `Done` or `Failed`. Times are seconds from the first sample of
the whole stream (all of its texts together) and never decrease.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from myna.speech.errors import MynaError


@dataclass(frozen=True, slots=True)
class AudioChunk:
    """Mono audio: `samples` is float32 of shape (n,), full scale ±1.0, at `sample_rate` Hz.

    `gain` is a linear factor still to be applied by the door; `start` is in seconds.
    """

    samples: NDArray[np.float32]
    sample_rate: int
    start: float
    gain: float = 1.0


@dataclass(frozen=True, slots=True)
class WordTimes:
    """Parallel tuples: words as asked for (original or normalized spelling), start and end in seconds."""

    words: tuple[str, ...]
    start: tuple[float, ...]
    end: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class PhonemeTimes:
    """Parallel tuples: IPA symbols, start and end in seconds."""

    phonemes: tuple[str, ...]
    start: tuple[float, ...]
    end: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Flushed:
    """All audio of the text before the n-th flush is out; `segment` counts from 0."""

    segment: int


@dataclass(frozen=True, slots=True)
class Done:
    """Nothing follows: every text was spoken, or the stream was cancelled."""


@dataclass(frozen=True, slots=True)
class Failed:
    """Nothing follows: `error` says why."""

    error: MynaError


SpeechEvent = AudioChunk | WordTimes | PhonemeTimes | Flushed | Done | Failed
