"""Which gain brings a band of a base voice near to another voice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from myna.engines.world import bases, detail
from myna.engines.world.bands import CENTRES, SHARES, Floats, lowest_band, mel
from myna.speech import embedding
from myna.speech.embedding import Traits
from myna.speech.voices import Likeness, Timbre

_MOST = 18.0
"""Decibels that a band is raised or lowered at most."""
_LIVELIEST, _CALMEST = 1.3, 0.75
"""Factors on the movement of the envelope beyond which speech gets harder to understand."""
_FARTHEST = 12.0
"""Decibels from its mean to which the movement of a band is taken for speech."""
_MOST_OF_VOICELESS = 8.0
"""Decibels by which voiceless sounds are raised or lowered against voiced ones at most."""
_SOFTNESS = 5.0
"""Decibels over which a frame turns from voiceless to voiced."""
_LOW = CENTRES < mel(1000.0)
_HIGH = CENTRES > mel(2500.0)


class Mapping(Protocol):
    """Gains for one utterance, frame by frame."""

    def gains(self, envelope: Floats, phones: Sequence[str]) -> Floats:
        """The gain of each band.

        Args:
            envelope: level of each band in dB, shape (n, BANDS), for the next n frames in order.
            phones: the IPA symbol that sounds in each frame; empty in pauses, and where the engine does not
                tell.

        Returns:
            Gains in dB, shape (n, BANDS).
        """
        ...


def mapping_of(likeness: Likeness, timbre: Timbre, engine: str) -> Mapping:
    """The best mapping from an engine's voice to a likeness.

    Raises:
        InvalidRequest: the likeness is broken.
    """
    learnt = detail.transformation(likeness.detail, bases.start(engine, timbre))
    if learnt is not None:
        return learnt
    return Statistical(embedding.traits(likeness.embedding), bases.traits(engine, timbre), timbre.pitch_hz)


class Statistical:
    """Moves the mean and the spread of each band to those of another voice, voiced or voiceless."""

    def __init__(self, target: Traits, base: Traits, pitch_hz: float) -> None:
        self._middle = np.array(base.voiced)
        plain = _doubled(base.voiceless)
        self._voiced = _limited(np.array(target.voiced) - self._middle)
        self._voiceless = _limited(_doubled(target.voiceless) - plain)
        for gain in (self._voiced, self._voiceless):
            gain[: lowest_band(pitch_hz)] = gain[lowest_band(pitch_hz)]
        movement = _smooth(_doubled(target.movement) / _doubled(base.movement), 4)
        self._movement = np.clip(movement, _CALMEST, _LIVELIEST) - 1
        relation = base.source[3] - target.source[3]
        self._relation = min(max(relation, -_MOST_OF_VOICELESS), _MOST_OF_VOICELESS)
        self._border = (_slope(self._middle) + _slope(plain)) / 2

    def gains(self, envelope: Floats, phones: Sequence[str]) -> Floats:
        """See `Mapping`."""
        off = envelope - envelope.mean(axis=1, keepdims=True)
        slope = off[:, _LOW].mean(axis=1) - off[:, _HIGH].mean(axis=1)
        voiced = 1 / (1 + np.exp(-(slope - self._border) / _SOFTNESS * 2))
        moved = np.clip(_smooth(off - self._middle, 3), -_FARTHEST, _FARTHEST) * self._movement
        weight = voiced[:, None]
        gain = weight * (self._voiced + moved) + (1 - weight) * self._voiceless
        return np.asarray(gain - _louder(envelope, gain) + (1 - weight) * self._relation)


def _doubled(bands: Sequence[float]) -> Floats:
    return np.repeat(np.array(bands), 2)


def _limited(gain: Floats) -> Floats:
    return np.clip(_smooth(gain, 1), -_MOST, _MOST)


def _smooth(values: Floats, reach: int) -> Floats:
    """Averaged over so many neighbours on each side, along the last axis."""
    padding = [(0, 0)] * (values.ndim - 1) + [(reach, reach)]
    padded = np.pad(values, padding, mode="edge")
    return np.asarray(np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1, axis=-1).mean(axis=-1))


def _louder(envelope: Floats, gain: Floats) -> Floats:
    """By how many dB each frame grows, shape (n, 1)."""
    powers = SHARES * 10 ** (envelope / 10)
    after = np.sum(powers * 10 ** (gain / 10), axis=1, keepdims=True)
    return np.asarray(10 * np.log10(after / powers.sum(axis=1, keepdims=True)))


def _slope(envelope: Floats) -> float:
    return float(envelope[_LOW].mean() - envelope[_HIGH].mean())
