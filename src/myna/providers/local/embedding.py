"""Voice embeddings: what a timbre sounds like, as 192 numbers that anyone may keep, send back or mix.

The layout, every number between -1 and 1:

| from | to  | what |
|---:|---:|---|
| 0   | 64  | spectral envelope on 64 steps of a mel scale up to 8 kHz, 1.0 is 40 dB above its mean |
| 64  | 128 | where the pitch lies: a bump on 64 logarithmic steps, 50 to 400 Hz, wide if lively |
| 128 | 160 | tempo: a bump on 32 logarithmic steps from half to twice the usual |
| 160 | 176 | native language: 16 signs drawn from its code |
| 176 | 192 | the voice itself: 16 signs drawn from its id |

The first three parts grow alike for voices that sound alike, so that the cosine of two vectors tells how
similar the voices are. The last two keep voices apart that differ only in language or name. All numbers
are multiples of 0.0001: they survive JSON and single precision, and are the same on every machine.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from hashlib import blake2b
from operator import mul

from myna.speech.errors import InvalidRequest
from myna.speech.voices import EMBEDDING_SIZE, Timbre

_DIGITS = 4
_RESONANCES = ((500.0, 80.0), (1500.0, 110.0), (2500.0, 150.0), (3500.0, 200.0), (4500.0, 250.0))
"""Centre and bandwidth in Hz of an open tube of 17 cm, the neutral vowel of a formant scale of 1."""
_MEL_STEPS = tuple(700 * ((1 + 8000 / 700) ** ((i + 0.5) / 64) - 1) for i in range(64))
"""Centres of 64 equal parts of the mel scale up to 8 kHz, in Hz."""
_LANGUAGE_WEIGHT = 0.1
_IDENTITY_WEIGHT = 0.05


def embed(timbre: Timbre, language: str, identity: str) -> tuple[float, ...]:
    """The embedding of a voice with this timbre, native language (BCP-47) and id."""
    semitones = 2.0 + 2.0 * timbre.pitch_range
    numbers = (
        *_envelope(timbre.formant_scale, timbre.brightness),
        *_bump(math.log2(timbre.pitch_hz / 50) / 3, semitones / 36, 64),
        *_bump(math.log2(timbre.rate * 2) / 2, 0.08, 32),
        *_signs(language.partition("-")[0], _LANGUAGE_WEIGHT),
        *_signs(identity, _IDENTITY_WEIGHT),
    )
    return key(numbers)


def checked(vector: Sequence[float]) -> tuple[float, ...]:
    """`vector` as floats.

    Raises:
        InvalidRequest: not `EMBEDDING_SIZE` finite numbers.
    """
    if len(vector) != EMBEDDING_SIZE:
        raise InvalidRequest(
            f"A voice embedding has {EMBEDDING_SIZE} numbers, not {len(vector)}; send one that a voice lists."
        )
    try:
        numbers = tuple(map(float, vector))
    except (TypeError, ValueError, OverflowError):
        raise InvalidRequest("A voice embedding holds numbers only; send one that a voice lists.") from None
    if not all(map(math.isfinite, numbers)):
        raise InvalidRequest("A voice embedding must not hold NaN or infinity; send finite numbers.")
    return numbers


def key(numbers: Iterable[float]) -> tuple[float, ...]:
    """The nearest point on the grid of embeddings; the same for a vector and its single-precision copy."""
    return tuple(round(number, _DIGITS) + 0.0 for number in numbers)


def similarity(one: Sequence[float], other: Sequence[float]) -> float:
    """Cosine of the angle between two vectors, -1 to 1; 0 where either is all zeros."""
    scale = max(map(abs, one), default=0.0)
    if not scale or not any(other):
        return 0.0
    sized = [number / scale for number in one]
    dot: float = sum(map(mul, sized, other))
    return dot / (math.hypot(*sized) * math.hypot(*other))


@cache
def _envelope(formant_scale: float, brightness: float) -> tuple[float, ...]:
    levels = [_level(hz, formant_scale, brightness) for hz in _MEL_STEPS]
    mean = math.fsum(levels) / len(levels)
    return tuple(max(-1.0, min(1.0, (level - mean) / 40)) for level in levels)


def _level(hz: float, formant_scale: float, brightness: float) -> float:
    """Envelope of the neutral vowel at `hz`, in dB: resonances in series over a tilted source."""
    level = (brightness - 6) * math.log2(max(hz, 500) / 500)
    for centre, width in _RESONANCES:
        centre, width = centre * formant_scale, width * formant_scale
        level -= 10 * math.log10((1 - (hz / centre) ** 2) ** 2 + (hz * width / centre**2) ** 2)
    return level


def _bump(centre: float, width: float, steps: int) -> Iterator[float]:
    """A bell of height 1 at `centre` on a scale from 0 to 1."""
    return (math.exp(-0.5 * (((i + 0.5) / steps - centre) / width) ** 2) for i in range(steps))


def _signs(text: str, weight: float) -> Iterator[float]:
    bits = int.from_bytes(blake2b(text.encode(), digest_size=2).digest(), "big")
    return (weight if bits >> i & 1 else -weight for i in range(16))
