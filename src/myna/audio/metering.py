"""How loud a recording is, and how much of it was cut off, before anything is done to it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """A stretch of a recording as it was made.

    Attributes:
        samples: float32 of shape (n,), mono, full scale ±1.0.
        sample_rate: in Hz; it may change from block to block.
    """

    samples: Samples
    sample_rate: int


class Meter:
    """Finds the peak of a stream, and how much of it stands there.

    Attributes:
        native_rate: sample rate of the first block, in Hz.
        peak: largest magnitude so far.
    """

    _STEPS = 1 << 14

    def __init__(self) -> None:
        self.native_rate = 0
        self.peak = 0.0
        self._count = 0
        self._levels = np.zeros(self._STEPS + 1, dtype=np.int64)
        self._full = 1.0

    def watch(self, blocks: Iterator[Block]) -> Iterator[Block]:
        """Pass blocks on, and look at them."""
        for block in blocks:
            self.native_rate = self.native_rate or block.sample_rate
            self._take(np.abs(block.samples))
            yield block

    @property
    def clipped(self) -> float:
        """Share of the samples within 1 % of the peak."""
        first = int(self.peak * 0.99 / self._full * self._STEPS)
        return float(self._levels[first:].sum() / max(self._count, 1)) if self.peak > 0 else 0.0

    def _take(self, magnitudes: Samples) -> None:
        self.peak = max(self.peak, float(magnitudes.max(initial=0.0)))
        while self.peak > self._full:  # halve the resolution: each level takes in the one above it
            self._full *= 2
            pairs = self._levels[: self._STEPS].reshape(-1, 2).sum(axis=1)
            top = self._levels[self._STEPS]
            self._levels = np.zeros(self._STEPS + 1, dtype=np.int64)
            self._levels[: len(pairs)] = pairs
            self._levels[len(pairs)] += top
        self._count += len(magnitudes)
        steps = (magnitudes * (self._STEPS / self._full)).astype(np.int64)
        self._levels += np.bincount(steps, minlength=self._STEPS + 1)
