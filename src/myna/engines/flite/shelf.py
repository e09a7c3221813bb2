"""Brightness and level of recorded voices: one short filter over a stream of samples."""

from __future__ import annotations

from functools import lru_cache
from math import log2

import numpy as np
from numpy.typing import NDArray

_TAPS = 47
_CORNER = 500.0


@lru_cache(maxsize=256)
def _taps(brightness: float, gain: float, rate: int) -> NDArray[np.float32]:
    """Linear-phase filter of shape (_TAPS,): `brightness` dB per octave above the corner, in all `gain`."""
    if not brightness:
        return np.array([gain], np.float32)
    hz = np.fft.rfftfreq(512, 1 / rate)
    octaves = np.log2(np.maximum(hz, _CORNER) / _CORNER)
    # the level of speech stays about where it was: its weight lies near 1 kHz
    decibels = brightness * (octaves - log2(1000 / _CORNER) * 0.5)
    impulse = np.roll(np.fft.irfft(10 ** (decibels / 20)), _TAPS // 2)[:_TAPS]
    return np.asarray(impulse * np.hamming(_TAPS) * gain, np.float32)


class Shelf:
    """Filters s16 samples as they come; what comes out is as long as what goes in."""

    def __init__(self, brightness: float, gain: float, rate: int) -> None:
        """Tilt by `brightness` dB per octave and amplify by `gain`, for samples at `rate` Hz."""
        self._filter = _taps(brightness, gain, rate)
        self._past = np.zeros(len(self._filter) - 1, np.float32)

    def feed(self, data: bytes) -> bytes:
        """The filtered samples."""
        fresh = np.concatenate((self._past, np.frombuffer(data, "<i2").astype(np.float32)))
        self._past = fresh[len(fresh) - len(self._past) :]
        result = np.convolve(fresh, self._filter, "valid")
        return np.clip(np.rint(result), -32768, 32767).astype("<i2").tobytes()
