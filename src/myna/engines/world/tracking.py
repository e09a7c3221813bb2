"""The fundamental frequency of speech as it is spoken: a few frames later it is decided for good."""

from __future__ import annotations

from collections import deque
from functools import cache

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from myna.engines.world.bands import Floats
from myna.engines.world.pitch import BAND_RATE, WINDOW, band_response, candidates, step

RATE = 16_000
"""Samples per second of what is tracked."""
HOP = 160
"""Samples from frame to frame."""
_PATIENCE = 2
"""Frames after one that may still change what is taken for its pitch."""
REACH = _PATIENCE * HOP + WINDOW // 2 * (RATE // BAND_RATE)
"""Samples after the middle of a frame that must be there before it is decided."""
_RATIO = RATE // BAND_RATE
_TAPS = 800
_QUIETEST = 0.004
"""Peak that is taken for the loudest until something louder was heard."""
_FORGETS = 0.5 ** (HOP / RATE / 20)
"""By which the loudest falls from frame to frame: to a half in 20 s."""

_USUAL, _UNUSUAL = 0.6, 0.6
"""Octaves from the usual pitch that cost nothing, and what each beyond them costs."""


class PitchTracker:
    """Follows the pitch of one stream; the tracker of recordings, with less to go by."""

    def __init__(self) -> None:
        self._before = np.zeros(_TAPS - 1)
        """Samples that the next of the band are made of."""
        self._band = np.zeros(WINDOW // 2)
        """The band from the beginning of the next frame on."""
        self._loudest = _QUIETEST
        self._total: Floats | None = None
        self._heights = np.zeros(0)
        self._pitches: deque[Floats] = deque(maxlen=_PATIENCE + 1)
        self._peaks: deque[float] = deque(maxlen=_PATIENCE + 1)
        self._usual = 0.0
        self._came_from: deque[NDArray[np.intp]] = deque(maxlen=_PATIENCE + 1)

    def expect(self, pitch_hz: float) -> None:
        """The usual pitch of the one who speaks: what is far from it is rather an octave off."""
        self._usual = float(np.log2(pitch_hz))

    def push(self, samples: Floats) -> list[tuple[float, float]]:
        """Take `HOP` samples; gives the pitch in Hz of frames that are decided, and how loud they are.

        The pitch is 0 where there is no voice; loudness is their peak in the band of the voice. The middle
        of frame i is at sample `i * HOP`.
        """
        heard = np.concatenate((self._before, samples))
        self._before = heard[len(samples) :]
        fresh = sliding_window_view(heard, _TAPS)[::_RATIO] @ _listening()
        self._band = np.concatenate((self._band, fresh))
        decided = []
        while len(self._band) >= WINDOW:
            found = self._follow(self._band[:WINDOW])
            if found is not None:
                decided.append(found)
            self._band = self._band[HOP // _RATIO :]
        return decided

    def _follow(self, frame: Floats) -> tuple[float, float] | None:
        """Take the next frame; gives what is decided of the one that is `_PATIENCE` frames before it."""
        frame = frame - frame.mean()
        peak = float(np.abs(frame).max())
        self._loudest = max(self._loudest * _FORGETS, peak, _QUIETEST)
        found, pitches = candidates(frame[None], self._loudest)
        strengths, heights = found[0], np.log2(np.maximum(pitches[0], 1.0))
        if self._usual:
            off = np.abs(heights[1:] - self._usual) - _USUAL
            strengths[1:] -= _UNUSUAL * np.maximum(off, 0.0)
        if self._total is None:
            self._total, came_from = strengths, np.zeros(len(strengths), np.intp)
        else:
            reached, came_from = step(self._total, self._heights, heights)
            self._total = reached + strengths
            self._total -= self._total.max()
        self._heights = heights
        self._pitches.append(pitches[0])
        self._came_from.append(came_from)
        self._peaks.append(peak)
        if len(self._pitches) <= _PATIENCE:
            return None
        place = int(self._total.argmax())
        for index in range(_PATIENCE, 0, -1):
            place = int(self._came_from[index][place])
        return float(self._pitches[0][place]), self._peaks[0]


@cache
def _listening() -> Floats:
    """Taps, shape (_TAPS,), the latest sample's last, that hear the band of the voice as soon as may be."""
    size = 1 << 14
    hz = np.maximum(np.fft.rfftfreq(size, 1 / RATE), 1e-3)
    folded = np.fft.irfft(np.log(np.maximum(band_response(hz), 1e-6)), size)
    folded[1 : size // 2] *= 2
    folded[size // 2 + 1 :] = 0.0
    taps = np.fft.irfft(np.exp(np.fft.rfft(folded)), size)[:_TAPS]
    taps[_TAPS // 2 :] *= np.linspace(1.0, 0.0, _TAPS - _TAPS // 2)
    return np.asarray(taps[::-1].copy())
