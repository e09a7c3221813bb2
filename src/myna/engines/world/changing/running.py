"""Speech in another voice while it is spoken: a tenth of a second later, by what was heard of it so far."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

import numpy as np

from myna.audio.levels import AHEAD_S, CEILING, Limiter
from myna.engines.changing.protocols import CHANGING_RATE
from myna.engines.world.changing import shifting
from myna.engines.world.changing.guiding import Guided
from myna.engines.world.changing.learning import Learner
from myna.engines.world.changing.melody import Range, RunningRange, moved
from myna.engines.world.changing.shifting import Shifter
from myna.engines.world.filtering import frame, lateness
from myna.engines.world.tracking import HOP, REACH, PitchTracker

if TYPE_CHECKING:
    from myna.engines.changing.protocols import Samples
    from myna.engines.world.bands import Floats
    from myna.engines.world.changing.target import Target

_LATE = REACH + HOP + shifting.REACH + lateness(CHANGING_RATE) + round(AHEAD_S * CHANGING_RATE)
"""Samples after one, at most, that are needed before it comes out."""


class RunningChanger:
    """Changes the voice of a live stream; see `Changer`.

    What is known of the source grows with what is heard of it: its range from the first voiced frames on,
    its timbre from half a second of voice on. The result does not depend on how the samples are cut.
    """

    latency_seconds = _LATE / CHANGING_RATE
    """Seconds from a sample that goes in to the same that comes out, without what computing takes."""

    def __init__(self, target: Target) -> None:
        """Change it into that of `target`."""
        self._goal = Range(target.pitch, target.spread)
        self._tracker, self._shifter = PitchTracker(), Shifter()
        self._range = RunningRange()
        self._filter_hop = frame(CHANGING_RATE)[1]
        self._learner = Learner(target, self._filter_hop / CHANGING_RATE)
        self._filter = Guided(self._learner, self._range.usual_hz, target.pitch_hz)
        self._limiter = Limiter(CHANGING_RATE, CEILING)
        self._voiced: deque[bool] = deque()
        self._waiting = np.zeros(0)
        self._ready: list[Samples] = []
        self._taken = self._given = self._told = self._spared = 0

    def study(self, samples: Samples) -> None:
        """Nothing is known beforehand of what is live."""

    def push(self, samples: Samples) -> Samples:
        """Take more, shape (n,); gives what is ready."""
        self._taken += len(samples)
        self._go_on(samples)
        return self._give(max(self._taken - _LATE, 0) - self._given)

    def finish(self) -> Samples:
        """The rest; nothing is taken after that."""
        self._go_on(np.zeros(_LATE + HOP))
        return self._give(self._taken - self._given)

    def _go_on(self, samples: Samples | Floats) -> None:
        waiting = np.concatenate((self._waiting, samples), dtype=np.float64)
        whole = len(waiting) // HOP * HOP
        for start in range(0, whole, HOP):
            self._change(waiting[start : start + HOP])
        self._waiting = waiting[whole:]

    def _change(self, samples: Floats) -> None:
        heights, wanted = [], []
        for height, loudness in self._tracker.push(samples):
            self._range.add(height, loudness)
            heights.append(height)
            wanted.append(float(moved(np.array([height]), self._range.now(), self._goal)[0]))
            self._voiced.append(height > 0)
        shifted = self._shifter.push(samples, heights, wanted)
        usual_hz = self._range.usual_hz
        if self._range.is_known:
            self._tracker.expect(usual_hz)
        self._learner.sounds(usual_hz)
        self._filter.sounds(usual_hz)
        self._tell()
        self._filter.hear(samples)
        filtered = self._filter.push(shifted)
        self._ready.append(self._limiter.push(filtered))

    def _tell(self) -> None:
        """Tell the learner which of the frames that the filter hears are voiced."""
        while True:
            place = max(round((self._told - 1) * self._filter_hop / HOP) - self._spared, 0)
            if place >= len(self._voiced):
                break
            self._learner.tells(self._voiced[place])
            self._told += 1
        while len(self._voiced) > 64:
            self._voiced.popleft()
            self._spared += 1

    def _give(self, count: int) -> Samples:
        ready = np.concatenate((*self._ready, np.zeros(0, np.float32)))
        given, rest = ready[:count], ready[count:]
        self._ready = [rest]
        self._given += len(given)
        return np.asarray(given)
