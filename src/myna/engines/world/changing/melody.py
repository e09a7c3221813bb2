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

_USUAL, _USUAL_SPREAD = float(np.log(150.0)), 0.18
"""The range of a voice that was not heard yet."""
_PLACES: Floats = np.arange(np.log(50.0), np.log(650.0), 0.02)
_BLUR = 0.03
_WIDTH = _BLUR * np.sqrt(2 * np.pi) / 0.02
_QUANTILES = (0.1, 0.5, 0.9)
DECILES = 2.563
"""Standard deviations between the outer of them, where pitch is spread normally."""
_DOUBT = 60.0
"""Frames that would speak for the usual spread."""
_HIGH_FIRST = 0.12
"""By how much a sentence begins above the middle of its range, at a guess."""
_FAINT = 1.5
"""To which power of its amplitude a frame counts."""
_FORGETS = 1 - 1 / 6000
"""What remains from frame to frame of what was heard: half a minute of voice counts."""
_SETTLED = 20.0
"""Loud frames after which what is told follows what is known only slowly: a drift would bend the melody."""
_FOLLOWS = 0.0007
"""Which part of what it is off then, from frame to frame: half of it in ten seconds of voice."""


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


class RunningRange:
    """The range of a voice as it is heard: at first where its first sounds are, then ever better known."""

    def __init__(self) -> None:
        self._counts = np.zeros(len(_PLACES))
        self._loudest = 1e-6
        self._known = self._told = Range(_USUAL, _USUAL_SPREAD)

    def add(self, height: float, loudness: float) -> None:
        """Take the next frame: what is faint counts little, also against what comes later.

        Args:
            height: its fundamental frequency in Hz; 0 where there is no voice.
            loudness: its peak.
        """
        if not height:
            return
        if loudness > self._loudest:
            self._counts *= (self._loudest / loudness) ** _FAINT
            self._loudest = loudness
        self._loudest *= _FORGETS
        off = (_PLACES - np.log(height)) / _BLUR
        weight = min(loudness / self._loudest, 1.0) ** _FAINT
        self._counts *= _FORGETS
        self._counts += np.exp(-0.5 * off**2) * (weight / _WIDTH)
        grown = np.cumsum(self._counts)
        low, middle, high = np.interp(np.array(_QUANTILES) * grown[-1], grown, _PLACES)
        known = float(grown[-1])
        # the first sounds of a sentence are high, and few sounds have no spread
        spread = ((high - low) / DECILES) ** 2 * known + _USUAL_SPREAD**2 * _DOUBT
        pitch = float(middle) - _HIGH_FIRST * _DOUBT / (known + _DOUBT)
        self._known = Range(pitch, float(np.sqrt(spread / (known + _DOUBT))))
        part, told = _FOLLOWS if known > _SETTLED else 1.0, self._told
        self._told = Range(
            told.pitch + part * (self._known.pitch - told.pitch),
            told.spread + part * (self._known.spread - told.spread),
        )

    @property
    def is_known(self) -> bool:
        """Whether enough was heard to tell what would be unusual."""
        return bool(self._counts.sum() > _DOUBT)

    @property
    def usual_hz(self) -> float:
        """The usual fundamental frequency, as far as it is known."""
        return float(np.exp(self._known.pitch))

    def now(self) -> Range:
        """What is known by now; after the first words it moves only slowly."""
        return self._told
