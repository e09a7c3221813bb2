"""The noise floor of a recording, measured and made anew, so that what is put into it does not stand out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from myna.engines.changing.protocols import CHANGING_RATE

if TYPE_CHECKING:
    from myna.engines.changing.protocols import Samples

MARGIN = 6
"""Frames of 10 ms beside speech that still hold some of it."""
_FRAME = CHANGING_RATE // 100
_SIZE = 512
_STEP = _SIZE // 2
_FEWEST = 8
"""Windows of silence that tell a floor; with fewer, the quietest moments do."""
_QUIETEST = 0.05
"""Share of a recording that is taken for its quietest moments."""
_BELOW = 20.0
"""Decibels below the whole recording at which quiet moments of speech are noise at most."""
_SILENT = 1e-9
"""Power below which nobody hears anything."""
_HANN = np.hanning(_SIZE + 1)[:-1]
_ROOT = np.sqrt(_HANN)
_SEED = 5

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Floor:
    """Steady noise.

    Attributes:
        gains: on the spectrum of white noise with a standard deviation of 1, shape (257,).
    """

    gains: Floats

    @property
    def power(self) -> float:
        """Mean square of its samples."""
        squares = self.gains**2
        return float((squares[0] + 2 * squares[1:-1].sum() + squares[-1]) / _SIZE)

    def made(self, count: int) -> Floats:
        """So many samples of it; the same each time."""
        if self.power < _SILENT:
            return np.zeros(count)
        blocks = count // _STEP + 2
        white = np.random.default_rng(_SEED).standard_normal((blocks + 1) * _STEP)
        cut = sliding_window_view(white, _SIZE)[::_STEP] * _ROOT
        shaped = np.fft.irfft(np.fft.rfft(cut, axis=1) * self.gains, axis=1) * _ROOT
        sound = np.zeros((blocks + 1) * _STEP)
        for index, block in enumerate(shaped):
            sound[index * _STEP : index * _STEP + _SIZE] += block
        return sound[_STEP : _STEP + count]


NOTHING = Floor(np.zeros(_SIZE // 2 + 1))
"""Digital silence."""


def floor(samples: Samples, quiet: NDArray[np.bool_]) -> Floor:
    """The floor of a recording.

    Args:
        samples: of the recording, shape (n,).
        quiet: frames of 10 ms in which nobody speaks.
    """
    if len(samples) < _SIZE:
        return NOTHING
    windows = sliding_window_view(samples.astype(np.float64), _SIZE)[::_STEP]
    starts = np.arange(len(windows)) * _STEP
    calm = np.array([quiet[start // _FRAME : -(-(start + _SIZE) // _FRAME)].all() for start in starts])
    sounding = (windows**2).mean(axis=1)
    if calm.sum() >= _FEWEST:
        spectra = _power(windows[calm])
        return _of(np.median(spectra, axis=0) / np.log(2))
    order = np.argsort(sounding)[: max(round(_QUIETEST * len(windows)), 1)]
    found = _of(_power(windows[order]).mean(axis=0))
    most = float(sounding.mean()) * 10 ** (-_BELOW / 10)
    return Floor(found.gains * np.sqrt(min(1.0, most / max(found.power, 1e-20))))


def between(one: Floor, other: Floor, count: int) -> Floats:
    """So many samples that begin with the one floor and end with the other."""
    if one is other:
        return one.made(count)
    share = np.linspace(0.0, 1.0, count)
    # the same white noise is under both: their sum is no weaker in the middle
    return one.made(count) * (1 - share) + other.made(count) * share


def _of(power: Floats) -> Floor:
    return Floor(np.sqrt(power / (_HANN**2).sum()))


def _power(windows: Floats) -> Floats:
    return np.abs(np.fft.rfft(windows * _HANN, axis=1)) ** 2
