"""What PocketSphinx's acoustic model hears: mel cepstra of 10 ms steps, with the noise of the room taken out.

The measure is the model's own (25 mel filters from 130 to 6800 Hz, a Hamming window of 25.6 ms, cosine
transform, lifter), so that normalisation can be done here, over as much of the audio as is known, while the
decoder takes frames one by one. Noise is what stays when the mel powers are followed from below, slowly up
and quickly down; what decays after a peak is masked (Kim and Stern, "Power-Normalized Cepstral Coefficients
for Robust Speech Recognition", 2016).
"""

from __future__ import annotations

import functools

import numpy as np
from numpy.typing import NDArray

RATE = 16_000
STEP = 160
"""Samples from frame to frame."""
SIZE = 13
"""Cepstra of a frame."""
SECONDS = STEP / RATE

_WINDOW, _BINS = 410, 512
_FILTERS, _LOWEST_HZ, _HIGHEST_HZ = 25, 130.0, 6800.0
_TOP_HZ = 7900.0
"""Where the filters end at most, however they are warped."""
_BEND = 0.8
"""Share of the frequencies that is warped by the whole factor; above, what is left is divided evenly."""
_PREEMPHASIS = 0.97
_LIFTER = 22
_FULL_SCALE = 32767.0
"""The model was made with 16-bit samples."""
_LEAST = 1e-4

_SMOOTHING = 0.7
"""Weight of the frame before in the power that is followed."""
_RISE, _FALL = 0.995, 0.5
"""Weight of the frame before in the floor, where power is above and where it is below."""
_DECAY, _MASKED = 0.85, 0.2
"""Of a peak, from frame to frame, and of what it masks."""
_MOST_GAIN = 20.0
_NEIGHBOURS = 4
"""Filters to each side over which gains are averaged."""

Frames = NDArray[np.float64]


class Cepstra:
    """Makes frames of samples that come in pieces.

    Attributes:
        warp: factor of the frequencies at which the filters stand: above 1.0 for a short vocal tract.
    """

    def __init__(self, warp: float = 1.0) -> None:
        self.warp = warp
        self._filters = _filters(warp)
        self._samples = np.zeros(0)
        self._last = 0.0
        self._floors = _Floors()

    def push(self, samples: NDArray[np.float32]) -> Frames:
        """The frames, of shape (n, `SIZE`), that samples of shape (m,) complete."""
        scaled = np.asarray(samples, np.float64) * _FULL_SCALE
        if len(scaled):
            before = np.concatenate([[self._last], scaled[:-1]])
            self._last = float(scaled[-1])
            self._samples = np.concatenate([self._samples, scaled - _PREEMPHASIS * before])
        count = (len(self._samples) - _WINDOW) // STEP + 1
        if count <= 0:
            return np.zeros((0, SIZE))
        windows = np.lib.stride_tricks.sliding_window_view(self._samples, _WINDOW)[::STEP][:count]
        spectra = np.fft.rfft(windows * np.hamming(_WINDOW), _BINS, axis=1)
        powers = (spectra.real**2 + spectra.imag**2) @ self._filters
        self._samples = self._samples[count * STEP :].copy()
        return np.asarray(np.log(np.maximum(self._floors.lift(powers), _LEAST)) @ _transform())


class _Floors:
    """Takes out of mel powers what is there all the time."""

    def __init__(self) -> None:
        self._power: Frames | None = None
        self._noise = self._floor = self._peak = np.zeros(_FILTERS)

    def lift(self, powers: Frames) -> Frames:
        """Powers of shape (frames, filters) without the noise."""
        gains = np.empty_like(powers)
        for index, power in enumerate(powers):
            if self._power is None:
                self._power = self._noise = power
                self._floor = power / _FILTERS
                self._peak = np.zeros(_FILTERS)
            self._power = _SMOOTHING * self._power + (1 - _SMOOTHING) * power
            self._noise = _below(self._noise, self._power)
            signal = np.maximum(self._power - self._noise, 1.0)
            self._floor = _below(self._floor, signal)
            self._peak = self._peak * _DECAY
            masked = np.where(signal < _DECAY * self._peak, self._peak * _MASKED, signal)
            self._peak = np.maximum(self._peak, signal)
            gains[index] = np.maximum(masked, self._floor) / np.maximum(self._power, _LEAST)
        return np.asarray(powers * (np.clip(gains, 1 / _MOST_GAIN, _MOST_GAIN) @ _spread()))


def _below(floor: Frames, power: Frames) -> Frames:
    keep = np.where(power >= floor, _RISE, _FALL)
    return np.asarray(keep * floor + (1 - keep) * power)


@functools.cache
def _spread() -> Frames:
    """The average over neighbouring filters, as a matrix."""
    place = np.arange(_FILTERS)
    near = (np.abs(place[:, None] - place) <= _NEIGHBOURS).astype(float)
    return np.asarray(near / near.sum(axis=0))


@functools.lru_cache(maxsize=32)
def _filters(warp: float) -> Frames:
    """Triangles of unit area, evenly spaced in mel but for the warp, of shape (bins, filters)."""
    low, high = (2595 * np.log10(1 + hz / 700) for hz in (_LOWEST_HZ, _HIGHEST_HZ))
    edges = 700 * (10 ** (np.linspace(low, high, _FILTERS + 2) / 2595) - 1)
    width = RATE / _BINS
    bend = _BEND * _HIGHEST_HZ / max(warp, 1.0)
    top = min(_HIGHEST_HZ * warp, _TOP_HZ)
    above = bend * warp + (edges - bend) * (top - bend * warp) / (_HIGHEST_HZ - bend)
    edges = np.where(edges <= bend, edges * warp, above)
    left, centre, right = edges[:-2], edges[1:-1], edges[2:]
    at = np.arange(_BINS // 2 + 1)[:, None] * width
    sides = np.minimum((at - left) / (centre - left), (right - at) / (right - centre))
    return np.asarray(np.maximum(sides, 0.0) * 2 / (right - left))


@functools.cache
def _transform() -> Frames:
    """From log powers to liftered cepstra, of shape (filters, `SIZE`)."""
    order = np.arange(SIZE)
    cosines = np.cos(np.pi * order * (np.arange(_FILTERS)[:, None] + 0.5) / _FILTERS)
    cosines *= np.sqrt(np.where(order == 0, 1, 2) / _FILTERS)
    return np.asarray(cosines * (1 + _LIFTER / 2 * np.sin(np.pi * order / _LIFTER)))
