"""Speech in the timbre of another voice: filters in a row, each learnt from what the last one leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from myna.engines.changing.protocols import CHANGING_RATE
from myna.engines.world import detail
from myna.engines.world.bands import CENTRES, mel
from myna.engines.world.cepstra import cepstra, drawn
from myna.engines.world.filtering import FollowingFilter
from myna.engines.world.transformation import Transformation, learnt

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from myna.engines.changing.protocols import Samples
    from myna.engines.world.bands import Floats
    from myna.engines.world.changing.target import Target
    from myna.engines.world.frames import Frames
    from myna.engines.world.mapping import Mapping
    from myna.engines.world.regression import Sample

PASSES = 2
"""Filters: the first leaves half of the way to the other voice, the second half of that, a third little."""
_SHARE = 1.0
"""How much of a transformation is the regression's, see `learnt`."""
_FLOOR = 8
"""Percentile of the levels of a band that is taken for its noise."""
_FRAMES = 1000
"""Frames that tell it, about."""
_ABOVE, _SOFTNESS = 9.0, 3.0
"""Decibels above it from which a band is raised, and over which that begins."""
_HUM = CENTRES < mel(350.0)
"""Bands that voiceless sounds have nothing in: raised, they would sound voiced."""


class Filters:
    """Filters samples by several mappings; what comes out is in step with what went in."""

    def __init__(self, mappings: Sequence[Mapping], pitch_hz: float) -> None:
        """Filter by `mappings` in order, speech whose usual pitch is `pitch_hz`."""
        self._filters = [FollowingFilter(each, CHANGING_RATE, pitch_hz) for each in mappings]

    def push(self, samples: Samples) -> Samples:
        """Take samples of shape (n,); gives those that are ready."""
        for each in self._filters:
            samples = each.feed(samples)
        return samples

    def finish(self) -> Samples:
        """The rest; nothing is taken after that."""
        rest = np.zeros(0, np.float32)
        for each in self._filters:
            rest = np.concatenate((each.feed(rest), each.finish()))
        return rest


class Careful:
    """A `Mapping` as another one, which raises neither noise nor what hums below voiceless sounds."""

    def __init__(self, transformation: Transformation, base: Sample) -> None:
        """Take care of `transformation`, learnt from the frames of `base`."""
        self._transformation = transformation
        some = base.cepstra[:: max(len(base.cepstra) // _FRAMES, 1)]
        self._floor = np.percentile(drawn(some), _FLOOR, axis=0)

    def gains(self, envelope: Floats, phones: Sequence[str]) -> Floats:
        """See `Mapping`."""
        gains = self._transformation.gains(envelope, phones)
        above = (envelope - self._floor - _ABOVE) / _SOFTNESS
        gains = np.where(gains > 0, gains / (1 + np.exp(-np.clip(above, -30, 30))), gains)
        voiceless = self._transformation.voicing(cepstra(envelope))[:, None] < 0.5
        gains[:, _HUM] = np.where(voiceless, np.minimum(gains[:, _HUM], 0.0), gains[:, _HUM])
        return np.asarray(gains)


def transformations(heard: Frames, repitched: Floats, target: Target) -> Iterator[tuple[Mapping, Samples]]:
    """What turns speech into that of a target, transformation by transformation.

    Args:
        heard: what of the speech is voiced and loud.
        repitched: its samples at the pitch of the target, shape (n,).
        target: whose timbre it gets.

    Yields:
        what gives the gains, and the speech after each.
    """
    speech = repitched
    for _ in range(PASSES):
        base = detail.sample(heard, speech, CHANGING_RATE, target.pitch_hz)
        learned = learnt(base, target.sample, share=_SHARE, equalized=1.0, plain_voiceless=True)
        found = Careful(learned, base)
        filters = Filters([found], target.pitch_hz)
        after = np.concatenate((filters.push(speech.astype(np.float32)), filters.finish()))
        yield found, after
        speech = after.astype(np.float64)
