"""Speech at another pitch: its periods are set closer together or farther apart.

Periods of voiced speech are cut out around their pulses, two periods long, and added up again at the
distance that the new pitch asks for. What each sounds like stays, and with it words and timbre; between
voiced stretches samples pass as they are.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from myna.engines.world.tracking import HOP, RATE
from myna.engines.world.tracking import REACH as BEHIND

if TYPE_CHECKING:
    from myna.engines.changing.protocols import Samples
    from myna.engines.world.bands import Floats

_PLAIN = 80
"""Samples from mark to mark where there is no voice."""
_LONGEST = 200
"""Samples that are taken to each side of a mark at most."""
_SLACK = 0.2
"""Share of a period by which the next may be longer or shorter."""
_PEAKED = 0.1
"""What it counts for a mark to lie on a pulse, against looking like the mark before."""
_PULSE = 17
"""Samples over which the power of a pulse is taken."""
_PHASES = 32
"""Places between two samples at which periods are set."""
_TAPS = 12
"""Samples that a sample between two of them is made of."""
_KEPT = 2048
"""Samples of the past that are kept."""
REACH = HOP // 2 + _LONGEST + _PLAIN
"""Samples before the middle of the last decided frame, at most, that may still change."""


@dataclass(slots=True)
class _Mark:
    """A place in what was heard.

    Attributes:
        place: sample, also between two of them.
        period: samples; 0 where there is no voice.
        stretch: by how much the next period is set farther away than it was.
    """

    place: float
    period: float
    stretch: float = 1.0


class Shifter:
    """Changes the pitch of one stream; what comes out is in step with what went in."""

    def __init__(self) -> None:
        self._heard = np.zeros(_KEPT)
        """Samples from `_start` on."""
        self._start = -_KEPT
        self._frames: deque[tuple[float, float]] = deque([(0.0, 0.0)], maxlen=_KEPT // HOP)
        """Pitch before and after of the last frames."""
        self._decided = 0
        self._marks = deque([_Mark(-_PLAIN, 0.0), _Mark(0.0, 0.0)], maxlen=64)
        self._at = 0.0
        """Where the next period is to be set."""
        self._last = -float(_PLAIN)
        """Where the last was."""
        self._summed = np.zeros(4 * _LONGEST)
        """What periods have added up to from sample `_given` on."""
        self._given = self._taken = 0
        self._waiting: deque[tuple[float, float]] = deque()
        """Pitch before and after of frames behind which too little was heard."""

    def push(
        self, samples: Samples | Floats, heights: Sequence[float] | Floats, wanted: Sequence[float] | Floats
    ) -> Samples:
        """Take the next samples; gives those to which no period will be added any more, float32.

        Args:
            samples: shape (n,), full scale 1.0.
            heights: pitch in Hz, 0 where there is no voice, of further frames. Frame i stands for `HOP`
                samples around sample `i * HOP`; frames and samples need not be in step.
            wanted: pitch that they get.
        """
        self._heard = np.concatenate((self._heard, samples))
        self._taken += len(samples)
        self._waiting.extend(zip(map(float, heights), map(float, wanted), strict=True))
        ready = [np.zeros(0)]
        while self._waiting and self._decided * HOP + BEHIND <= self._taken:
            self._frames.append(self._waiting.popleft())
            self._decided += 1
            self._mark()
            self._set()
            ready.append(self._give())
        spare = self._known - self._start - _KEPT
        if spare > 0:
            self._heard = self._heard[spare:]
            self._start += spare
        return np.concatenate(ready).astype(np.float32)

    def finish(self) -> Samples:
        """The rest; nothing is taken after that."""
        rest, end = self._taken - self._given, self._taken
        frames = (end + REACH) // HOP + 2
        missing = max(frames - self._decided - len(self._waiting), 0)
        unvoiced = np.zeros(missing)
        return self.push(np.zeros(frames * HOP + BEHIND - end), unvoiced, unvoiced)[:rest]

    @property
    def _known(self) -> int:
        """The sample up to which the pitch is known."""
        return self._decided * HOP - HOP // 2

    def _pitch(self, place: float) -> tuple[float, float]:
        """The pitch before and after at a sample; 0 where there is no voice."""
        newest = self._decided - 1
        at = min(place / HOP, float(newest))
        nearest = int(at + 0.5)
        here = self._frame(nearest)
        if not here[0]:
            return here
        other = self._frame(min(nearest + (1 if at > nearest else -1), newest))
        if not other[0]:
            return here
        share = abs(at - nearest)
        return (
            float(here[0] * (other[0] / here[0]) ** share),
            float(here[1] * (other[1] / here[1]) ** share),
        )

    def _frame(self, number: int) -> tuple[float, float]:
        back = self._decided - 1 - number
        return self._frames[-1 - back] if back < len(self._frames) else (0.0, 0.0)

    def _mark(self) -> None:
        """Mark what was heard up to where the pitch is known."""
        known = self._known
        while True:
            last = self._marks[-1]
            goal = last.place + (last.period or _PLAIN)
            if goal >= known:
                return
            before, after = self._pitch(goal)
            if not before:
                self._marks.append(_Mark(goal, 0.0))
                continue
            period = RATE / before
            place = self._alike(last.place, goal, period) if last.period else self._pulse(goal, period)
            self._marks.append(_Mark(place, period, before / after))

    def _pulse(self, goal: float, period: float) -> float:
        """The strongest place within a period from `goal` on."""
        first = round(goal) - self._start
        part = self._heard[first - _PULSE // 2 : first + int(period) + _PULSE // 2 + 1]
        return float(round(goal) + np.argmax(_power(part)))

    def _alike(self, before: float, goal: float, period: float) -> float:
        """The place near `goal` around which samples look most like those around `before`."""
        half = min(int(period / 2), _LONGEST)
        slack = max(int(period * _SLACK), 2)
        centre = round(before) - self._start
        model = self._heard[centre - half : centre + half + 1]
        first = round(goal) - self._start - slack
        part = self._heard[first - half : first + 2 * slack + 1 + half]
        squares = np.concatenate(([0.0], np.cumsum(part**2)))
        energy = squares[len(model) :] - squares[: -len(model)]
        likeness = np.correlate(part, model) / np.sqrt(np.maximum(energy * (model @ model), 1e-20))
        pulses = self._heard[first - _PULSE // 2 : first + 2 * slack + 1 + _PULSE // 2]
        power = _power(pulses)
        best = int(np.argmax(likeness + _PEAKED * power / max(float(power.max()), 1e-20)))
        finer = 0.0
        if 0 < best < len(likeness) - 1:
            left, at, right = likeness[best - 1 : best + 2]
            bend = left - 2 * at + right
            finer = float(np.clip((left - right) / (2 * bend), -0.5, 0.5)) if bend < -1e-12 else 0.0
        return first + self._start + best + finer + (before - round(before))

    def _set(self) -> None:
        """Set periods up to where marks are known."""
        while True:
            found = self._nearest()
            if found is None:
                return
            before, mark, after = found
            left = mark.place - before.place
            right = after.place - mark.place if after else mark.period
            if not mark.period:
                left = min(left, mark.place - self._last)
                self._at = mark.place
            self._add(mark, min(left, _LONGEST), min(right, _LONGEST))
            self._last = self._at
            if mark.period:
                self._at += mark.period * mark.stretch
            elif after:
                self._at = after.place

    def _nearest(self) -> tuple[_Mark, _Mark, _Mark | None] | None:
        """The mark nearest to where the next period is to be set, its neighbours; None where it waits."""
        if self._at >= self._known:
            return None
        marks = self._marks
        index = len(marks) - 1
        while index > 1 and abs(marks[index - 1].place - self._at) <= abs(marks[index].place - self._at):
            index -= 1
        while not marks[index].period and marks[index].place <= self._last:
            # a voice has ended and its last period was set behind this place
            index += 1
            if index == len(marks):
                return None
        after = marks[index + 1] if index + 1 < len(marks) else None
        if after is None and not marks[index].period:
            return None
        return marks[index - 1], marks[index], after

    def _add(self, mark: _Mark, left: float, right: float) -> None:
        """Add the samples around a mark where the next period is to be set."""
        first, last = int(np.ceil(self._at - left)), int(np.floor(self._at + right))
        first = max(first, self._given)
        if last < first:
            return
        away = np.arange(first, last + 1) - self._at
        window = 0.5 + 0.5 * np.cos(np.pi * away / np.where(away < 0, left, right))
        shift = mark.place - self._at
        whole = int(np.floor(shift))
        phase = round((shift - whole) * _PHASES)
        begin = first + whole - self._start
        if phase:
            around = self._heard[begin - _TAPS // 2 + 1 : begin + len(away) + _TAPS // 2]
            samples = sliding_window_view(around, _TAPS) @ _between()[phase]
        else:
            samples = self._heard[begin : begin + len(away)]
        place = first - self._given
        missing = place + len(away) - len(self._summed)
        if missing > 0:
            self._summed = np.concatenate((self._summed, np.zeros(missing)))
        self._summed[place : place + len(away)] += window * samples * np.sqrt(mark.stretch)

    def _give(self) -> Floats:
        """The samples to which no period will be added any more."""
        count = max(self._known - REACH - self._given, 0)
        ready = self._summed[:count]
        self._summed = np.concatenate((self._summed[count:], np.zeros(count)))
        self._given += count
        return ready


def _power(samples: Floats) -> Floats:
    """Power around each sample that has enough neighbours."""
    squares = np.concatenate(([0.0], np.cumsum(samples**2)))
    return np.asarray(squares[_PULSE:] - squares[:-_PULSE])


@cache
def _between() -> Floats:
    """Taps for each place between two samples, shape (_PHASES + 1, _TAPS)."""
    away = np.arange(_TAPS) - _TAPS // 2 + 1 - np.arange(_PHASES + 1)[:, None] / _PHASES
    taps = np.sinc(away) * (0.5 + 0.5 * np.cos(np.pi * np.clip(away / (_TAPS / 2), -1, 1)))
    return np.asarray(taps / taps.sum(axis=1, keepdims=True))
