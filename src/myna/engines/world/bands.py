"""The mel bands in which envelopes are measured and moved."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from myna.speech.embedding import BANDS, LOW_HZ, TOP_HZ

Floats = NDArray[np.float64]


def mel(hz: Floats | float) -> Floats:
    """Frequencies in Hz on the scale on which the bands are equally wide."""
    return np.log1p(np.asarray(hz, np.float64) / 700.0)


_EDGES = mel(np.array([LOW_HZ, TOP_HZ]))
STEP = float(_EDGES[1] - _EDGES[0]) / BANDS
"""From the centre of a band to the next, as `mel` measures."""
CENTRES: Floats = _EDGES[0] + (np.arange(BANDS) + 0.5) * STEP
"""Centres of the bands, shape (BANDS,), as `mel` measures."""
SHARES: Floats = np.exp(CENTRES) / np.exp(CENTRES).sum()
"""Of the spectrum that is in each band, shape (BANDS,)."""

_FALL = 0.7
"""Share of the usual pitch to which a melody falls."""


def lowest_band(pitch_hz: float) -> int:
    """The band of the lowest harmonic: what lies below is noise, not to be raised by itself."""
    return int(np.searchsorted(CENTRES, mel(_FALL * pitch_hz)).clip(0, BANDS - 1))


@lru_cache(maxsize=32)
def gather(bins: int, sample_rate: float) -> Floats:
    """Weights of shape (BANDS, bins) that average a power spectrum from 0 to half of `sample_rate`.

    Each band is a triangle that reaches to its neighbours' centres, and at least over two bins; its weights
    sum to 1. Bands above half of `sample_rate` take the last bins.
    """
    hz = np.linspace(0.0, sample_rate / 2, bins)
    places = mel(hz)
    centres = np.minimum(CENTRES, places[-1])
    bin_width = (hz[1] - hz[0]) / (700.0 * np.exp(centres))
    width = np.maximum(STEP, 1.5 * bin_width)
    weights = np.clip(1.0 - np.abs(places - centres[:, None]) / width[:, None], 0.0, None)
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))


@lru_cache(maxsize=32)
def scatter(bins: int, sample_rate: float) -> Floats:
    """Weights of shape (BANDS, bins) that draw a line through one value per band, level beyond the ends."""
    places = mel(np.linspace(0.0, sample_rate / 2, bins))
    at = np.clip((places - CENTRES[0]) / STEP, 0.0, BANDS - 1.0)
    return np.asarray(np.clip(1.0 - np.abs(at - np.arange(BANDS)[:, None]), 0.0, None))
