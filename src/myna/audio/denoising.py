"""Noise taken out of recorded speech.

The short-time log-spectral amplitude is estimated (Ephraim and Malah, 1985) with a decision-directed a-priori
signal-to-noise ratio. The noise is known from where nobody speaks, and interpolated over time in between.
Nothing is done to a recording that is clean.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

_FRAME, _HOP = 512, 128
"""32 ms and 8 ms at 16 kHz."""
_CLEAN_DB = 30.0
"""Signal-to-noise ratio from which on a recording is left as it is."""
_AIM_DB, _LEAST_DB, _MOST_DB = 28.0, 9.0, 18.0
"""The ratio that is aimed at, and how far noise is turned down for it: more sounds like water."""
_MEMORY = 0.98
"""Weight of the frame before in the a-priori ratio: less of it lets single bins ring."""
_LEAST_RATIO = 10 ** (-25 / 10)
_MOST_RATIO = 1e3
_REGION = 62
"""Frames of which one noise spectrum is made: half a second."""
_LEAST_NOISE = 12
"""Fewest frames that tell a noise spectrum."""
_QUIETEST = 0.1
"""Share of the frames that are taken for noise where somebody speaks all the time."""
_QUIETEST_BIAS = 5.0
"""Mean power of noise over that of a bin's quietest frames, where half of the others are speech."""
_MOST_BIAS = 10.0
"""The same where all are noise. What is louder in the pauses than that does not sound below the speech."""

Floats = NDArray[np.float64]


def denoise(
    samples: NDArray[np.float32],
    speech: Sequence[tuple[int, int]],
    snr_db: float,
    on_progress: Callable[[], object] = lambda: None,
) -> NDArray[np.float32]:
    """Take the noise out of a recording at 16 kHz.

    Args:
        samples: float32 of shape (n,), mono.
        speech: where somebody speaks, in samples.
        snr_db: level of the speech above the noise, in dB; a clean recording comes back as it is.
        on_progress: called about every second of audio.

    Returns:
        As many samples.
    """
    if snr_db >= _CLEAN_DB or len(samples) < 4 * _FRAME:
        return samples
    window = np.sqrt(0.5 - 0.5 * np.cos(2 * np.pi * np.arange(_FRAME) / _FRAME))
    padded = np.concatenate([np.zeros(_FRAME), samples, np.zeros(2 * _FRAME)])
    count = (len(padded) - _FRAME) // _HOP + 1
    silent = _silent_frames(count, speech)
    # ten minutes of spectra would be gigabytes: powers first, for the noise, then block by block
    noise = _noise(padded, window, silent, count, on_progress)
    output = np.zeros(len(padded))
    state = _State(10 ** (-min(max(_AIM_DB - snr_db, _LEAST_DB), _MOST_DB) / 20))
    for first in range(0, count, _REGION):
        on_progress()
        last = min(first + _REGION, count)
        spectra = _spectra(padded, window, first, last)
        gains = state.gains(np.abs(spectra) ** 2, noise(np.arange(first, last)))
        pieces = np.fft.irfft(spectra * gains, axis=1) * window
        for index, piece in enumerate(pieces, first):
            output[index * _HOP : index * _HOP + _FRAME] += piece
    overlap = _FRAME / _HOP / 2
    return (output[_FRAME : _FRAME + len(samples)] / overlap).astype(np.float32)


class _State:
    """What the estimate of one frame leaves to the next."""

    def __init__(self, floor: float) -> None:
        self._floor = floor
        self._before: Floats | None = None

    def gains(self, power: Floats, noise: Floats) -> Floats:
        """The factor for each bin of consecutive frames; both arguments have shape (frames, bins)."""
        posterior = np.minimum(power / noise, _MOST_RATIO)
        gains = np.empty_like(power)
        before = self._before
        for index, ratio in enumerate(posterior):
            instant = np.maximum(ratio - 1.0, 0.0)
            prior = instant if before is None else _MEMORY * before + (1 - _MEMORY) * instant
            prior = np.maximum(prior, _LEAST_RATIO)
            wiener = prior / (1.0 + prior)
            gain = np.minimum(wiener * np.exp(0.5 * _exponential_integral(wiener * ratio)), 1.0)
            before = gain**2 * ratio
            gains[index] = np.maximum(gain, self._floor)
        self._before = before
        return gains


def _silent_frames(count: int, speech: Sequence[tuple[int, int]]) -> NDArray[np.bool_]:
    """Which frames hold none of the speech, nor what surrounds the recording."""
    silent = np.ones(count, dtype=bool)
    margin = 1600
    for start, end in speech:
        first = (start - margin) // _HOP
        last = (end + margin + _FRAME) // _HOP
        silent[max(first, 0) : max(last + 1, 0)] = False
    edge = _FRAME // _HOP
    silent[: edge + 1] = False
    silent[-3 * edge :] = False
    return silent


def _noise(
    padded: Floats,
    window: Floats,
    silent: NDArray[np.bool_],
    count: int,
    on_progress: Callable[[], object],
) -> Callable[[NDArray[np.int64]], Floats]:
    """The noise power of any frames, of shape (frames, bins)."""
    places: list[float] = []
    powers: list[Floats] = []
    quiet: list[Floats] = []
    for first in range(0, count, _REGION):
        on_progress()
        last = min(first + _REGION, count)
        power = np.abs(_spectra(padded, window, first, last)) ** 2
        chosen = silent[first:last]
        if chosen.sum() >= _LEAST_NOISE:
            places.append(first + float(np.flatnonzero(chosen).mean()))
            powers.append(power[chosen].mean(axis=0))
        if not chosen.all():
            quiet.append(np.quantile(power, _QUIETEST, axis=0))
    below = np.median(quiet, axis=0)
    if not powers:
        places, powers = [0.0], [below * _QUIETEST_BIAS]
    table = np.maximum(np.minimum(np.stack(powers), below * _MOST_BIAS), 1e-12)
    at = np.array(places)

    def noise(frames: NDArray[np.int64]) -> Floats:
        right = np.clip(np.searchsorted(at, frames), 1, max(len(at) - 1, 1)) if len(at) > 1 else None
        if right is None:
            return np.broadcast_to(table[0], (len(frames), table.shape[1]))
        left = right - 1
        share = np.clip((frames - at[left]) / (at[right] - at[left]), 0.0, 1.0)[:, None]
        return np.asarray(table[left] * (1 - share) + table[right] * share)

    return noise


def _spectra(padded: Floats, window: Floats, first: int, last: int) -> NDArray[np.complex128]:
    frames = np.lib.stride_tricks.sliding_window_view(padded, _FRAME)[first * _HOP : last * _HOP : _HOP]
    return np.fft.rfft(frames * window, axis=1)


def _exponential_integral(x: Floats) -> Floats:
    """E1 of positive numbers, to four digits (Abramowitz and Stegun 5.1.53 and 5.1.56)."""
    small = np.clip(x, 1e-8, 1.0)
    series = np.polyval([0.00107857, -0.00976004, 0.05519968, -0.24991055, 0.99999193, -0.57721566], small)
    large = np.maximum(x, 1.0)
    above = np.polyval([1.0, 2.334733, 0.250621], large)
    below = np.polyval([1.0, 3.330657, 1.681534], large)
    return np.asarray(np.where(x <= 1.0, series - np.log(small), np.exp(-large) / large * above / below))
