"""How loud: gain that changes without a click, and a limiter that keeps peaks below full scale."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

CEILING = 32767.0 / 32768.0
"""Loudest sample that leaves the limiter; fits 16 bits."""
LOSSY_CEILING = 0.88
"""The same before a lossy codec, whose decoder may come out louder than what went in."""

RAMP_S = 0.02
"""Time in which one gain becomes another."""
AHEAD_S = 0.002
"""How early the limiter turns down before a peak; the time for which it holds audio back."""
HOLD_S = 0.02
"""How long it stays down: longer than a period of a low voice, so that it does not hum along."""
RELEASE_S = 0.03
"""Time in which it comes back."""

_UNITY = 1 << 24


class Gain:
    """Multiplies a stream by a factor that may change between pushes; the change is spread over 20 ms."""

    def __init__(self, sample_rate: int) -> None:
        self._length = round(RAMP_S * sample_rate)
        self._factor: float | None = None
        self._source = 1.0
        self._done = 0

    def push(self, samples: NDArray[np.float32], factor: float) -> NDArray[np.float32]:
        """The samples of shape (n,), louder by `factor`; the very same array where there is nothing to do."""
        if self._factor is None:
            self._factor, self._done = factor, self._length
        elif factor != self._factor:
            self._source, self._factor, self._done = self._current(), factor, 0
        if self._done >= self._length:
            return samples if factor == 1.0 else samples * np.float32(factor)
        slope = np.arange(self._done + 1, self._done + 1 + len(samples)) / self._length
        self._done = min(self._done + len(samples), self._length)
        factors = self._source + (factor - self._source) * np.minimum(slope, 1.0)
        return samples * factors.astype(np.float32)

    def _current(self) -> float:
        assert self._factor is not None
        return self._source + (self._factor - self._source) * min(self._done / max(self._length, 1), 1.0)


class Limiter:
    """Turns a stream down smoothly around peaks above a ceiling; other samples come out bit for bit.

    The gain at each sample is a mean over minima of what the samples near it allow, so it begins to fall
    `AHEAD_S` before a peak, never lets one through, stays down for `HOLD_S` and comes back within
    `RELEASE_S`. As many samples come out as went in, in place; the last `AHEAD_S` are held until `finish`.
    Gains are summed as integers, hence the output does not depend on how the input was cut.
    """

    def __init__(self, sample_rate: int, ceiling: float = CEILING) -> None:
        self._ceiling = ceiling
        self._ahead = max(round(AHEAD_S * sample_rate), 1)
        self._hold = round(HOLD_S * sample_rate)
        self._release = round(RELEASE_S * sample_rate)
        self._held = np.zeros(0, dtype=np.float32)
        self._quiet = 0
        # Gains that the samples allow, from `release + hold` before the first held; None where all are one.
        self._allowed: NDArray[np.int64] | None = None

    def push(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """Take samples of shape (n,), give back those that no later peak can touch."""
        loud = exceeds(samples, self._ceiling)
        waiting = np.concatenate([self._held, samples]) if len(self._held) else samples
        settled = max(len(waiting) - self._ahead, 0)
        output = waiting[:settled]
        if loud or self._allowed is not None:
            output = self._turned_down(output, samples, loud)
        self._held = waiting[settled:].copy()
        return output

    def finish(self) -> NDArray[np.float32]:
        """What was held back; afterwards the limiter is new."""
        output = self.push(np.zeros(self._ahead, dtype=np.float32))
        self._held, self._quiet, self._allowed = output[:0], 0, None
        return output

    def _turned_down(
        self, output: NDArray[np.float32], news: NDArray[np.float32], loud: bool
    ) -> NDArray[np.float32]:
        past = self._allowed
        if past is None:
            past = np.full(self._release + self._hold + len(self._held), _UNITY)
        allowed = np.concatenate([past, _allowed_gains(news, self._ceiling)])
        self._quiet = len(news) - 1 - _last_loud(news, self._ceiling) if loud else self._quiet + len(news)
        self._allowed = allowed[len(output) :]
        if self._quiet >= self._release + self._hold + self._ahead:
            self._allowed = None
        if not len(output):
            return output
        floor = _running_minimum(allowed, self._hold + self._ahead + 1)
        total = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(floor)])
        fall = _means(total, self._ahead + 1, len(output))
        rise = _means(total, self._release + 1, len(output))
        return np.multiply(output, np.minimum(fall, rise) / _UNITY, dtype=np.float64).astype(np.float32)


def exceeds(samples: NDArray[np.float32], level: float) -> bool:
    """Whether any sample is beyond ±`level`, or not a number."""
    return bool(len(samples)) and not (samples.max() <= level and samples.min() >= -level)


def saturated(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """The samples within full scale; the very same array where they are. Not-a-number becomes silence."""
    if not exceeds(samples, 1.0):
        return samples
    return np.clip(np.nan_to_num(samples, nan=0.0, posinf=1.0, neginf=-1.0), -1.0, 1.0)


def _allowed_gains(samples: NDArray[np.float32], ceiling: float) -> NDArray[np.int64]:
    """The largest gain that keeps each sample at `ceiling`, as an integer; `_UNITY` is one."""
    peaks = np.maximum(np.abs(samples), np.float32(ceiling)).astype(np.float64)
    return np.floor(np.fmin(_UNITY * ceiling / peaks, _UNITY)).astype(np.int64)


def _last_loud(samples: NDArray[np.float32], ceiling: float) -> int:
    return int(np.flatnonzero(~(np.abs(samples) <= ceiling))[-1])


def _running_minimum(values: NDArray[np.int64], width: int) -> NDArray[np.int64]:
    """Minima of all runs of `width` values; doubling the run reaches any width in log2(width) steps."""
    minima, reached = values, 1
    while reached < width:
        step = min(reached, width - reached)
        minima = np.minimum(minima[:-step], minima[step:])
        reached += step
    return minima


def _means(total: NDArray[np.int64], width: int, count: int) -> NDArray[np.int64]:
    """Floors of the means of the last `count` runs of `width` values, from their running total."""
    end = len(total)
    return (total[end - count :] - total[end - count - width : end - width]) // width


def rms(samples: NDArray[np.floating[Any]]) -> float:
    """Root mean square of samples of shape (n,)."""
    return float(np.sqrt(np.mean(np.square(samples, dtype=np.float64))))
