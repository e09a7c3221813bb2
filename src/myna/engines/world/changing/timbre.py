"""What turns the timbre of one voice into that of another: much where speech is loud, little where it is not.

Who speaks is heard in the loud middles of vowels, what is said where sounds are faint or turn into others.
A map from all that one voice does to what another does is blunt and costs words; the size of the head and
the long-term spectrum cost hardly any.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from myna.engines.world.bands import CENTRES, SHARES, mel
from myna.engines.world.bandwidth import continued
from myna.engines.world.cepstra import cepstra, drawn
from myna.engines.world.changing.equalizing import Equalizing
from myna.engines.world.changing.sizing import Sized, sizing
from myna.engines.world.changing.usual import filled
from myna.engines.world.stepwise import Steps, at_once
from myna.engines.world.transformation import Transformation, learning

if TYPE_CHECKING:
    from collections.abc import Sequence

    from myna.engines.world.bands import Floats
    from myna.engines.world.changing.target import Target
    from myna.engines.world.regression import Sample

_OF_VOWELS, _OF_REST = 40.0, 1000.0
"""Frames of the target that would speak for leaving loud vowels, and the rest, but for means and spreads."""
_BELOW, _SOFTNESS = 10.0, 2.0
"""Decibels below the loudest vowels to which speech is loud, and over which that ends."""
_VOWEL = 0.2
"""How loud speech is from which it goes on like vowels above what a recording holds."""
_LOUDEST = 95
"""Percentile of the levels of voiced frames that is taken for that of the loudest."""
_FLOOR = 8
"""Percentile of the levels of a band that is taken for its noise."""
_FRAMES = 1000
"""Frames that tell it, about."""
_ABOVE, _RISE = 9.0, 3.0
"""Decibels above it from which a band is raised, and over which that begins."""
_HUM = CENTRES < mel(350.0)
"""Bands that voiceless sounds have nothing in: raised, they would sound voiced."""


@dataclass(frozen=True, slots=True, eq=False)
class Timbre:
    """A `Mapping` from one voice to another.

    Attributes:
        size: what moves resonances.
        vowels: what loud vowels get after that.
        others: what everything else gets.
        loud: level of speech in dB from which it is taken for loud vowels.
        floor: noise of each band in dB, shape (BANDS,), which is not raised.
        bands: that hold something of the one voice; nothing is raised above.
        rest: what speech was found to lack after all that.
    """

    size: Sized
    vowels: Transformation
    others: Transformation
    loud: float
    floor: Floats
    bands: int
    rest: Equalizing | None = None

    def gains(self, envelope: Floats, phones: Sequence[str]) -> Floats:
        """See `Mapping`."""
        share = _rising((loudness(envelope) - self.loud) / _SOFTNESS)[:, None]
        whole = continued(envelope, share[:, 0] > _VOWEL, self.bands)
        size = self.size.gains(whole, phones)
        moved = whole + size
        vowels, others = self.vowels.gains(moved, phones), self.others.gains(moved, phones)
        gains = size + share * vowels + (1 - share) * others
        if self.rest is not None:
            gains = gains + self.rest.gains(envelope, phones)
        gains = np.where(gains > 0, gains * _rising((envelope - self.floor - _ABOVE) / _RISE), gains)
        voiceless = self.vowels.voicing(cepstra(moved))[:, None] < 0.5
        gains[:, _HUM] = np.where(voiceless, np.minimum(gains[:, _HUM], 0.0), gains[:, _HUM])
        gains[:, self.bands :] = np.minimum(gains[:, self.bands :], 0.0)
        return np.asarray(gains)

    def corrected(self, made: Sample, target: Sample) -> Timbre:
        """With what `made`, speech that got this timbre, lacks of the target's long-term spectrum."""
        return replace(self, rest=Equalizing(made, target))


def timbre(base: Target, target: Target) -> Timbre:
    """What turns the timbre of one voice into that of another."""
    return at_once(finding(base.sample, base.pitch_hz, target.sample, target.pitch_hz))


def finding(base: Sample, base_hz: float, target: Sample, target_hz: float) -> Steps[Timbre]:
    """The same step by step.

    Args:
        base: speech of the one.
        base_hz: its usual fundamental frequency.
        target: speech of the other.
        target_hz: its usual fundamental frequency.
    """
    base = filled(base, base_hz)
    yield
    target = filled(target, target_hz)
    yield
    size = yield from sizing(base, target, float(np.log(target_hz / base_hz)))
    moved = size.moved(base)
    yield
    vowels = yield from _learning(moved, target, _OF_VOWELS)
    yield
    others = yield from _learning(moved, target, _OF_REST)
    yield
    levels = loudness(drawn(base.cepstra[base.voiced]))
    some = base.cepstra[:: max(len(base.cepstra) // _FRAMES, 1)]
    return Timbre(
        size,
        vowels,
        others,
        loud=float(np.percentile(levels, _LOUDEST)) - _BELOW,
        floor=np.percentile(drawn(some), _FLOOR, axis=0),
        bands=base.bands,
    )


def _learning(base: Sample, target: Sample, doubt: float) -> Steps[Transformation]:
    return learning(base, target, share=1.0, equalized=1.0, plain_voiceless=True, doubt=doubt)


def loudness(envelope: Floats) -> Floats:
    """Levels of frames in dB, shape (n,), from those of their bands, shape (n, BANDS)."""
    return np.asarray(10 * np.log10(10 ** (envelope / 10) @ SHARES))


def _rising(places: Floats) -> Floats:
    """From 0 to 1."""
    return np.asarray(1 / (1 + np.exp(-np.clip(places, -30, 30))))
