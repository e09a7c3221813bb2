"""What is to be known of a voice to change others into it, measured from a recording of it."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from myna.engines.changing.protocols import CHANGING_RATE
from myna.engines.world import detail
from myna.engines.world.cepstra import COUNT
from myna.engines.world.changing.melody import DECILES
from myna.engines.world.frames import Frames, frames
from myna.engines.world.regression import Sample
from myna.speech.errors import ClipRejected, EngineError

if TYPE_CHECKING:
    from myna.engines.changing.protocols import Samples

NOBODY = "Nobody is heard speaking in the recording: send one of a person who speaks."
"""Why a recording is refused in which nobody speaks."""
_HEAD = struct.Struct("<4s3fI")
_MAGIC = b"mtg1"
_FEWEST = 20
"""Voiced frames from which a voice can be told: 0.2 s."""
_OF_SPREAD = (10.0, 90.0)
"""Percentiles of the pitch between which its spread is taken: stray octaves lie outside."""


@dataclass(frozen=True, slots=True, eq=False)
class Target:
    """A voice.

    Attributes:
        pitch: median of the natural logarithm of its fundamental frequency in Hz.
        spread: standard deviation of that.
        sample: frames of its speech.
    """

    pitch: float
    spread: float
    sample: Sample

    @property
    def pitch_hz(self) -> float:
        """Its usual fundamental frequency, in Hz."""
        return float(np.exp(self.pitch))

    def packed(self) -> bytes:
        """As bytes that `unpacked` reads."""
        kind = self.sample.voiced + 2 * self.sample.voiceless
        rows = np.column_stack((kind, self.sample.cepstra)).astype("<f2")
        head = _HEAD.pack(_MAGIC, self.pitch, self.spread, self.sample.period, len(rows))
        return head + rows.tobytes()

    @classmethod
    def unpacked(cls, data: bytes) -> Target:
        """What `packed` packed.

        Raises:
            EngineError: it was not that.
        """
        try:
            magic, pitch, spread, period, count = _HEAD.unpack_from(data)
            rows = np.frombuffer(data, "<f2", offset=_HEAD.size).reshape(count, COUNT + 1).astype(float)
        except (struct.error, ValueError) as error:
            raise EngineError("This is no voice that others can be changed into.") from error
        if magic != _MAGIC or not np.isfinite(rows).all():
            raise EngineError("This is no voice that others can be changed into.")
        kind = rows[:, 0]
        return cls(pitch, spread, Sample(rows[:, 1:], kind == 1, kind == 2, period))


def measure(samples: Samples) -> Target:
    """Measure the voice in a recording at `CHANGING_RATE`.

    Raises:
        ClipRejected: nobody speaks in it.
    """
    return told(frames(samples.astype(np.float64), CHANGING_RATE))


def speaks(heard: Frames) -> bool:
    """Whether somebody speaks in frames, long enough to tell a voice."""
    return int(heard.voiced.sum()) >= _FEWEST


def told(heard: Frames) -> Target:
    """The voice that frames tell.

    Raises:
        ClipRejected: nobody speaks in them.
    """
    if not speaks(heard):
        raise ClipRejected(NOBODY)
    pitch = np.log(heard.pitch[heard.voiced])
    low, high = np.percentile(pitch, _OF_SPREAD)
    middle = float(np.median(pitch))
    sample = detail.sample(heard, heard.samples, CHANGING_RATE, float(np.exp(middle)))
    return Target(middle, max(float(high - low) / DECILES, 1e-3), sample)
