"""Parts of a recording of any length, spread over all of it, in bounded memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from myna.audio.levels import rms
from myna.engines.changing.protocols import CHANGING_RATE

if TYPE_CHECKING:
    from myna.engines.changing.protocols import Samples

_PART = 2 * CHANGING_RATE
"""Samples of a part."""
_MOST = 20
"""Parts that are kept: what is learnt from 40 s is as good as what is learnt from more."""
_QUIET = 0.1
"""Share of the level of the loudest part below which one is taken for a pause."""


class Collected:
    """Collects a recording: all of a short one, of a long one every other part, every fourth, and so on."""

    def __init__(self) -> None:
        self._parts: list[Samples] = []
        self._rest: list[Samples] = []
        self._waiting = 0
        self._loudest = 0.0
        self._stride = 1
        self._count = 0

    def add(self, samples: Samples) -> None:
        """Take more of it, shape (n,)."""
        self._rest.append(samples)
        self._waiting += len(samples)
        if self._waiting < _PART:
            return
        waiting = np.concatenate(self._rest)
        whole = len(waiting) // _PART * _PART
        for start in range(0, whole, _PART):
            self._take(waiting[start : start + _PART])
        self._rest, self._waiting = [waiting[whole:].copy()], len(waiting) - whole

    def samples(self) -> Samples:
        """What has been kept, in order."""
        return np.concatenate((*self._parts, *self._rest, np.zeros(0, np.float32)))

    def _take(self, part: Samples) -> None:
        level = rms(part)
        self._loudest = max(self._loudest, level)
        if level <= _QUIET * self._loudest:
            return
        if self._count % self._stride == 0:
            self._parts.append(part.copy())
        self._count += 1
        if len(self._parts) > _MOST:
            self._parts = self._parts[::2]
            self._stride *= 2
