"""Speech in the timbre of another voice: filters in a row, each learnt from what the last one leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from myna.engines.changing.protocols import CHANGING_RATE
from myna.engines.world import detail
from myna.engines.world.filtering import FollowingFilter
from myna.engines.world.transformation import Transformation, learnt

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from myna.engines.changing.protocols import Samples
    from myna.engines.world.bands import Floats
    from myna.engines.world.changing.target import Target
    from myna.engines.world.frames import Frames
    from myna.engines.world.mapping import Mapping

PASSES = 2
"""Filters: the first leaves half of the way to the other voice, the second half of that, a third little."""


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


def transformations(
    heard: Frames, repitched: Floats, target: Target
) -> Iterator[tuple[Transformation, Samples]]:
    """What turns speech into that of a target, transformation by transformation.

    Args:
        heard: what of the speech is voiced and loud.
        repitched: its samples at the pitch of the target, shape (n,).
        target: whose timbre it gets.

    Yields:
        transformations, and the speech after each.
    """
    speech = repitched
    for _ in range(PASSES):
        base = detail.sample(heard, speech, CHANGING_RATE, target.pitch_hz)
        found = learnt(base, target.sample, share=1.0, equalized=1.0)
        filters = Filters([found], target.pitch_hz)
        after = np.concatenate((filters.push(speech.astype(np.float32)), filters.finish()))
        yield found, after
        speech = after.astype(np.float64)
