"""A recording cut into stretches that a recogniser hears at once, at silences."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from myna.audio.detection import FRAME, LEAVE
from myna.audio.endpointing import FRAME_SECONDS, Change, Endpointer, Frame, Network, SpeechMeter
from myna.audio.levels import saturated

LONGEST_SECONDS = 28.0
"""Most seconds of a stretch: what the recognisers take at once."""

_PAUSE = 25
"""Frames without speech that end a stretch: 0.8 s."""
_BEFORE, _BEHIND = 10, 10
"""Frames that are kept around speech: 0.32 s."""
_CUTS = ((25.0, 1), (20.0, 4), (14.0, 9))
"""Seconds from which a pause of so many frames, the last number, ends a stretch."""
_SEARCHED = 150
"""Frames that are searched for the quietest place where nobody pauses: 4.8 s."""
_LEAST = 3
"""Frames with speech that a stretch must have."""

Samples = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Stretch:
    """Samples in which somebody speaks, from `start` seconds of the recording."""

    samples: Samples
    start: float


class Cutter:
    """Finds the stretches of a stream of mono samples at `HEARING_RATE`; holds the current one only.

    Args:
        network: what finds speech; None for Silero's.
    """

    def __init__(self, network: Network | None = None) -> None:
        self._meter = SpeechMeter(None, network)
        self._ends = Endpointer(_PAUSE)
        self._at = 0
        """Samples in front of what is held or open."""
        self._held: deque[Frame] = deque()
        self._open: list[Frame] | None = None

    def push(self, samples: Samples) -> Iterator[Stretch]:
        """The stretches that end with more of the stream."""
        for frame in self._meter.push(saturated(samples)):
            yield from self._hear(frame)

    def finish(self) -> Iterator[Stretch]:
        """What is left."""
        for frame in self._meter.flush():
            yield from self._hear(frame)
        if self._open is None and self._ends.suppose():
            self._open = list(self._held)
            self._held.clear()
        if self._open is not None:
            yield from self._taken(len(self._open))

    def _hear(self, frame: Frame) -> Iterator[Stretch]:
        change = self._ends.push(frame.probability)
        if self._open is None:
            self._held.append(frame)
            while len(self._held) > _BEFORE + self._ends.began + 1:
                self._at += len(self._held.popleft().samples)
            if change is Change.ONSET:
                self._open = list(self._held)
                self._held.clear()
            return
        self._open.append(frame)
        if change is Change.PAUSE:
            yield from self._taken(len(self._open) - _PAUSE + _BEHIND)
            self._held.extend(self._open or ())
            self._open = None
            return
        cut = self._cut(self._open)
        if cut:
            yield from self._taken(cut)

    def _cut(self, frames: list[Frame]) -> int:
        """How many frames of the open stretch are one of their own; 0 while there may come more."""
        seconds, silence = len(frames) * FRAME_SECONDS, self._ends.silence
        if any(seconds >= least and silence >= pause for least, pause in _CUTS):
            return len(frames) - silence // 2
        if seconds + FRAME_SECONDS < LONGEST_SECONDS:
            return 0
        first = max(len(frames) - _SEARCHED, 1)
        levels = np.array([float(np.mean(np.square(frame.samples))) for frame in frames[first:]])
        smooth = np.convolve(levels, np.ones(3), mode="same")
        return first + int(np.argmin(smooth))

    def _taken(self, count: int) -> Iterator[Stretch]:
        """The first frames of the open stretch; the others stay open."""
        assert self._open is not None
        taken, self._open = self._open[:count], self._open[count:]
        samples = np.concatenate([frame.samples for frame in taken]) if taken else np.zeros(0, np.float32)
        start, self._at = self._at, self._at + len(samples)
        if sum(frame.probability >= LEAVE for frame in taken) >= _LEAST:
            yield Stretch(samples, start / FRAME * FRAME_SECONDS)
