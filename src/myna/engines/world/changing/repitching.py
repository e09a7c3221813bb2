"""Speech at another pitch, by its periods: each is taken out and put back nearer to or farther from the last.

What lies between voiced stretches stays as it is, sample for sample, and so does the shape of each period,
hence timbre, breath and hiss; time stays in place.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from myna.engines.changing.protocols import CHANGING_RATE
from myna.engines.world.frames import PERIOD
from myna.engines.world.pitch import LOWEST

if TYPE_CHECKING:
    from myna.engines.changing.protocols import Samples
    from myna.engines.world.bands import Floats

FRAME = round(PERIOD * CHANGING_RATE)
"""Samples from one frame of the pitch to the next."""
_SMOOTHED = 33
"""Samples over which what marks are looked for in is smoothed: harmonics above 1 kHz do not count."""
_CENTRED = 321
"""Samples whose mean is taken away from it: hum and offset do not count."""
_OFF = 0.15
"""Share of a period by which the next may be longer or shorter than the pitch says."""
_COMPARED = 0.75
"""Periods to each side of a mark that are compared with those around the next."""
_REGULAR = 2.0
"""What a deviation by a period costs, against a perfect likeness."""
_PEAKED = 0.1
"""What a mark gains where the sound is strongest: a period is taken out around its strongest place."""
_LONGEST = round(CHANGING_RATE / LOWEST)
"""Samples of the longest period."""
_NEEDED = 2 * _LONGEST
"""Samples behind a mark in which the next is found and compared."""
_KEPT = 4 * _LONGEST
"""Samples before what is ready that are still looked at."""
_FINENESS = 32
"""Places between two samples at which a period may be put back."""
_MARGIN = 6
"""Samples to each side of one that are heard to put it between others."""
_SHORTEST_FADE = 20
"""Samples in which a voice that follows another at once begins."""


class Repitcher:
    """Changes the pitch of samples as they come; what comes out is in step with it and as long.

    The result does not depend on how the samples are cut into pieces. Samples are out once some 45 ms that
    follow them are in, and the pitch of these.
    """

    def __init__(self) -> None:
        self._begin = 0
        """The first sample that is kept; all places count from the beginning of the stream."""
        self._heard = np.zeros(0)
        self._low = np.zeros(0)
        """What marks are looked for in."""
        self._output = np.zeros(0)
        """The sound, as far as periods have been put back."""
        self._heights = np.zeros(0)
        self._wanted = np.zeros(0)
        self._first_frame = 0
        self._given = 0
        self._place = 0
        """The newest mark of the voice that sounds; else up to where none begins."""
        self._free = 0
        """Where the last voice ended."""
        self._left = 0
        """Samples that belong to the voice before that mark; 0 where none sounds."""
        self._next = 0.0
        """Where the next period is to be put."""
        self._places: list[float] = []
        """Where periods are to be put after the mark before the newest one."""
        self._distance_before = 1.0
        """Samples between these two marks."""
        self._fine = 0.0
        """What the mark lies behind its sample."""
        self._period, self._ratio = 1.0, 1.0
        """Of the voice that sounds: samples of a period, and how much higher it is to be."""

    def push(self, samples: Samples | Floats, heights: Floats, wanted: Floats) -> Samples:
        """Take more; gives what is ready, float32.

        Args:
            samples: the sound, shape (n,).
            heights: its fundamental frequency in Hz in further frames, 0 where there is no voice, shape (m,).
                Frame i of the stream stands for `FRAME` samples around sample `i * FRAME`. Neither samples
                nor frames need be in step with the other.
            wanted: what it is to be there, shape (m,).
        """
        self._heard = np.concatenate((self._heard, samples))
        self._output = np.concatenate((self._output, samples))
        self._heights = np.concatenate((self._heights, heights))
        self._wanted = np.concatenate((self._wanted, wanted))
        self._listen()
        self._go_on()
        return self._give(self._ready())

    def finish(self) -> Samples:
        """The rest; nothing is taken after that."""
        length = self._begin + len(self._heard)
        silence = np.zeros(_NEEDED + _CENTRED)
        missing = (length + len(silence)) // FRAME + 2 - self._first_frame - len(self._heights)
        unvoiced = np.zeros(max(missing, 0))
        rest = length - self._given
        parts = self.push(silence, unvoiced, unvoiced), self._give(max(length, self._given))
        return np.concatenate(parts)[:rest]

    def _listen(self) -> None:
        """Smooth what has come since."""
        half, known = _CENTRED // 2, len(self._low)
        count = len(self._heard) - half - known
        if count <= 0:
            return
        part = self._heard[max(known - half, 0) :]
        part = np.concatenate((np.zeros(max(half - known, 0)), part))
        self._low = np.concatenate((self._low, np.convolve(part, _KERNEL, "valid")))

    def _go_on(self) -> None:
        """Put back all periods that can be told."""
        frames = (self._first_frame + len(self._heights)) * FRAME - FRAME // 2
        end = min(self._begin + len(self._low), frames) - _NEEDED
        while self._place < end and (self._step() if self._left else self._seek(end)):
            pass

    def _seek(self, end: int) -> bool:
        """Go to the first mark of the next voice; whether there is one."""
        first = self._frame(self._place)
        last = self._frame(end)
        voiced = np.flatnonzero(self._heights[first:last])
        if not len(voiced):
            self._place = max(self._place, (self._first_frame + last) * FRAME - FRAME // 2)
            return False
        index = first + int(voiced[0])
        start = max(self._place, (self._first_frame + index) * FRAME - FRAME // 2)
        period = round(CHANGING_RATE / self._heights[index])
        offset = start - self._begin
        mark = start + int(np.abs(self._low[offset : offset + period]).argmax())
        mark = max(mark, self._free + _SHORTEST_FADE)
        self._left = min(mark - self._free, period)
        self._place, self._fine, self._next = mark, 0.0, float(mark)
        return True

    def _step(self) -> bool:
        """Take out the period around the mark, put it back where it is wanted, and go to the next mark."""
        index = self._frame(self._place)
        if self._heights[index]:
            self._ratio = float(self._wanted[index] / self._heights[index])
            self._period = CHANGING_RATE / float(self._heights[index])
        if self._heights[self._frame(self._place + round(self._period))]:
            distance = self._distance()
            self._move(distance)
            mark = self._place + self._fine + distance
            before, self._place = self._place, round(mark)
            self._left, self._fine = self._place - before, mark - self._place
        else:
            right = max(self._left, _SHORTEST_FADE)
            self._move(right, last=True)
            self._place, self._left = self._place + right, 0
            self._free = self._place
        return True

    def _distance(self) -> float:
        """Samples to the next mark: to where the sound is most like that around this one."""
        reach = int(_COMPARED * self._period)
        low = math.floor((1 - _OFF) * self._period)
        high = math.ceil((1 + _OFF) * self._period)
        place = self._place - self._begin
        back = min(place, reach)
        here = self._low[place - back : place + reach + 1]
        there = self._low[place + low - back : place + high + reach + 1]
        likeness = np.correlate(there, here, "valid") / (here @ here + 1e-12)
        off = (np.arange(low, high + 1) - self._period) / self._period
        strength = np.abs(self._low[place + low : place + high + 1])
        likeness += _PEAKED * strength / (strength.max() + 1e-12) - _REGULAR * off**2
        best = int(likeness.argmax())
        if not 0 < best < len(likeness) - 1:
            return float(low + best)
        left, at, right = likeness[best - 1 : best + 2]
        return float(low + best + 0.5 * (left - right) / min(left - 2 * at + right, -1e-12))

    def _move(self, distance: float, *, last: bool = False) -> None:
        """Take out the period around the mark, and put it back as often as it is wanted.

        Where it is wanted between two marks the periods around both are mixed: the same one twice would
        sound like a voice of half the pitch.
        """
        left, right = self._left, round(self._fine + distance)
        place = self._place - self._begin
        window = np.concatenate((_rise(left), _rise(right)[::-1]))
        heard = self._heard[max(place - left - _MARGIN, 0) : place + right + _MARGIN]
        heard = np.pad(heard, (left + right + 2 * _MARGIN - len(heard), 0))
        self._output[place - left : place + right] -= heard[_MARGIN:-_MARGIN] * window
        mark = self._place + self._fine
        gain = 1 / math.sqrt(self._ratio)
        while self._next < mark + (distance / 2 if last else distance):
            self._places.append(self._next)
            wanted = self._wanted[self._frame(self._next)]
            self._next += CHANGING_RATE / wanted if wanted else self._period / self._ratio
        for wanted in self._places:
            off = wanted - mark
            share = 1 + off / self._distance_before if off < 0 else 1 - off / distance * (not last)
            whole = round(off)
            period = np.convolve(heard, _delay(round((off - whole) * _FINENESS)), "valid") * window
            begin = place + whole - left
            self._output[max(begin, 0) : begin + len(period)] += share * gain * period[max(-begin, 0) :]
        self._places = [wanted for wanted in self._places if wanted > mark and not last]
        self._distance_before = distance

    def _frame(self, place: float) -> int:
        """The kept frame that stands for a sample."""
        index = int((place + FRAME // 2) // FRAME) - self._first_frame
        return min(max(index, 0), len(self._heights) - 1)

    def _ready(self) -> int:
        """Up to where no period will be put back any more."""
        return max(self._place - (2 * self._left + 2 if self._left else _LONGEST), self._given)

    def _give(self, until: int) -> Samples:
        """Up to there; what is not needed any more is forgotten."""
        ready = self._output[self._given - self._begin : until - self._begin].astype(np.float32)
        self._given = until
        gone = max(until - _KEPT - self._begin, 0) // FRAME * FRAME
        if gone:
            self._begin += gone
            self._heard, self._low, self._output = (
                kept[gone:] for kept in (self._heard, self._low, self._output)
            )
            frames = self._begin // FRAME - self._first_frame
            self._first_frame += frames
            self._heights, self._wanted = self._heights[frames:], self._wanted[frames:]
        return ready


@lru_cache(maxsize=1024)
def _rise(count: int) -> Floats:
    """From 0 to 1 in `count` samples, the mirror of its own fall."""
    return np.asarray(0.5 - 0.5 * np.cos(np.pi * (np.arange(count) + 0.5) / count))


@lru_cache(maxsize=2 * _FINENESS + 1)
def _delay(steps: int) -> Floats:
    """A filter whose output is later by `steps` of a `_FINENESS`th of a sample, but for half its length."""
    places = np.arange(2 * _MARGIN + 1) - _MARGIN - steps / _FINENESS
    return np.asarray(np.sinc(places) * np.cos(np.pi / 2 * places / (_MARGIN + 1)) ** 2)


def _kernel() -> Floats:
    near, wide = np.hanning(_SMOOTHED + 2)[1:-1], np.hanning(_CENTRED + 2)[1:-1]
    kernel = -wide / wide.sum()
    middle = (_CENTRED - _SMOOTHED) // 2
    kernel[middle : middle + _SMOOTHED] += near / near.sum()
    return np.asarray(kernel)


_KERNEL = _kernel()
