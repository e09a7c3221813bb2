"""The fundamental frequency of speech, also of speech in noise and over hum.

Autocorrelation of the band that carries the voice, corrected for its window, gives a few candidates per
frame; the cheapest path through them decides.
"""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from myna.engines.world.bands import Floats

LOWEST, HIGHEST = 60.0, 500.0
"""Fundamental frequencies that are looked for, in Hz."""
_BAND = (75.0, 1500.0)
"""What is listened to, in Hz: above the hum of the mains, below most noise."""
BAND_RATE = 4000
"""Samples per second of the band that is listened to."""
WINDOW = 200
"""Samples of a frame at `BAND_RATE`: three periods of the lowest voice."""
_FINER = 4
"""Steps of lag per sample."""
_CANDIDATES = 6
_VOICING = 0.42
"""Autocorrelation at which a frame is as likely to be voiced as not."""
_SILENCE = 0.03
"""Level relative to the loudest at which nothing is taken for a voice."""
_HIGHER_IS_BETTER = 0.03
"""Gain per octave, lest half the frequency fits as well."""
_JUMP = 0.35
"""Cost of an octave's leap from one frame to the next."""
_TURN = 0.14
"""Cost of a voice's beginning or end."""


def pitch(samples: Floats, sample_rate: int, count: int, period: float) -> Floats:
    """Fundamental frequency in Hz of `count` frames, `period` seconds apart; 0 where there is no voice.

    Args:
        samples: mono, shape (n,), at a multiple of 4000 Hz.
        sample_rate: of the samples, in Hz.
        count: how many frames; the first is at 0 s.
        period: seconds from frame to frame.
    """
    frames = _frames(_voice_band(samples, sample_rate), count, period)
    loudest = float(np.abs(frames).max(initial=0.0))
    return _best_path(*candidates(frames, loudest))


def band_response(hz: Floats) -> Floats:
    """What is listened to of each frequency in Hz, between 0 and 1."""
    return np.asarray(1 / np.sqrt(1 + (_BAND[0] / hz) ** 12) / np.sqrt(1 + (hz / _BAND[1]) ** 12))


def _voice_band(samples: Floats, sample_rate: int) -> Floats:
    size = len(samples)
    padded = 1 << (size + 1024).bit_length()
    spectrum = np.fft.rfft(samples, padded)
    hz = np.maximum(np.fft.rfftfreq(padded, 1 / sample_rate), 1e-3)
    spectrum *= band_response(hz)
    ratio = sample_rate // BAND_RATE
    band = np.fft.irfft(spectrum[: padded // ratio // 2 + 1], padded // ratio)
    return np.asarray(band[: -(-size // ratio)])


def _frames(band: Floats, count: int, period: float) -> Floats:
    """Frames of shape (count, WINDOW), around their places."""
    padded = np.pad(band, WINDOW)
    starts = np.round(np.arange(count) * period * BAND_RATE).astype(int) + WINDOW // 2
    starts = np.minimum(starts, len(padded) - WINDOW)
    frames = sliding_window_view(padded, WINDOW)[starts]
    return np.asarray(frames - frames.mean(axis=1, keepdims=True))


def candidates(frames: Floats, loudest: float) -> tuple[Floats, Floats]:
    """Strengths and frequencies of shape (n, 1 + _CANDIDATES); the first of each is that of no voice.

    Args:
        frames: of the band, without offset, shape (n, WINDOW).
        loudest: peak that the loudest frames of the recording reach.
    """
    window = np.hanning(WINDOW + 2)[1:-1]
    size = 512
    own = np.fft.irfft(np.abs(np.fft.rfft(window, size)) ** 2, size * _FINER)
    power = np.abs(np.fft.rfft(frames * window, size, axis=1)) ** 2
    lags = np.arange(int(_FINER * BAND_RATE / HIGHEST) - 1, int(_FINER * BAND_RATE / LOWEST) + 2)
    pitches = _FINER * BAND_RATE / lags
    found_strengths = np.zeros((len(frames), 1 + _CANDIDATES))
    found_pitches = np.zeros_like(found_strengths)
    peak = np.abs(frames).max(axis=1)
    loudness = peak / max(loudest, 1e-12)
    found_strengths[:, 0] = _VOICING + np.maximum(0.0, 2 - loudness / _SILENCE)
    for first in range(0, len(frames), 1000):
        rows = slice(first, first + 1000)
        correlation = np.fft.irfft(power[rows], size * _FINER, axis=1)
        correlation /= np.maximum(correlation[:, :1], 1e-20)
        correlation = correlation[:, lags] / (own[lags] / own[0])
        middle = correlation[:, 1:-1]
        is_peak = (middle > correlation[:, :-2]) & (middle >= correlation[:, 2:])
        strength = np.where(is_peak, middle + _HIGHER_IS_BETTER * np.log2(pitches[1:-1] / LOWEST), 0.0)
        best = np.argpartition(-strength, _CANDIDATES, axis=1)[:, :_CANDIDATES]
        found_strengths[rows, 1:] = np.take_along_axis(strength, best, axis=1)
        left, at, right = (np.take_along_axis(correlation, best + i, axis=1) for i in range(3))
        bend = left - 2 * at + right
        off = np.where(bend < 0, (left - right) / np.where(bend < 0, 2 * bend, -1.0), 0.0)
        found_pitches[rows, 1:] = _FINER * BAND_RATE / (lags[1:-1][best] + np.clip(off, -0.5, 0.5))
    return found_strengths, found_pitches


def step(total: Floats, before: Floats, after: Floats) -> tuple[Floats, NDArray[np.intp]]:
    """The best way from the candidates of one frame to those of the next.

    Args:
        total: what the best path to each candidate is worth, shape (n,).
        before: binary logarithms of its candidates' frequencies; the first stands for no voice.
        after: those of the next frame's.

    Returns:
        What the best path to each candidate after is worth without its own strength, and through which
        candidate before it goes.
    """
    cost = np.abs(after[:, None] - before) * _JUMP
    cost[0] = cost[:, 0] = _TURN
    cost[0, 0] = 0.0
    reached = total - cost
    came_from = reached.argmax(axis=1)
    return reached[np.arange(len(total)), came_from], came_from


def _best_path(strengths: Floats, pitches: Floats) -> Floats:
    """The frequencies along the path of the greatest strength and the smallest leaps."""
    count, width = strengths.shape
    heights = np.log2(np.maximum(pitches, 1.0))
    total = strengths[0].copy() if count else np.zeros(width)
    came_from = np.zeros((count, width), np.intp)
    for index in range(1, count):
        reached, came_from[index] = step(total, heights[index - 1], heights[index])
        total = reached + strengths[index]
    path = np.zeros(count, np.intp)
    if count:
        path[-1] = total.argmax()
    for index in range(count - 1, 0, -1):
        path[index - 1] = came_from[index, path[index]]
    return np.asarray(pitches[np.arange(count), path])
