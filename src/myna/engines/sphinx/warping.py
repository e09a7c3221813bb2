"""How long the vocal tract of a speaker is, told by the warp of frequencies with which speech fits the model.

The model was made of many speakers; a woman's or a child's resonances lie higher than its mean, a tall man's
lower. The likelihood of the frames under the whole model, whatever was said, has its maximum where they fit.
It is asked for high voices only.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator

import numpy as np
from numpy.typing import NDArray

from myna.engines.sphinx.acoustics import Acoustics, differences
from myna.engines.sphinx.cepstra import RATE, SIZE, Cepstra
from myna.engines.sphinx.pitch import pitch

_FINEST = 0.05
_LOWEST, _HIGHEST = 0, 4
"""Warps that are tried, in steps of `_FINEST` from 1.0. Below it the fit grows for men while more words are
wrong: what is squeezed varies less, and fits by that alone."""
_ENOUGH = 240
"""Frames that tell the warp."""
_EVERY = 2
_LOW_HZ = 155.0
"""Pitch of a man's voice, which is not warped: noise and echoes look like a short vocal tract."""
_MOST_SECONDS = 8.0
_AT_ONCE = 32
_PIECE = RATE // 4
_MEMORY = 0.7
"""Weight of earlier segments beside a new one."""
_UNSURE = 40.0
"""Frames at 1.0 that the first segment is weighed against."""


class Warp:
    """What is known of a speaker's warp; learns from segment to segment.

    Attributes:
        value: factor of the frequencies; 1.0 before anything is known.
    """

    def __init__(self, acoustics: Acoustics) -> None:
        self.value = 1.0
        self._acoustics = acoustics
        self._weight, self._known = _UNSURE, 1.0
        self._now = (0.0, 1.0)

    def settle(self) -> None:
        """What was studied last becomes what is known; another segment follows."""
        weight, warp = self._now
        if weight:
            total = _MEMORY * self._weight + weight
            self._known += (warp - self._known) * weight / total
            self._weight = total
        self._now = (0.0, 1.0)

    def study(self, samples: NDArray[np.float32]) -> Iterator[None]:
        """Find the warp of a segment, in steps of some milliseconds; `value` then holds it."""
        samples = samples[: round(_MOST_SECONDS * RATE)]
        weight, found = len(samples) / RATE * 100, 1.0
        height = pitch(samples)
        yield
        if height >= _LOW_HZ:
            found = yield from self._best(samples)
        self._now = (weight, found)
        self.value = self._known + (found - self._known) * weight / (weight + self._weight)

    def _best(self, samples: NDArray[np.float32]) -> Generator[None, None, float]:
        """The warp with which a segment fits best, by climbing from what is known."""
        fits: dict[int, float] = {}
        at = min(max(round((self.value - 1.0) / _FINEST), _LOWEST + 1), _HIGHEST - 1)
        while True:
            for place in (at - 1, at, at + 1):
                if place not in fits:
                    fits[place] = yield from self._fit(samples, 1.0 + place * _FINEST)
            best = max(fits, key=fits.__getitem__)
            if best in (at, _LOWEST, _HIGHEST):
                break
            at = best
        return 1.0 + _FINEST * (best + _summit(best, fits))

    def _fit(self, samples: NDArray[np.float32], warp: float) -> Generator[None, None, float]:
        """The log likelihood of the segment with this warp."""
        cepstra = Cepstra(warp)
        pieces = [np.zeros((0, SIZE))]
        for start in range(0, len(samples), _PIECE):
            pieces.append(cepstra.push(samples[start : start + _PIECE]))
            yield
        frames = np.concatenate(pieces)
        if not len(frames):
            return 0.0
        every = max(_EVERY, -(-len(frames) // _ENOUGH))
        streams = [stream[::every] for stream in differences(frames - frames.mean(axis=0))]
        fit = 0.0
        for first in range(0, len(streams[0]), _AT_ONCE):
            fit += self._acoustics.fit([stream[first : first + _AT_ONCE] for stream in streams])
            yield
        return fit


def _summit(best: int, fits: dict[int, float]) -> float:
    """Where between its neighbours the maximum is, in steps from the best."""
    if best - 1 not in fits or best + 1 not in fits:
        return 0.0
    below, here, above = fits[best - 1], fits[best], fits[best + 1]
    bend = below - 2 * here + above
    return 0.5 * (below - above) / bend if bend < 0 else 0.0
