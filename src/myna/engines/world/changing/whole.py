"""A whole recording in another voice: who speaks is known before any of it is changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from myna.audio.levels import CEILING, Limiter, rms
from myna.engines.changing.protocols import CHANGING_RATE
from myna.engines.world import detail
from myna.engines.world.changing.collecting import Collected
from myna.engines.world.changing.guiding import Guided
from myna.engines.world.changing.melody import Range, moved
from myna.engines.world.changing.shifting import Shifter
from myna.engines.world.changing.target import NOBODY, told
from myna.engines.world.changing.timbre import timbre
from myna.engines.world.frames import PERIOD, frames, steady
from myna.engines.world.pitch import HIGHEST, LOWEST, pitch
from myna.engines.world.tracking import HOP
from myna.speech.errors import ClipRejected

if TYPE_CHECKING:
    from myna.engines.changing.protocols import Samples
    from myna.engines.world.bands import Floats
    from myna.engines.world.changing.target import Target

SEGMENT = 10 * CHANGING_RATE
"""Samples whose pitch is looked for at once."""
_AROUND = 50
"""Frames before and behind these that are looked at with them, so that no voice begins or ends there."""
_LEVEL = 0.05
"""Level of a recording as `frames` hears it."""
_HARVESTED = 4000
"""Sample rate at which the pitch is harvested, in Hz: a half of the usual time, and as good."""
_RANGE = (0.55, 2.0)
"""Where it is looked for, as shares of the usual pitch."""
_TAIL = 8
"""Frames to each side of a voice that may belong to it."""
_FAINT = 0.01
"""Share of the level of speech below which nothing is taken for a voice."""


class WholeChanger:
    """Changes the voice of a recording; see `Changer`."""

    def __init__(self, target: Target, segment: int = SEGMENT) -> None:
        """Change it into that of `target`, so many samples at a time."""
        self._target = target
        self._segment = segment
        self._collected = Collected()
        self._change: _Change | None = None

    def study(self, samples: Samples) -> None:
        """Take more of the whole recording beforehand, shape (n,)."""
        self._collected.add(samples)

    def push(self, samples: Samples) -> Samples:
        """Take more of it; gives what is ready.

        Raises:
            ClipRejected: nobody speaks in what was studied.
        """
        return self._begun().push(samples)

    def finish(self) -> Samples:
        """The rest; nothing is taken after that.

        Raises:
            ClipRejected: nobody speaks in what was studied.
        """
        return self._begun().finish()

    def _begun(self) -> _Change:
        if self._change is None:
            self._change = _Change(self._collected.samples(), self._target, self._segment)
            self._collected = Collected()
        return self._change


class _Change:
    """The way of a recording once it is known."""

    def __init__(self, studied: Samples, target: Target, segment: int) -> None:
        if not len(studied):
            raise ClipRejected(NOBODY)
        heard = frames(studied.astype(np.float64), CHANGING_RATE)
        source = told(heard)
        self._source, self._goal = Range(source.pitch, source.spread), Range(target.pitch, target.spread)
        self._middle = source.pitch_hz
        self._count = segment
        shifter = Shifter()
        wanted = moved(heard.pitch, self._source, self._goal)
        speech = np.concatenate((shifter.push(heard.samples, heard.pitch, wanted), shifter.finish()))
        found = timbre(source, target)

        def guided() -> Guided:
            return Guided(found, source.pitch_hz, target.pitch_hz)

        made = guided().whole(heard.samples, speech)
        found = found.corrected(
            detail.sample(heard, made.astype(np.float64), CHANGING_RATE, target.pitch_hz), target.sample
        )
        made = guided().whole(heard.samples, speech)
        self._louder = rms(heard.samples) / max(rms(studied), 1e-9)
        self._softer = rms(heard.samples) / max(rms(made), 1e-9) / self._louder
        self._shifter = Shifter()
        self._filter = guided()
        self._limiter = Limiter(CHANGING_RATE, CEILING)
        self._heard = np.zeros(_AROUND * HOP)
        """Samples from `_AROUND` frames before the next segment on."""

    def push(self, samples: Samples) -> Samples:
        self._heard = np.concatenate((self._heard, samples * np.float64(self._louder)))
        ready = [np.zeros(0, np.float32)]
        while len(self._heard) >= self._count + 2 * _AROUND * HOP:
            ready.append(self._segment(self._count))
        return np.concatenate(ready)

    def finish(self) -> Samples:
        count = len(self._heard) - _AROUND * HOP
        self._heard = np.concatenate((self._heard, np.zeros(_AROUND * HOP)))
        parts = [
            self._segment(count),
            self._changed(self._shifter.finish()),
            self._leveled(self._filter.finish()),
        ]
        return np.concatenate((*parts, self._limiter.finish()))

    def _segment(self, count: int) -> Samples:
        """Change the next samples."""
        around = _AROUND * HOP
        heights = self._pitch(self._heard[: count + 2 * around])[_AROUND : _AROUND - (-count // HOP)]
        wanted = moved(heights, self._source, self._goal)
        samples = self._heard[around : around + count]
        self._heard = self._heard[count:]
        self._filter.hear(samples)
        return self._changed(self._shifter.push(samples, heights, wanted))

    def _pitch(self, samples: Floats) -> Floats:
        """Their pitch; the tails of voices too, which are heard high or low with them."""
        import pyworld
        import soxr

        count = len(samples) // HOP
        sure = steady(pitch(samples, CHANGING_RATE, count, PERIOD), self._middle) > 0
        near = np.convolve(sure, np.ones(2 * _TAIL + 1), "same") > 0
        framed = np.pad(samples[: count * HOP], HOP // 2)[: count * HOP].reshape(count, HOP)
        audible = np.sqrt(np.mean(framed**2, axis=1)) >= _FAINT * _LEVEL
        low, high = (float(np.clip(self._middle * each, LOWEST, HIGHEST)) for each in _RANGE)
        found, _ = pyworld.harvest(
            soxr.resample(samples, CHANGING_RATE, _HARVESTED),
            _HARVESTED,
            f0_floor=low,
            f0_ceil=high,
            frame_period=1000 * PERIOD,
        )
        found = np.pad(found, (0, max(count - len(found), 0)))[:count]
        return np.asarray(np.where(near & audible, found, 0.0))

    def _changed(self, samples: Samples) -> Samples:
        return self._leveled(self._filter.push(samples))

    def _leveled(self, samples: Samples) -> Samples:
        return self._limiter.push(samples * np.float32(self._softer))
