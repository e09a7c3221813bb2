"""How audio that is cut off ends without a click."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

FADE_S = 0.003
"""Usual length of a fade: too short to hear as one, long enough not to click."""


def fade_out(samples: NDArray[np.float32], sample_rate: int, seconds: float = FADE_S) -> NDArray[np.float32]:
    """A copy that sinks to nothing over its last `seconds`, or over all of it where it is shorter."""
    slope = _slope(min(round(seconds * sample_rate), len(samples)))
    faded = samples.copy()
    faded[len(samples) - len(slope) :] *= slope
    return faded


@lru_cache(maxsize=64)
def _slope(length: int) -> NDArray[np.float32]:
    """Half a raised cosine, from 1 to 0."""
    phase = (np.arange(length) + 0.5) / max(length, 1)
    slope = (0.5 + 0.5 * np.cos(np.pi * phase)).astype(np.float32)
    slope.flags.writeable = False
    return slope
