"""Spectral envelopes as cepstra: few numbers that are nearly independent of each other."""

from __future__ import annotations

import numpy as np

from myna.engines.world.bands import Floats
from myna.speech.embedding import BANDS

COUNT = 24
"""Cepstra of an envelope: the level, the tilt, and so on to ripples of a few bands."""

_PLACES = (np.arange(BANDS) + 0.5) / BANDS
_WAVES: Floats = np.cos(np.pi * np.arange(COUNT)[:, None] * _PLACES) * np.sqrt(2 / BANDS)
_WAVES[0] /= np.sqrt(2)


def cepstra(envelope: Floats) -> Floats:
    """The cepstra, shape (n, COUNT), of levels of bands in dB, shape (n, BANDS)."""
    return np.asarray(envelope @ _WAVES.T)


def drawn(values: Floats) -> Floats:
    """The smooth levels of bands in dB, shape (n, BANDS), that have these cepstra, shape (n, COUNT)."""
    return np.asarray(values @ _WAVES)
