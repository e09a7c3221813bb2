"""Recordings that lie beside zero, as cheap microphones make them, brought back to it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

CUTOFF_HZ = 10.0
"""What is slower than that is no sound."""
_BLOCK = 128
"""Samples that are worked on at a time."""
_NOTHING = 1e-9
"""What is smaller than that is nothing, so that silence becomes and stays silent."""

Samples = NDArray[np.float32]


class Centred:
    """Takes the constant part out of a stream, without delay; as many samples come out as went in.

    What comes out does not depend on how the input was cut.
    """

    def __init__(self, sample_rate: int) -> None:
        """Prepare for samples at `sample_rate`, in Hz."""
        keep = np.exp(-2 * np.pi * CUTOFF_HZ / sample_rate)
        back = np.subtract.outer(np.arange(_BLOCK), np.arange(_BLOCK))
        self._keep = keep ** np.arange(1, _BLOCK + 1)
        self._weights = np.where(back >= 0, (1 - keep) * keep ** np.maximum(back, 0), 0.0)
        self._offset: float | None = None

    def push(self, samples: Samples) -> Samples:
        """The samples of shape (n,) without it."""
        if not len(samples):
            return samples
        if self._offset is None:
            self._offset = float(samples[0])
        blocks = np.pad(samples.astype(np.float64), (0, -len(samples) % _BLOCK)).reshape(-1, _BLOCK)
        offsets = blocks @ self._weights.T
        offset, last = self._offset, (len(samples) - 1) % _BLOCK
        for each in offsets:
            each += offset * self._keep
            offset = float(each[-1])
        self._offset = float(offsets[-1, last])
        centred = (blocks - offsets).ravel()[: len(samples)]
        return np.where(np.abs(centred) < _NOTHING, 0.0, centred).astype(np.float32)
