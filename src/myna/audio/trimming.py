"""What of a recording is worth keeping: levels, noise, and the speech without the pauses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from myna.audio.detection import RATE, Span

_FRAME = 320
"""20 ms, the time over which a level is taken."""
_MARGIN = round(0.15 * RATE)
"""Kept before and behind each stretch of speech; pauses come out as twice that."""
_FADE = round(0.01 * RATE)
_LEAST_PAUSE = 12
"""Fewest frames of pauses that tell the noise."""
_BIAS = 2.5
"""Power of noise over that of the quietest moments of speech in it, at most."""
_LEVEL_DB = -23.0
"""Level of speech after `normalized`, in dB of full scale."""
_PEAK = 0.95
_CLEANEST_DB = 60.0

Samples = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Levels:
    """How loud a recording is.

    Attributes:
        speech_db: level of the speech, in dB of full scale.
        noise_db: level of the pauses; where there are none, of the quietest moments.
        snr_db: speech without noise over noise, in dB; at most 60.
    """

    speech_db: float
    noise_db: float

    @property
    def snr_db(self) -> float:
        """Level of the speech alone above the noise, in dB."""
        both, noise = 10 ** (self.speech_db / 10), 10 ** (self.noise_db / 10)
        return float(min(10 * np.log10(max(both - noise, both * 1e-2) / noise), _CLEANEST_DB))


def levels(samples: Samples, speech: Sequence[Span]) -> Levels:
    """Measure a recording at 16 kHz of shape (n,), of which the spans are speech (at least one)."""
    powers = _powers(samples)
    inside = np.zeros(len(powers), dtype=bool)
    near = np.zeros(len(powers), dtype=bool)
    for start, end in speech:
        inside[start // _FRAME : max(end // _FRAME, start // _FRAME + 1)] = True
        near[max(start - _MARGIN, 0) // _FRAME : (end + _MARGIN) // _FRAME + 1] = True
    spoken = powers[inside]
    pauses = powers[~near]
    audible = spoken[spoken > 1e-11]
    noise = _quietest(audible)
    if len(pauses) >= _LEAST_PAUSE:  # a hum before the first word is not below the words
        noise = min(float(np.median(pauses)), noise * _BIAS)
    return Levels(_db(float(spoken.mean()) if len(spoken) else 0.0), _db(noise))


def trimmed(samples: Samples, speech: Sequence[Span]) -> Samples:
    """The speech of a recording at 16 kHz, its pauses no longer than 0.3 s, joined without clicks."""
    wide: list[list[int]] = []
    for start, end in speech:
        start, end = max(start - _MARGIN, 0), min(end + _MARGIN, len(samples))
        if wide and start <= wide[-1][1]:
            wide[-1][1] = max(end, wide[-1][1])
        else:
            wide.append([start, end])
    return _joined([samples[start:end] for start, end in wide])


def best(samples: Samples, speech: Sequence[Span], most_seconds: float) -> list[Span]:
    """The loudest stretches of speech up to so many seconds, in their order; all where there are no more.

    The loudest are those nearest to the microphone, the farthest above noise and echo.
    """
    if sum(end - start for start, end in speech) <= most_seconds * RATE:
        return list(speech)
    piece = 10 * RATE
    parts = [(at, min(at + piece, end)) for start, end in speech for at in range(start, end, piece)]
    parts.sort(key=lambda part: -float(np.mean(np.square(samples[part[0] : part[1]]))))
    chosen: list[Span] = []
    left = round(most_seconds * RATE)
    for start, end in parts:
        end = min(end, start + left)
        if end - start >= RATE // 2:
            chosen.append((start, end))
            left -= end - start
    return sorted(chosen)


def normalized(samples: Samples, speech_db: float) -> Samples:
    """The samples with their speech at -23 dB of full scale, or as near to it as no peak clips."""
    peak = float(np.abs(samples).max(initial=0.0))
    gain = 10 ** ((_LEVEL_DB - speech_db) / 20)
    return samples * np.float32(min(gain, _PEAK / peak if peak > 0 else 1.0))


def _joined(parts: Sequence[Samples]) -> Samples:
    """One after the other, each faded into the next."""
    whole = [parts[0]] if parts else [np.zeros(0, dtype=np.float32)]
    rise = np.linspace(0.0, 1.0, _FADE, dtype=np.float32)
    for part in parts[1:]:
        before = whole[-1]
        if min(len(before), len(part)) > 2 * _FADE:
            whole[-1] = before[:-_FADE]
            whole.append(before[-_FADE:] * rise[::-1] + part[:_FADE] * rise)
            part = part[_FADE:]
        whole.append(part)
    return np.concatenate(whole)


def _powers(samples: Samples) -> NDArray[np.float64]:
    frames = samples[: len(samples) // _FRAME * _FRAME].reshape(-1, _FRAME).astype(np.float64)
    return np.asarray(np.mean(frames**2, axis=1))


def _quietest(powers: NDArray[np.float64]) -> float:
    return float(np.quantile(powers, 0.05)) if len(powers) else 0.0


def _db(power: float) -> float:
    return float(10 * np.log10(max(power, 1e-12)))
