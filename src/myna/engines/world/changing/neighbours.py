"""What stands on both sides of a gap, as far as speech that fills it has to go by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from myna.audio.detection import Span, SpeechDetector
from myna.audio.trimming import levels, normalized
from myna.engines.changing.protocols import CHANGING_RATE
from myna.engines.world.changing import noise
from myna.engines.world.changing.target import Target, told
from myna.engines.world.frames import PERIOD, Frames, frames
from myna.speech.errors import ClipRejected

if TYPE_CHECKING:
    from collections.abc import Sequence

    from myna.engines.changing.protocols import Samples

FARTHEST_SECONDS = 20.0
"""What is farther from the gap is not looked at."""
_NEAR_SECONDS = 4.0
"""Speech next to the gap whose level counts."""
_STEP = CHANGING_RATE // 50
_GATE = 15.0
"""Decibels below the level of speech at which a moment is a pause."""
_HOP = round(PERIOD * CHANGING_RATE)
_EDGE_FRAMES = 6
"""Voiced frames next to the gap that tell where the melody is."""
_EDGE_SECONDS = 0.4
"""They are not looked for farther from the last speech than this."""
_PAUSES = (0.08, 0.8)
"""Seconds of silence within speech that are a pause: less is the closure of a stop, more is thought."""
_USUAL_PAUSE = 0.2
"""Seconds of a pause where none is heard."""


@dataclass(frozen=True, slots=True, eq=False)
class Neighbour:
    """The recording on one side of a gap.

    Attributes:
        samples: the part of it that is near the gap.
        level: of its speech near the gap, in dB of full scale; None where nobody speaks.
        rest: seconds of silence between its speech and the gap; all of it where nobody speaks.
        pitch: natural logarithm of the fundamental frequency in Hz where its melody meets the gap; None
            where that is not heard.
        floor: the noise in it.
    """

    samples: Samples
    level: float | None
    rest: float
    pitch: float | None
    floor: noise.Floor


@dataclass(frozen=True, slots=True, eq=False)
class Neighbours:
    """Both sides.

    Attributes:
        left, right: what is before and after the gap; None where nothing is.
        voice: whose speech it is; None where there is too little of it.
        seconds: how much speech there is.
        pause: usual seconds of a pause between words.
    """

    left: Neighbour | None
    right: Neighbour | None
    voice: Target | None
    seconds: float
    pause: float


def heard(left: Samples | None, right: Samples | None) -> Neighbours:
    """Listen to the two sides of a gap; either may be missing, silent or empty."""
    most = round(FARTHEST_SECONDS * CHANGING_RATE)
    sides = [
        None if left is None or not len(left) else _Side(left[-most:], before=True),
        None if right is None or not len(right) else _Side(right[:most], before=False),
    ]
    speaking = [side for side in sides if side is not None and side.spans]
    voice, seconds, pauses = None, 0.0, list[float]()
    if speaking:
        whole = frames(np.concatenate([side.even for side in speaking]).astype(np.float64), CHANGING_RATE)
        at = 0
        for side in speaking:
            side.note(whole, at)
            at += len(side.even) // _HOP
            pauses += side.pauses()
        seconds = sum(int(side.speech.sum()) for side in speaking) * PERIOD
        try:
            voice = told(whole)
        except ClipRejected:
            voice = None
    pause = float(np.median(pauses)) if pauses else _USUAL_PAUSE
    before, after = (side.neighbour() if side is not None else None for side in sides)
    return Neighbours(before, after, voice, seconds, pause)


def loudness(samples: Samples, spans: Sequence[Span]) -> float:
    """Level of speech without the pauses in it, in dB of full scale.

    Args:
        samples: shape (n,).
        spans: where speech is; none for all of it.
    """
    parts = [samples[start:end] for start, end in spans] or [samples]
    whole = np.concatenate(parts).astype(np.float64)
    powers = (np.pad(whole, (0, -len(whole) % _STEP)).reshape(-1, _STEP) ** 2).mean(axis=1)
    level, before = float(powers.mean()), 0.0
    while level > before:
        before = level
        level = float(powers[powers >= level * 10 ** (-_GATE / 10)].mean())
    return float(10 * np.log10(max(level, 1e-12)))


class _Side:
    """One side while it is listened to."""

    def __init__(self, samples: Samples, *, before: bool) -> None:
        self._samples = np.nan_to_num(samples)
        self._before = before
        self.spans = SpeechDetector().spans(self._samples)
        self.speech: NDArray[np.bool_] = np.zeros(0, dtype=np.bool_)
        self._heights: NDArray[np.float64] = np.zeros(0)

    @property
    def even(self) -> Samples:
        """A whole number of frames, as loud as the other side."""
        found = levels(self._samples, self.spans)
        whole = len(self._samples) // _HOP * _HOP
        return normalized(self._samples[:whole], found.speech_db)

    def note(self, whole: Frames, at: int) -> None:
        """Remember its own frames, of those of both sides."""
        count = len(self._samples) // _HOP
        inside = np.zeros(count, dtype=np.bool_)
        for start, end in self.spans:
            inside[start // _HOP : -(-end // _HOP)] = True
        mine = slice(at, at + count)
        self.speech = (whole.voiced[mine] | whole.voiceless[mine]) & inside
        self._heights = np.where(whole.voiced[mine] & inside, whole.pitch[mine], 0.0)

    def pauses(self) -> list[float]:
        """Lengths of its pauses, in seconds."""
        spoken = np.flatnonzero(self.speech)
        gaps = (np.diff(spoken) - 1) * PERIOD
        shortest, longest = _PAUSES
        return [float(gap) for gap in gaps if shortest <= gap <= longest]

    def neighbour(self) -> Neighbour:
        """All that was heard."""
        spoken = np.flatnonzero(self.speech)
        floor = noise.floor(self._samples, self._silences())
        if not len(spoken):
            return Neighbour(self._samples, None, len(self._samples) / CHANGING_RATE, None, floor)
        if self._before:
            rest = len(self._samples) - (int(spoken[-1]) + 1) * _HOP
        else:
            rest = int(spoken[0]) * _HOP
        return Neighbour(
            self._samples, self._level(), max(rest, 0) / CHANGING_RATE, self._pitch(spoken), floor
        )

    def _level(self) -> float:
        near = round(_NEAR_SECONDS * CHANGING_RATE)
        if self._before:
            start = max(self.spans[-1][1] - near, 0)
            samples = self._samples[start : self.spans[-1][1]]
        else:
            start = self.spans[0][0]
            samples = self._samples[start : start + near]
        inside = [
            (max(first - start, 0), min(last - start, len(samples)))
            for first, last in self.spans
            if last > start and first - start < len(samples)
        ]
        return loudness(samples, inside)

    def _pitch(self, spoken: NDArray[np.intp]) -> float | None:
        reach = round(_EDGE_SECONDS / PERIOD)
        if self._before:
            heights = self._heights[max(spoken[-1] + 1 - reach, 0) : spoken[-1] + 1]
            edge = heights[heights > 0][-_EDGE_FRAMES:]
        else:
            heights = self._heights[spoken[0] : spoken[0] + reach]
            edge = heights[heights > 0][:_EDGE_FRAMES]
        return float(np.log(np.median(edge))) if len(edge) >= _EDGE_FRAMES // 2 else None

    def _silences(self) -> NDArray[np.bool_]:
        """Frames that are not near speech, shape (frames,)."""
        quiet = np.ones(len(self._samples) // _HOP, dtype=np.bool_)
        for place in np.flatnonzero(self.speech):
            quiet[max(place - noise.MARGIN, 0) : place + noise.MARGIN + 1] = False
        return quiet
