"""Speech as from a larger or smaller head: its resonances, all moved by the same factor, keep words apart."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from myna.engines.world.bands import CENTRES, STEP
from myna.engines.world.cepstra import cepstra, drawn
from myna.engines.world.detail import PITCH_BY_SIZE, divergence
from myna.engines.world.regression import Sample
from myna.engines.world.stepwise import Steps

if TYPE_CHECKING:
    from collections.abc import Sequence

    from myna.engines.world.bands import Floats

_SCALES = tuple(float(np.exp(each)) for each in np.arange(-0.24, 0.25, 0.02))
"""Factors on the frequency of resonances that are tried: those between people."""
_UNUSUAL = 0.02
"""Deviation from that, as a share of the size, that costs half a unit of divergence."""


class Sized:
    """A `Mapping` that moves the resonances of speech by a factor."""

    def __init__(self, scale: float) -> None:
        """Move what is at f Hz to `scale` * f."""
        self._scale = scale

    def gains(self, envelope: Floats, phones: Sequence[str]) -> Floats:
        """See `Mapping`."""
        smooth = drawn(cepstra(envelope))
        return np.asarray(smooth @ _moving(self._scale) - smooth)

    def moved(self, sample: Sample) -> Sample:
        """Frames of speech as they are after that."""
        return replace(sample, cepstra=cepstra(drawn(sample.cepstra) @ _moving(self._scale)))


def sizing(base: Sample, target: Sample, pitch: float) -> Steps[Sized]:
    """Find, step by step, what brings the resonances of `base` to where those of `target` are.

    Args:
        base: speech of the one.
        target: speech of the other.
        pitch: natural logarithm of how much higher the other speaks.
    """
    costs = []
    for scale in _SCALES:
        unusual = (math.log(scale) - pitch / PITCH_BY_SIZE) / _UNUSUAL
        costs.append(divergence(Sized(scale).moved(base), target) + 0.5 * unusual**2)
        yield
    return Sized(_SCALES[int(np.argmin(costs))])


@lru_cache(maxsize=len(_SCALES))
def _moving(scale: float) -> Floats:
    """Weights of shape (BANDS, BANDS) from levels of bands to those after."""
    hz = 700.0 * np.expm1(CENTRES)
    at = np.clip((np.log1p(hz / scale / 700.0) - CENTRES[0]) / STEP, 0.0, len(CENTRES) - 1.0)
    return np.asarray(np.clip(1.0 - np.abs(at - np.arange(len(CENTRES))[:, None]), 0.0, None))
