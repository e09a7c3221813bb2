"""Recordings that hold less than speech has: calls by telephone, old files."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from myna.engines.world.bands import Floats
from myna.speech import embedding
from myna.speech.embedding import BANDS
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
    return continued(envelope, voiced, held(envelope, voiced | voiceless))


def held(envelope: Floats, speech: _Mask) -> int:
    """How many bands of a recording hold something of its frames of speech; BANDS where all do."""
    if not speech.any():
        return BANDS
    loud = np.percentile(envelope[speech], 95, axis=0)
    empty = np.flatnonzero(loud[_FEWEST:] < loud.max() - _EMPTY)
    return _FEWEST + int(empty[0]) - _SLOPE if len(empty) else BANDS


def continued(envelope: Floats, voiced: _Mask, bands: int) -> Floats:
    """Levels of which only the lowest `bands` are known, and the others go on like the average voice."""
    if bands == BANDS:
        return envelope
    edge = slice(bands - _EDGE, bands)
    average = np.where(voiced[:, None], *_averages())
    above = average[:, bands:] - average[:, edge].mean(axis=1, keepdims=True)
    return np.concatenate(
        (envelope[:, :bands], above + envelope[:, edge].mean(axis=1, keepdims=True)), axis=1
    )


@cache
def _averages() -> tuple[Floats, Floats]:
    """Envelopes of the average voice in voiced and in voiceless sounds, shape (BANDS,)."""
    traits = embedding.traits((0.0,) * EMBEDDING_SIZE)
    return np.array(traits.voiced), np.repeat(traits.voiceless, 2)
