"""How the melody of one voice becomes that of another: the same intonation in the other's range."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from myna.engines.world.bands import Floats

_CALMEST, _LIVELIEST = 0.6, 1.8
"""Factors on intonation beyond which it sounds put on."""
_LOWEST, _HIGHEST = 55.0, 600.0
"""Fundamental frequencies that are given, in Hz."""


@dataclass(frozen=True, slots=True)
class Range:
    """The range of a voice.

    Attributes:
        pitch: median of the natural logarithm of its fundamental frequency in Hz.
        spread: standard deviation of that.
    """

    pitch: float
    spread: float


def moved(heights: Floats, source: Range, target: Range) -> Floats:
    """Fundamental frequencies in Hz, 0 where there is no voice, from one range into another."""
    factor = np.clip(target.spread / source.spread, _CALMEST, _LIVELIEST)
    off = np.log(np.maximum(heights, 1.0)) - source.pitch
    there = np.clip(np.exp(off * factor + target.pitch), _LOWEST, _HIGHEST)
    return np.asarray(np.where(heights > 0, there, 0.0))
