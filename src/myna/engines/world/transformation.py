"""What turns the speech of an engine's voice into that of a person, and how it is learnt from a recording."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from myna.engines.world.bands import CENTRES, SHARES, Floats
from myna.engines.world.cepstra import COUNT, cepstra, drawn
from myna.engines.world.regression import DOUBT, Affine, Sample, regressing, scaling, statistics
from myna.engines.world.stepwise import Steps, at_once

_SHARE = 0.7
_EQUALIZED = 0.5
_MOST_EQUALIZED = 10.0
_MOST_OF_VOICELESS = 8.0
"""Decibels by which voiceless sounds are raised or lowered against voiced ones at most."""
_REACH = 3.0
"""Standard deviations from the mean beyond which frames are filtered like the nearest that was met."""
_MOST, _LEAST = 24.0, -30.0
"""Limits of the gain of a band, in dB."""
_SHAPES = slice(1, 13)
"""Cepstra that tell voiced from voiceless."""

_LAYOUT = struct.Struct(f"<{1 + 12 + 2 * (COUNT * COUNT + 3 * COUNT)}f")
SIZE = _LAYOUT.size
"""Bytes of a transformation."""


@dataclass(frozen=True, slots=True, eq=False)
class _Kind:
    """What one kind of sounds gets.

    Attributes:
        change: from cepstra to their change.
        middle, reach: what frames the change was learnt on, shape (COUNT,).
    """

    change: Affine
    middle: Floats
    reach: Floats

    def gains(self, values: Floats) -> Floats:
        near = np.clip(values, self.middle - self.reach, self.middle + self.reach)
        return drawn(self.change(near))

    def numbers(self) -> list[Floats]:
        return [self.change.matrix.ravel(), self.change.offset, self.middle, self.reach]

    @classmethod
    def of(cls, numbers: Floats) -> _Kind:
        matrix, offset, middle, reach = np.split(numbers, np.cumsum([COUNT * COUNT, COUNT, COUNT]))
        return cls(Affine(matrix.reshape(COUNT, COUNT), offset), middle, reach)


class Transformation:
    """A `Mapping` that gives each frame the envelope that the other voice would have."""

    def __init__(self, discriminant: Floats, voiced: _Kind, voiceless: _Kind) -> None:
        """Apply `voiced` as far as frames are: `discriminant` is a constant and weights of cepstra."""
        self._discriminant = discriminant
        self._voiced, self._voiceless = voiced, voiceless

    def gains(self, envelope: Floats, phones: Sequence[str]) -> Floats:
        """See `Mapping`."""
        values = cepstra(envelope)
        weight = self.voicing(values)[:, None]
        gains = weight * self._voiced.gains(values) + (1 - weight) * self._voiceless.gains(values)
        return np.asarray(np.clip(gains, _LEAST, _MOST))

    def voicing(self, values: Floats) -> Floats:
        """How likely frames of cepstra are voiced, shape (n,)."""
        score = values[:, _SHAPES] @ self._discriminant[1:] + self._discriminant[0]
        return np.asarray(1 / (1 + np.exp(-np.clip(score, -30, 30))))

    def packed(self) -> bytes:
        """In `SIZE` bytes."""
        parts = [self._discriminant, *self._voiced.numbers(), *self._voiceless.numbers()]
        return np.concatenate(parts).astype("<f4").tobytes()

    @classmethod
    def unpacked(cls, data: bytes) -> Transformation:
        """What `packed` packed.

        Raises:
            ValueError: it was not that.
        """
        numbers = np.frombuffer(data, "<f4").astype(float)
        if len(data) != SIZE or not np.isfinite(numbers).all():
            raise ValueError("These are not the numbers of a transformation.")
        voiced, voiceless = np.split(numbers[13:], 2)
        return cls(numbers[:13], _Kind.of(voiced), _Kind.of(voiceless))


def learnt(base: Sample, target: Sample) -> Transformation:
    """The transformation of the speech of `base`, of which there is much, into that of `target`."""
    return at_once(learning(base, target, share=_SHARE, equalized=_EQUALIZED))


def learning(
    base: Sample,
    target: Sample,
    *,
    share: float,
    equalized: float,
    plain_voiceless: bool = False,
    doubt: float = DOUBT,
) -> Steps[Transformation]:
    """Learn a transformation step by step.

    Args:
        base: speech that is to be transformed.
        target: what it is to be like.
        share: how much of the gain is the regression's; the rest only moves means and spreads, which blurs
            no words.
        equalized: how much of what is left between the long-term spectra is taken away.
        plain_voiceless: move voiceless sounds all by the same, which keeps consonants apart.
        doubt: frames of the target that would speak for no change beyond means and spreads.
    """
    voiced = yield from _learnt(base, target, share, doubt, voiced=True)
    if plain_voiceless:
        voiceless = _shifted(base, target, voiced=False)
    else:
        voiceless = yield from _learnt(base, target, share, doubt, voiced=False)
    speech, hiss = base.cepstra[base.voiced], base.cepstra[base.part(voiced=False)]
    change = _equalized(voiced.change, speech, target.cepstra[target.voiced], equalized)
    yield
    loud = _loudness(speech + change(speech))
    wanted = _loudness(target.cepstra[target.part(voiced=False)]) - _loudness(target.cepstra[target.voiced])
    missing = wanted - (_loudness(hiss + voiceless.change(hiss)) - loud)
    missing = min(max(missing, -_MOST_OF_VOICELESS), _MOST_OF_VOICELESS)
    # the loudness stays that of the base, which no recording knows
    shift = _loudness(speech) - loud
    return Transformation(
        _discriminant(base),
        _Kind(_amplified(change, shift), voiced.middle, voiced.reach),
        _Kind(_amplified(voiceless.change, shift + missing), voiceless.middle, voiceless.reach),
    )


def _amplified(change: Affine, decibels: float) -> Affine:
    return Affine(change.matrix, change.offset + cepstra(np.full((1, len(CENTRES)), decibels))[0])


def _loudness(values: Floats) -> float:
    """Level of speech in dB."""
    return float(10 * np.log10(SHARES @ _power(values)))


def _learnt(base: Sample, target: Sample, share: float, doubt: float, *, voiced: bool) -> Steps[_Kind]:
    here = base.cepstra[base.part(voiced=voiced)]
    there = target.cepstra[target.part(voiced=voiced)]
    found = yield from regressing(base, target, voiced=voiced, doubt=doubt)
    image = found.blended(scaling(here, there), share)
    middle, spread = statistics(here)
    matrix, offset = image.matrix - np.eye(COUNT), image.offset.copy()
    matrix[:, 0] = offset[0] = 0.0  # the level moves as the base's does
    return _Kind(Affine(matrix, offset), middle, _REACH * spread)


def _shifted(base: Sample, target: Sample, *, voiced: bool) -> _Kind:
    """The same for all frames: what brings their mean to that of the target's."""
    here = base.cepstra[base.part(voiced=voiced)]
    offset = target.cepstra[target.part(voiced=voiced)].mean(axis=0) - here.mean(axis=0)
    offset[0] = 0.0
    middle, spread = statistics(here)
    return _Kind(Affine(np.zeros((COUNT, COUNT)), offset), middle, _REACH * spread)


def _equalized(change: Affine, base: Floats, target: Floats, share: float) -> Affine:
    """With what is missing of the target's long-term spectrum, to which the loudest sounds add most."""
    missing = 10 * np.log10(_power(target) / _power(base + change(base)))
    missing = np.clip(missing - missing.mean(), -_MOST_EQUALIZED, _MOST_EQUALIZED)
    added = share * cepstra(missing[None])[0]
    added[0] = 0.0
    return Affine(change.matrix, change.offset + added)


def _power(values: Floats) -> Floats:
    """Mean power of each band, shape (BANDS,)."""
    return np.asarray((10 ** (drawn(values) / 10)).mean(axis=0))


def _discriminant(base: Sample) -> Floats:
    """A constant and the weights of `_SHAPES` whose sum is the log odds that a frame is voiced."""
    one, other = base.cepstra[base.voiced][:, _SHAPES], base.cepstra[base.part(voiced=False)][:, _SHAPES]
    spread = (np.cov(one.T) + np.cov(other.T)) / 2
    weights = np.linalg.solve(spread, one.mean(axis=0) - other.mean(axis=0))
    return np.concatenate(([-(one.mean(axis=0) + other.mean(axis=0)) @ weights / 2], weights))
