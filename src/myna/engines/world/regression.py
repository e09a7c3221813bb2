"""The linear map from the speech of one voice to that of another, found without knowing what either says.

Speech of the one is brought near to that of the other; each frame is paired with its nearest neighbours
there, and they with theirs; the map that fits all pairs best brings it nearer, and so on.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from myna.engines.world.bands import Floats
from myna.engines.world.cepstra import COUNT
from myna.engines.world.stepwise import Steps, at_once
from myna.speech.embedding import BANDS

_ROUNDS = 4
_NEIGHBOURS = 6
DOUBT = 75.0
"""Frames that would speak for no change at all."""
_LIVELIEST, _CALMEST = 1.6, 0.8
"""Factors by which movement that a regression loses is given back."""
_LEVEL = 0.3
"""What a difference of level counts for neighbours, against one of shape."""
_STEP = 0.028
"""Seconds to each side whose difference is the movement of a frame."""
_MOVEMENT = 0.6
"""What movement counts for neighbours, against position."""
_FEWEST = 12
"""Frames from which anything is learnt of voiceless sounds."""

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """Frames of a voice in order.

    Attributes:
        cepstra: shape (n, COUNT).
        voiced, voiceless: masks of shape (n,).
        period: seconds from frame to frame.
        bands: of the recording that hold something; what lies above is continued.
    """

    cepstra: Floats
    voiced: Mask
    voiceless: Mask
    period: float
    bands: int = BANDS

    def part(self, *, voiced: bool) -> Mask:
        """The frames of one kind; all speech where there are too few voiceless ones."""
        if voiced:
            return self.voiced
        return self.voiceless if self.voiceless.sum() >= _FEWEST else self.voiced | self.voiceless


@dataclass(frozen=True, slots=True, eq=False)
class Affine:
    """A map `values @ matrix + offset`.

    Attributes:
        matrix: shape (COUNT, COUNT).
        offset: shape (COUNT,).
    """

    matrix: Floats
    offset: Floats

    def __call__(self, values: Floats) -> Floats:
        """The image of rows, shape (n, COUNT)."""
        return np.asarray(values @ self.matrix + self.offset)

    def blended(self, other: Affine, share: float) -> Affine:
        """`share` of this map and the rest of the other."""
        return Affine(
            share * self.matrix + (1 - share) * other.matrix, share * self.offset + (1 - share) * other.offset
        )


def statistics(values: Floats) -> tuple[Floats, Floats]:
    """Mean and standard deviation of rows."""
    return values.mean(axis=0), np.maximum(values.std(axis=0), 1e-3)


def scaling(base: Floats, target: Floats) -> Affine:
    """The map that gives the rows of `base` the mean and standard deviation of those of `target`."""
    (middle, spread), (other_middle, other_spread) = statistics(base), statistics(target)
    return Affine(np.diag(other_spread / spread), other_middle - middle * other_spread / spread)


def regression(base: Sample, target: Sample, *, voiced: bool) -> Affine:
    """The map from the voiced or voiceless frames of `base` to those of `target`."""
    return at_once(regressing(base, target, voiced=voiced))


def regressing(base: Sample, target: Sample, *, voiced: bool, doubt: float = DOUBT) -> Steps[Affine]:
    """The same step by step; `doubt` is how many frames would speak for no change at all."""
    here, there = base.part(voiced=voiced), target.part(voiced=voiced)
    middle, spread = statistics(base.cepstra[here])
    other_middle, other_spread = statistics(target.cepstra[there])
    weights = (spread + other_spread) / (spread + other_spread)[1:].max()
    weights[0] *= _LEVEL
    before = (base.cepstra - middle) / spread
    after = (target.cepstra - other_middle) / other_spread
    goals = _moving(after * weights, target.period)[there]
    x, y = before[here], after[there]
    yield
    matrix, offset = np.eye(COUNT), np.zeros(COUNT)
    for _ in range(_ROUNDS):
        places = _moving((before @ matrix + offset) * weights, base.period)[here]
        yield
        pairs = _neighbours(places, goals)
        yield
        matrix, offset = _fitted(x, y, *pairs, doubt)
        yield
    scaled = matrix / spread[:, None] * other_spread
    return Affine(scaled, other_middle + offset * other_spread - middle @ scaled)


def _moving(values: Floats, period: float) -> Floats:
    """Frames with their movement beside them."""
    step = max(1, round(_STEP / period))
    padded = np.pad(values, ((step, step), (0, 0)), "edge")
    return np.concatenate((values, _MOVEMENT * (padded[2 * step :] - padded[: -2 * step])), axis=1)


def _neighbours(places: Floats, goals: Floats) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """For each place its nearest goals, and for each goal its nearest places."""
    distances = (goals**2).sum(axis=1) - 2 * places @ goals.T + (places**2).sum(axis=1)[:, None]
    count = min(_NEIGHBOURS, *distances.shape)
    return (
        np.argpartition(distances, count - 1, axis=1)[:, :count],
        np.argpartition(distances, count - 1, axis=0)[:count].T,
    )


def _fitted(
    x: Floats, y: Floats, goals_of: NDArray[np.intp], places_of: NDArray[np.intp], doubt: float
) -> tuple[Floats, Floats]:
    """The map that fits all pairs best, both directions counting the same."""
    count = places_of.shape[1]
    inputs = np.concatenate((x, x[places_of].reshape(-1, COUNT)))
    outputs = np.concatenate((y[goals_of].mean(axis=1), np.repeat(y, count, axis=0)))
    shares = np.concatenate((np.full(len(x), 0.5 / len(x)), np.full(len(y) * count, 0.5 / (len(y) * count))))
    from_, to = shares @ inputs, shares @ outputs
    weighted = (inputs - from_) * shares[:, None]
    likely = doubt / len(y) * np.eye(COUNT)
    matrix = np.linalg.solve(weighted.T @ (inputs - from_) + likely, weighted.T @ (outputs - to) + likely)
    left = np.maximum(((x - x.mean(axis=0)) @ matrix).std(axis=0), 1e-3)
    matrix = matrix * np.clip(1 / left, _CALMEST, _LIVELIEST)
    return matrix, to - from_ @ matrix
