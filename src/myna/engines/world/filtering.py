"""A filter that follows speech: each frame is heard, and each band of it raised or lowered."""

from __future__ import annotations

import bisect
from functools import lru_cache

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from myna.engines.world.bands import Floats, gather, lowest_band, scatter
from myna.engines.world.mapping import Mapping

Samples = NDArray[np.float32]

_WINDOW_SECONDS = 0.030
_OVERLAP = 4
_FLOOR = 1e-11
"""Power that stands for silence."""
_AT_ONCE = 512
"""Frames of a recording that are heard at once."""


class FollowingFilter:
    """Filters samples as they come; what comes out is as long as what went in, and in step with it.

    Frames overlap by three quarters and are filtered without delay of their own: what has gone in is out
    after one and a half windows. The result does not depend on how the samples are cut into pieces.
    """

    def __init__(self, mapping: Mapping, sample_rate: int, pitch_hz: float) -> None:
        """Filter as `mapping` says.

        Args:
            mapping: says what each frame needs; for this stream only.
            sample_rate: of the samples, in Hz.
            pitch_hz: usual fundamental frequency, whose harmonics are not to be taken for resonances.
        """
        self._mapping = mapping
        size, hop = frame(sample_rate)
        self._size, self._hop = size, hop
        self._cut = _Cut(size, hop)
        self._hear = _ear(size + 1, sample_rate, _rounded(pitch_hz))
        self._lowest = lowest_band(pitch_hz)
        self._draw = scatter(size + 1, sample_rate)
        self._frame = 0
        """Frames done; frame i begins at sample `i * hop - lead`."""
        self._lead = size - hop
        self._summed = np.zeros(0)
        """What frames have added up to from sample `_given` on."""
        self._taken = self._given = 0
        self._starts: list[int] = []
        self._phones: list[str] = []

    def begins(self, phone: str, start: int) -> None:
        """The IPA symbol `phone` sounds from sample `start` on; told in order, before the samples."""
        self._starts.append(start)
        self._phones.append(phone)

    def feed(self, samples: Samples) -> Samples:
        """Take samples of shape (n,), full scale 1.0; gives those that are ready."""
        self._taken += len(samples)
        self._go_on(samples)
        return self._give()

    def finish(self) -> Samples:
        """The rest; nothing is taken after that."""
        self._go_on(np.zeros(2 * self._size))
        return self._give()

    def _go_on(self, samples: Samples | Floats) -> None:
        """Filter the frames that are complete."""
        size, hop = self._size, self._hop
        frames = self._cut.push(samples)
        count = len(frames)
        if not count:
            return
        filtered = self._filtered(frames)
        first = self._frame * hop - self._lead - size // 2 - self._given
        """Where the first frame's output begins in what is summed; below 0 before the first sample."""
        missing = first + (count - 1) * hop + 2 * size - len(self._summed)
        summed = np.concatenate((self._summed, np.zeros(max(missing, 0))))
        for index, frame in enumerate(filtered):
            begin = first + index * hop
            summed[max(begin, 0) : max(begin + 2 * size, 0)] += frame[max(-begin, 0) :]
        self._summed = summed
        self._frame += count

    def _give(self) -> Samples:
        """The samples to which no frame will add any more."""
        done = min(self._frame * self._hop - self._lead - self._size // 2, self._taken)
        count = max(done - self._given, 0)
        ready = self._summed[:count].astype(np.float32)
        self._summed = self._summed[count:]
        self._given += count
        return ready

    def _filtered(self, frames: Floats) -> Floats:
        """Frames of shape (n, size) after the filter, with half a frame before and behind, (n, 2 * size)."""
        spectrum, envelope = _heard(frames, self._hear)
        gains = self._mapping.gains(envelope, self._sounding(len(frames)))
        gains[:, : self._lowest] = gains[:, self._lowest, None]
        factors = 10 ** ((gains @ self._draw) / 20)
        return np.asarray(np.fft.irfft(spectrum * factors, axis=1))

    def _sounding(self, count: int) -> list[str]:
        """The phones in the middle of the next frames."""
        first = self._frame * self._hop - self._lead + self._size // 2
        places = (bisect.bisect_right(self._starts, first + i * self._hop) for i in range(count))
        return [self._phones[place - 1] if place else "" for place in places]


class Ear:
    """Hears, frame by frame, what a `FollowingFilter` hears in samples as they come."""

    def __init__(self, sample_rate: int, pitch_hz: float) -> None:
        """Hear samples of speech whose usual fundamental frequency is `pitch_hz`."""
        size, hop = frame(sample_rate)
        self._size, self._sample_rate = size, sample_rate
        self._cut = _Cut(size, hop)
        self.pitch_hz = pitch_hz

    def hear(self, samples: Samples) -> Floats:
        """Take samples of shape (n,); gives the levels in dB of further frames, shape (m, BANDS)."""
        return self._heard(samples)

    def finish(self) -> Floats:
        """The rest; nothing is taken after that."""
        return self._heard(np.zeros(2 * self._size))

    def _heard(self, samples: Samples | Floats) -> Floats:
        frames = self._cut.push(samples)
        return _heard(frames, _ear(self._size + 1, self._sample_rate, _rounded(self.pitch_hz)))[1]


class _Cut:
    """Cuts samples into frames as they come; the first ends with the first hop of samples."""

    def __init__(self, size: int, hop: int) -> None:
        self._size, self._hop = size, hop
        self._kept = np.zeros(size - hop)
        """Samples from the beginning of the next frame on."""

    def push(self, samples: Samples | Floats) -> Floats:
        """Take more; gives frames that are complete, shape (n, size)."""
        self._kept = np.concatenate((self._kept, samples))
        count = max((len(self._kept) - self._size) // self._hop + 1, 0)
        if not count:
            return np.zeros((0, self._size))
        frames = sliding_window_view(self._kept, self._size)[: count * self._hop : self._hop]
        self._kept = self._kept[count * self._hop :]
        return np.asarray(frames * _shape(self._size))


def lateness(sample_rate: float) -> int:
    """Samples after one, at most, that must be there before it comes out."""
    return frame(sample_rate)[0] * 3 // 2


def frame(sample_rate: float) -> tuple[int, int]:
    """Samples of a frame, and from one to the next."""
    size = 1 << round(np.log2(sample_rate * _WINDOW_SECONDS))
    return size, size // _OVERLAP


def envelopes(samples: Floats, sample_rate: float, pitch_hz: float) -> Floats:
    """What the filter hears in samples of shape (n,): levels in dB, shape (frames, BANDS).

    The middle of frame i is at sample `i * hop` of `frame`.
    """
    size, hop = frame(sample_rate)
    padded = np.pad(samples, (size // 2, size))
    frames = sliding_window_view(padded, size)[: len(samples) + 1 : hop]
    hear = _ear(size + 1, sample_rate, _rounded(pitch_hz))
    parts = [
        _heard(frames[start : start + _AT_ONCE] * _shape(size), hear)[1]
        for start in range(0, len(frames), _AT_ONCE)
    ]
    return np.concatenate(parts)


def _heard(frames: Floats, ear: Floats) -> tuple[NDArray[np.complex128], Floats]:
    """Spectra of frames, shape (n, size + 1), with half a frame of silence on both sides; their envelopes."""
    half = frames.shape[1] // 2
    spectrum = np.fft.rfft(np.pad(frames, ((0, 0), (half, half))), axis=1)
    power = spectrum.real**2 + spectrum.imag**2
    return spectrum, 10 * np.log10(power @ ear + _FLOOR)


def _shape(size: int) -> Floats:
    return np.asarray(np.hanning(size + 1)[:-1] * (2 / _OVERLAP))


def _rounded(pitch_hz: float) -> int:
    return 10 * round(pitch_hz / 10)


@lru_cache(maxsize=64)
def _ear(bins: int, sample_rate: float, pitch_hz: int) -> Floats:
    """Weights of shape (bins, BANDS) that hear levels in bands from power, blind to single harmonics."""
    hz = np.linspace(0.0, sample_rate / 2, bins)
    reach = max(float(pitch_hz), hz[1])
    far = int(reach / hz[1])
    blur = np.clip(1 - np.abs(np.arange(-far, far + 1)) * hz[1] / reach, 0.0, None)
    single = gather(bins, sample_rate) / np.convolve(np.ones(bins), blur, "same")
    return np.stack([np.convolve(band, blur, "same") for band in single], axis=1)
