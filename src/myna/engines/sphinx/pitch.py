"""How high a voice is, roughly and cheaply: enough to tell long vocal tracts from short ones."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from myna.engines.sphinx.cepstra import RATE

_DECIMATED = 4
_WINDOW, _HOP, _BINS = 200, 80, 512
"""50 ms and 20 ms at 4 kHz, and the transform of it."""
_SHORTEST, _LONGEST = 10, 63
"""Periods that are looked for: 400 to 63 Hz."""
_VOICED = 0.6
"""Autocorrelation of a frame that is voiced."""
_NEARLY = 0.9
"""Share of the highest peak from which an earlier one is taken: not the period twice."""
_LOUD = 0.05
"""Energy of a frame that counts, of what a tenth of them exceed."""


def pitch(samples: NDArray[np.float32]) -> float:
    """The median fundamental frequency of mono samples at `RATE`, in Hz; 0.0 where nothing is voiced."""
    whole = len(samples) // _DECIMATED * _DECIMATED
    low = samples[:whole].reshape(-1, _DECIMATED).mean(axis=1, dtype=np.float64)
    if len(low) < _WINDOW:
        return 0.0
    frames = np.lib.stride_tricks.sliding_window_view(low, _WINDOW)[::_HOP]
    window = np.hanning(_WINDOW)
    own = _correlation((frames - frames.mean(axis=1, keepdims=True)) * window)
    energy = own[:, 0]
    bias = _correlation(window[None])[0]
    periodic = own[:, : _LONGEST + 1] / np.maximum(energy[:, None], 1e-12) / (bias[: _LONGEST + 1] / bias[0])
    inner = periodic[:, _SHORTEST:_LONGEST]
    highest = inner.max(axis=1)
    peaks = (
        (inner >= _NEARLY * highest[:, None])
        & (inner >= periodic[:, _SHORTEST - 1 : _LONGEST - 1])
        & (inner >= periodic[:, _SHORTEST + 1 : _LONGEST + 1])
    )
    heard = (highest >= _VOICED) & peaks.any(axis=1) & (energy > _LOUD * np.quantile(energy, 0.9))
    periods = _SHORTEST + peaks.argmax(axis=1)[heard]
    return float(np.median(RATE / _DECIMATED / periods)) if len(periods) else 0.0


def _correlation(frames: NDArray[np.float64]) -> NDArray[np.float64]:
    spectra = np.fft.rfft(frames, _BINS, axis=1)
    return np.asarray(np.fft.irfft(spectra.real**2 + spectra.imag**2, axis=1))
