"""Recordings that hold less than speech has: calls by telephone, old files."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from myna.engines.world.bands import Floats
from myna.speech import embedding
from myna.speech.voices import EMBEDDING_SIZE

_EMPTY = 60.0
"""Decibels below the loudest band at which a band holds nothing of speech."""
_SLOPE = 3
"""Bands over which a filter takes speech away."""
_EDGE = 4
"""Bands below those, to which what is missing is joined."""
_FEWEST = 16
"""Bands without which there is no speech to be continued."""

_Mask = NDArray[np.bool_]


def widened(envelope: Floats, voiced: _Mask, voiceless: _Mask) -> Floats:
    """Levels in dB, shape (n, BANDS), whose empty upper bands go on like the average voice.

    Args:
        envelope: levels of the bands of each frame.
        voiced: frames of voiced speech, shape (n,); all others go on like voiceless ones.
        voiceless: frames of voiceless speech, shape (n,).
    """
    speech = voiced | voiceless
    if not speech.any():
        return envelope
    loud = np.percentile(envelope[speech], 95, axis=0)
    empty = np.flatnonzero(loud[_FEWEST:] < loud.max() - _EMPTY)
    if not len(empty):
        return envelope
    cut = _FEWEST + int(empty[0]) - _SLOPE
    edge = slice(cut - _EDGE, cut)
    average = np.where(voiced[:, None], *_averages())
    above = average[:, cut:] - average[:, edge].mean(axis=1, keepdims=True)
    return np.concatenate((envelope[:, :cut], above + envelope[:, edge].mean(axis=1, keepdims=True)), axis=1)


@cache
def _averages() -> tuple[Floats, Floats]:
    """Envelopes of the average voice in voiced and in voiceless sounds, shape (BANDS,)."""
    traits = embedding.traits((0.0,) * EMBEDDING_SIZE)
    return np.array(traits.voiced), np.repeat(traits.voiceless, 2)
