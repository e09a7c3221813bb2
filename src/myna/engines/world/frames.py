"""A recording cut into frames: pitch, spectral envelope, what of it is voiced and loud."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from myna.engines.world.bands import Floats, gather
from myna.engines.world.bandwidth import widened
from myna.engines.world.pitch import pitch

RATE = 16000
"""Samples per second at which recordings are analysed."""
PERIOD = 0.010
"""Seconds from frame to frame."""
LONGEST = 60.0
"""Seconds of a recording that are looked at; the rest says little more."""
_SPEECH_BAND = (200.0, 6500.0)
"""What the level of a frame is taken from, in Hz."""
_SHORTEST = 3
"""Frames of a voiced stretch, less is chance."""
_LOUD = 30.0
"""Decibels below the loud places of a recording at which voiced speech is still told from echo and noise."""
_FAINT = 42.0
"""The same of voiceless speech, which is fainter."""
_ABOVE_NOISE = 9.0
"""Decibels above the faintest places at which a frame is taken for speech."""

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Frames:
    """Frames of a recording, every `PERIOD` seconds.

    Attributes:
        samples: what was analysed, at `RATE`, float64, C-contiguous.
        times: places of the frames in seconds, shape (n,).
        pitch: fundamental frequency in Hz, 0 where there is none, shape (n,).
        envelope: level of each mel band in dB, shape (n, BANDS).
        level: of the whole frame, in dB, shape (n,).
        voiced: loud frames with a pitch, shape (n,).
        voiceless: frames of speech without one, shape (n,).
    """

    samples: Floats
    times: Floats
    pitch: Floats
    envelope: Floats
    level: Floats
    voiced: Mask
    voiceless: Mask


def frames(samples: Floats, sample_rate: int) -> Frames:
    """Cut a mono recording of shape (n,), full scale 1.0, into frames."""
    import pyworld

    sound = _prepared(samples, sample_rate)
    times = np.asarray(np.arange(1 + int(len(sound) / (RATE * PERIOD))) * PERIOD, np.float64)
    heights = steady(pitch(sound, RATE, len(times), PERIOD))
    power = pyworld.cheaptrick(sound, heights, times, RATE)
    envelope = 10 * np.log10(power @ gather(power.shape[1], RATE).T + 1e-14)
    low, high = (round(hz / RATE * 2 * (power.shape[1] - 1)) for hz in _SPEECH_BAND)
    level = 10 * np.log10(power[:, low:high].sum(axis=1) + 1e-14)
    voiced, voiceless = speech(level, heights > 0)
    envelope = widened(envelope, voiced, voiceless)
    return Frames(sound, times, heights, envelope, level, voiced, voiceless)


def speech(level: Floats, pitched: Mask) -> tuple[Mask, Mask]:
    """Which frames are voiced speech, and which are voiceless speech.

    Args:
        level: of each frame in dB, shape (n,).
        pitched: frames with a pitch, shape (n,).
    """
    # Places of digital silence say nothing of the noise.
    sounding = level[level > -90]
    loudest, faintest = np.percentile(sounding, [95, 5]) if len(sounding) else (0.0, 0.0)
    floor = min(faintest + _ABOVE_NOISE, loudest - 12)
    voiced = pitched & (level > max(loudest - _LOUD, floor))
    return voiced, ~pitched & (level > max(loudest - _FAINT, floor))


def _prepared(samples: Floats, sample_rate: int) -> Floats:
    """The recording at `RATE`, without offset, as loud as any other."""
    import soxr

    sound = np.asarray(samples, np.float64)[: round(LONGEST * sample_rate)]
    sound = sound - sound.mean() if len(sound) else np.zeros(1)
    if sample_rate != RATE:
        sound = soxr.resample(sound, sample_rate, RATE, quality="HQ")
    peak = np.sqrt(np.mean(sound**2))
    # noise far below what a recording holds keeps the logarithms of digital silence in bounds
    noise = np.random.default_rng(0).standard_normal(len(sound)) * 1e-6
    return np.ascontiguousarray(sound * (0.05 / max(peak, 1e-9)) + noise)


def steady(heights: Floats, middle_hz: float = 0.0) -> Floats:
    """Without stretches too short to be voices and without jumps by an octave.

    Args:
        heights: fundamental frequency in Hz, 0 where there is none, shape (n,).
        middle_hz: where the voice usually is; 0 for where these frames are.
    """
    kept = heights.copy()
    voiced = kept > 0
    if voiced.any():
        middle = np.log2(middle_hz or np.median(kept[voiced]))
        off = voiced & (np.abs(np.log2(np.maximum(kept, 1e-3)) - middle) > 0.9)
        kept[off] = 0.0
    edges = np.flatnonzero(np.diff(np.concatenate(([0], kept > 0, [0])).astype(np.int8)))
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        if end - start < _SHORTEST:
            kept[start:end] = 0.0
    return kept
