"""Another sample rate, as a stream that holds back about a millisecond.

A windowed-sinc filter is laid out as matrices that turn blocks of input samples into blocks of output
samples, so that the work is a few matrix products. Samples and coefficients are rounded to integers whose
sums are exact in float64: no order of additions and no way of cutting the input changes a bit.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import ceil, gcd

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

_HALF_WIDTH = 32
"""Zero crossings of the sinc on each side, counted at the lower of both rates."""
_KAISER_BETA = 8.0
"""About 80 dB between the pass band and its images."""
_PASS = 0.94
"""Middle of the filter's slope as a fraction of the lower Nyquist frequency."""
_SAMPLE_SCALE = float(1 << 23)
_TAP_SCALE = float(1 << 20)
_PRODUCT_SIZE = 100_000
"""Most multiplications in one product: beyond, BLAS wakes threads that cost more than they do."""

_PIECE = 4096
"""Input samples worked on at a time: what is between input and output then stays in the processor's cache."""


@dataclass(frozen=True, slots=True)
class _Band:
    """Output samples `outputs` of a block are its input samples `inputs` times `matrix`."""

    inputs: slice
    outputs: slice
    matrix: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Filter:
    """One pair of rates: `block_in` samples become `block_out`.

    Attributes:
        up, down: the ratio of the rates in lowest terms.
        reach: input samples needed before and behind the place of an output sample.
        window: input samples that a block depends on, from `reach - 1` before it.
        bands: the filter; each takes a part of the window, as the matrix of a whole block is mostly zeros.
    """

    up: int
    down: int
    reach: int
    block_in: int
    block_out: int
    window: int
    bands: tuple[_Band, ...]


class Resampler:
    """Turns mono float32 at `rate_in` into float32 at `rate_out`, both in Hz.

    Output sample n stands for the time n / rate_out of the input. A stream of n samples becomes exactly
    n · rate_out / rate_in samples, rounded half up, however it was cut. Equal rates pass through untouched.
    """

    def __init__(self, rate_in: int, rate_out: int) -> None:
        self._filter = None if rate_in == rate_out else _filter(rate_in, rate_out)
        self._received = 0
        self._sent = 0
        reach = self._filter.reach if self._filter else 1
        self._held = np.zeros(reach - 1)

    def push(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """Take input of shape (n,), give back all output that it settles."""
        if self._filter is None:
            return samples
        if len(samples) > _PIECE:
            pieces = (samples[at : at + _PIECE] for at in range(0, len(samples), _PIECE))
            return np.concatenate([self.push(piece) for piece in pieces])
        self._received += len(samples)
        scaled = np.multiply(samples, _SAMPLE_SCALE, dtype=np.float64)
        self._held = np.concatenate([self._held, np.rint(scaled, out=scaled)])
        settled = max(self._received - self._filter.reach, 0)
        return self._convolved(_ceil_div(settled * self._filter.up, self._filter.down))

    def finish(self) -> NDArray[np.float32]:
        """The rest of the output; afterwards the resampler is new."""
        if self._filter is None:
            return np.zeros(0, dtype=np.float32)
        total = (2 * self._received * self._filter.up + self._filter.down) // (2 * self._filter.down)
        rest = self._convolved(total)
        self._received = self._sent = 0
        self._held = np.zeros(self._filter.reach - 1)
        return rest

    def _convolved(self, until: int) -> NDArray[np.float32]:
        """Output behind what was sent, up to sample `until`; `_held` begins with the window of its block."""
        f = self._filter
        assert f is not None
        if until <= self._sent:
            return np.zeros(0, dtype=np.float32)
        first = self._sent // f.block_out
        blocks = _ceil_div(until, f.block_out) - first
        missing = (blocks - 1) * f.block_in + f.window - len(self._held)
        source = np.concatenate([self._held, np.zeros(missing)]) if missing > 0 else self._held
        stride = source.itemsize
        windows = as_strided(source, (blocks, f.window), (f.block_in * stride, stride), writeable=False)
        product = np.empty((blocks, f.block_out))
        for band in f.bands:
            rows = max(_PRODUCT_SIZE // band.matrix.size, 1)
            for row in range(0, blocks, rows):
                part = slice(row, row + rows)
                product[part, band.outputs] = windows[part, band.inputs] @ band.matrix
        start = first * f.block_out
        output = product.reshape(-1)[self._sent - start : until - start]
        self._sent = until
        self._held = self._held[(until // f.block_out - first) * f.block_in :]
        return np.multiply(output, 1.0 / (_SAMPLE_SCALE * _TAP_SCALE), dtype=np.float64).astype(np.float32)


@lru_cache(maxsize=32)
def _filter(rate_in: int, rate_out: int) -> _Filter:
    common = gcd(rate_in, rate_out)
    up, down = rate_out // common, rate_in // common
    pass_band = _PASS * min(1.0, rate_out / rate_in)
    reach = ceil(_HALF_WIDTH * max(1.0, rate_in / rate_out))
    periods = max(1, round(reach / down))
    block_in, block_out = periods * down, periods * up
    width = min(ceil(reach * up / down), block_out)
    bands = tuple(
        _band(start, min(start + width, block_out), up, down, reach, pass_band)
        for start in range(0, block_out, width)
    )
    return _Filter(up, down, reach, block_in, block_out, bands[-1].inputs.stop, bands)


def _band(start: int, stop: int, up: int, down: int, reach: int, pass_band: float) -> _Band:
    place = np.arange(start, stop) * down
    base, fraction = place // up, (place % up) / up
    first, last = int(base[0]), int(base[-1]) + 2 * reach
    matrix = np.zeros((last - first, stop - start))
    rows = (base - first)[:, None] + np.arange(2 * reach)
    matrix[rows, np.arange(stop - start)[:, None]] = _taps(fraction, reach, pass_band)
    return _Band(slice(first, last), slice(start, stop), matrix)


def _taps(fraction: NDArray[np.float64], reach: int, pass_band: float) -> NDArray[np.float64]:
    """Integer coefficients of shape (len(fraction), 2·reach); each row adds up to the scale exactly."""
    distance = np.arange(2 * reach) - (reach - 1) - fraction[:, None]
    shape = np.sqrt(np.maximum(1.0 - (distance / reach) ** 2, 0.0))
    grid = np.linspace(0.0, 1.0, 4096)
    window = np.interp(shape, grid, np.i0(_KAISER_BETA * grid))
    taps = np.sinc(pass_band * distance) * window
    taps = np.rint(taps * (_TAP_SCALE / taps.sum(axis=1, keepdims=True)))
    peak = taps.argmax(axis=1)
    taps[np.arange(len(taps)), peak] += _TAP_SCALE - taps.sum(axis=1)
    return np.asarray(taps, dtype=np.float64)


def _ceil_div(a: int, b: int) -> int:
    return -(-a // b)
