"""Voice embeddings: how a voice sounds, as 192 numbers that anyone may keep, send back or mix.

Each number is a property of the voice, measured in its natural unit, set off from the average voice and
scaled so that people lie about between -1 and 1. Frequencies, rates and deviations are logarithms, levels are
decibels: halfway between two numbers is halfway for the ear. The cosine of two vectors tells how alike two
voices are.

| from | to  | what |
|---:|---:|---|
| 0   | 16  | pitch: 16 quantiles of the fundamental frequency, octaves from 150 Hz |
| 16  | 24  | melody: range, slopes, share of rises, unsteadiness |
| 24  | 88  | envelope of voiced sounds in 64 mel bands, 20 dB from the average voice |
| 88  | 120 | how much that envelope moves, 32 bands, in octaves |
| 120 | 152 | envelope of voiceless sounds in 32 bands, 20 dB from the average voice |
| 152 | 168 | breath: noise in voiced sounds, 16 bands, 6 dB from the average voice |
| 168 | 176 | source: tilt, and how loud voice, noise and pauses are to each other |
| 176 | 184 | tempo: syllables, lengths and shares of sounds and pauses |
| 184 | 192 | articulation: how fast the envelope moves, 8 bands, in octaves |

All numbers are multiples of 0.0001: they survive JSON and single precision.
"""

from __future__ import annotations

import math
import struct
from base64 import b64decode, b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from operator import mul

from myna.speech.errors import InvalidRequest
from myna.speech.voices import EMBEDDING_SIZE

BANDS = 64
"""Mel bands of an envelope."""
LOW_HZ, TOP_HZ = 90.0, 7600.0
"""Edges of the bands, in Hz."""

_GRID = 10_000
"""Steps per unit: numbers are whole steps."""
_LIMIT = 1.5
_STEEPEST = 3500
"""Steps by which neighbouring bands of an envelope differ at most; people stay below it."""
_PITCHES = (65.0, 350.0)
"""Medians of the pitch that engines can speak, in Hz."""
_WIDEST = _GRID
"""Steps, an octave of them, from the median within which the quantiles of the pitch stay."""

_AVERAGE_VOICED = (
    *((90, 23.5), (220, 23.5), (300, 22.5), (400, 20.5), (500, 17.5), (600, 13.5), (700, 9.8), (800, 7.0)),
    *((1000, 4.0), (1400, 0.0), (1800, -2.5), (2300, -3.1), (2600, -4.5), (3000, -6.5), (3500, -7.6)),
    *((4200, -12.0), (5000, -15.2), (6000, -18.4), (7000, -19.6), (7600, -21.0)),
)
_AVERAGE_VOICELESS = (
    *((90, 11.0), (340, 11.0), (460, 9.0), (600, 5.0), (750, 1.3), (860, -0.5), (1000, -1.7), (1600, -1.6)),
    *((2000, -2.5), (3000, -3.2), (3800, -3.0), (5000, -4.2), (6000, -6.0), (7600, -9.0)),
)
"""Long-term spectra of the average voice: Hz, and dB around the mean of all bands."""
_AVERAGE_BREATH = (
    *(-51.0, -50.5, -49.5, -47.5, -45.0, -40.0, -33.5, -27.7),
    *(-21.2, -13.9, -6.5, -3.3, -3.9, -3.2, -2.2, -1.0),
)


@dataclass(frozen=True, slots=True)
class Traits:
    """What an embedding says, in units.

    Attributes:
        pitch: 16 quantiles (1/32, 3/32, …) of the fundamental frequency, in Hz.
        melody: octaves between the tenth and the ninetieth percentile; median and ninetieth percentile of the
            slopes in octaves per second; share of rising pitch; octaves from the first to the last third of
            a voiced stretch; unsteadiness from frame to frame in octaves; octaves by which the mean lies
            above the median; octaves between the first and the last quarter of all speech.
        voiced: level of voiced sounds in each of 64 bands, in dB around their mean.
        movement: standard deviation of that level in each of 32 bands, in dB.
        voiceless: level of voiceless sounds in each of 32 bands, in dB around their mean.
        breath: level of the noise in voiced sounds relative to them in each of 16 bands, in dB.
        source: slope of voiced sounds from 500 Hz to 4 kHz in dB per octave; their level around the
            fundamental over that around the second harmonic, in dB; standard deviation of their level in dB;
            their level over that of voiceless sounds and over that of pauses, in dB; by how much bass, middle
            and treble grow with the level, in dB per dB.
        tempo: syllables per second of speech; mean seconds of a voiced, of a voiceless stretch and of
            a pause; shares of voiced, of voiceless and of silent time; evenness of the syllables.
        articulation: mean change of the level in each of 8 bands, in dB per second.
    """

    pitch: tuple[float, ...]
    melody: tuple[float, ...]
    voiced: tuple[float, ...]
    movement: tuple[float, ...]
    voiceless: tuple[float, ...]
    breath: tuple[float, ...]
    source: tuple[float, ...]
    tempo: tuple[float, ...]
    articulation: tuple[float, ...]

    @property
    def median_pitch(self) -> float:
        """Median of the fundamental frequency, in Hz."""
        return math.sqrt(self.pitch[7] * self.pitch[8])


@dataclass(frozen=True, slots=True)
class _Part:
    """A run of numbers: how each is set off from the average voice and scaled.

    Attributes:
        average: of the trait; one per number.
        unit: trait, or octaves of it, that 1.0 stands for; one per number.
        octaves: whether the trait is a positive quantity whose logarithm counts; one per number.
    """

    average: tuple[float, ...]
    unit: tuple[float, ...]
    octaves: tuple[bool, ...]

    def write(self, values: Sequence[float]) -> Iterable[float]:
        for value, average, unit, octaves in zip(values, self.average, self.unit, self.octaves, strict=True):
            off = math.log2(max(value, 1e-9) / average) if octaves else value - average
            yield off / unit

    def read(self, numbers: Sequence[float]) -> tuple[float, ...]:
        rows = zip(numbers, self.average, self.unit, self.octaves, strict=True)
        return tuple(
            average * 2 ** (number * unit) if octaves else average + number * unit
            for number, average, unit, octaves in rows
        )


def _even(count: int, average: float, unit: float, *, octaves: bool = False) -> _Part:
    return _Part((average,) * count, (unit,) * count, (octaves,) * count)


def _mel_centres(count: int) -> list[float]:
    low, high = math.log1p(LOW_HZ / 700), math.log1p(TOP_HZ / 700)
    return [700 * math.expm1(low + (high - low) * (i + 0.5) / count) for i in range(count)]


def _curve(knots: Sequence[tuple[float, float]], count: int) -> tuple[float, ...]:
    """A line through `knots` on a logarithmic scale, at the centres of `count` bands, around its mean."""
    values = []
    for hz in _mel_centres(count):
        upper = next(i for i, knot in enumerate(knots) if knot[0] >= hz)
        (x0, y0), (x1, y1) = knots[upper - 1], knots[upper]
        values.append(y0 + (y1 - y0) * math.log(hz / x0) / math.log(x1 / x0))
    mean = math.fsum(values) / count
    return tuple(value - mean for value in values)


@cache
def _parts() -> dict[str, tuple[int, _Part]]:
    """Each part by its name, with its first place."""
    yes, no = True, False
    ordered = {
        "pitch": _even(16, 150.0, 1.0, octaves=True),
        "melody": _Part(
            (0.7, 1.0, 3.5, 0.42, -0.04, 0.012, 0.0, -0.05),
            (2.0, 2.0, 2.0, 0.5, 0.5, 3.0, 0.25, 1.0),
            (yes, yes, yes, no, no, yes, no, no),
        ),
        "voiced": _Part(_curve(_AVERAGE_VOICED, 64), (20.0,) * 64, (no,) * 64),
        "movement": _even(32, 8.0, 1.0, octaves=True),
        "voiceless": _Part(_curve(_AVERAGE_VOICELESS, 32), (20.0,) * 32, (no,) * 32),
        "breath": _Part(_AVERAGE_BREATH, (6.0,) * 16, (no,) * 16),
        "source": _Part(
            (-7.5, 0.0, 6.5, 11.0, 32.0, 0.8, 1.0, 0.5),
            (10.0, 20.0, 10.0, 20.0, 40.0, 1.0, 1.0, 1.0),
            (no,) * 8,
        ),
        "tempo": _Part(
            (3.3, 0.2, 0.05, 0.2, 0.55, 0.2, 0.15, 0.6),
            (1.0, 2.0, 2.0, 3.0, 1.0, 1.0, 1.0, 1.0),
            (yes, yes, yes, yes, no, no, no, no),
        ),
        "articulation": _even(8, 320.0, 1.0, octaves=True),
    }
    placed, first = {}, 0
    for name, part in ordered.items():
        placed[name] = (first, part)
        first += len(part.average)
    assert first == EMBEDDING_SIZE
    return placed


def embed(traits: Traits) -> tuple[float, ...]:
    """The embedding of a voice with these traits; `speakable` by itself."""
    parts = ((part, getattr(traits, name)) for name, (_, part) in _parts().items())
    return speakable([number for part, values in parts for number in part.write(values)])


def traits(vector: Sequence[float]) -> Traits:
    """What an embedding says; of nonsense, what `speakable` makes of it.

    Raises:
        InvalidRequest: not `EMBEDDING_SIZE` finite numbers.
    """
    numbers = speakable(vector)
    return Traits(
        **{
            name: part.read(numbers[first : first + len(part.average)])
            for name, (first, part) in _parts().items()
        }
    )


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
    return tuple(round(number, 4) + 0.0 for number in numbers)


def speakable(vector: Sequence[float]) -> tuple[float, ...]:
    """The voice nearest to what a vector says that can speak; a voice that was measured stays as it is.

    Every number is brought into the range of voices, quantiles of the pitch into order and reach, and
    envelopes to slopes that leave vowels apart.

    Raises:
        InvalidRequest: not `EMBEDDING_SIZE` finite numbers.
    """
    steps = [round(min(max(number, -_LIMIT), _LIMIT) * _GRID) for number in checked(vector)]
    steps[:16] = _ordered(steps[:16])
    for name in ("voiced", "voiceless"):
        first, part = _parts()[name]
        for place in range(first + 1, first + len(part.average)):
            before = steps[place - 1]
            steps[place] = min(max(steps[place], before - _STEEPEST), before + _STEEPEST)
    return tuple(step / _GRID for step in steps)


def _ordered(quantiles: list[int]) -> list[int]:
    """Pitches in rising order around a median that engines reach."""
    rising = sorted(quantiles)
    middle = (rising[7] + rising[8]) // 2
    low, high = (round(math.log2(hz / 150.0) * _GRID) for hz in _PITCHES)
    wanted = min(max(middle, low), high)
    return [wanted + min(max(number - middle, -_WIDEST), _WIDEST) for number in rising]


def mix(parts: Sequence[tuple[Sequence[float], float]]) -> tuple[float, ...]:
    """The voice between voices.

    Args:
        parts: embeddings and their weights, which are scaled to a sum of 1.

    Raises:
        InvalidRequest: no parts, a broken embedding, or weights that are negative, not finite or all zero.
    """
    if not parts:
        raise InvalidRequest("A mix needs at least one voice.")
    weights = [weight for _, weight in parts]
    if not all(math.isfinite(weight) and weight >= 0 for weight in weights) or not max(weights) > 0:
        raise InvalidRequest("The weights of a mix are numbers from 0 up, at least one of them above 0.")
    most = max(weights)
    shares = [weight / most for weight in weights]
    total = math.fsum(shares)
    vectors = [checked(vector) for vector, _ in parts]
    if len(vectors) == 1:
        return vectors[0]
    return speakable(
        [
            math.fsum(number * (share / total) for number, share in zip(column, shares, strict=True))
            for column in zip(*(speakable(vector) for vector in vectors), strict=True)
        ]
    )


def similarity(one: Sequence[float], other: Sequence[float]) -> float:
    """Cosine of the angle between two vectors, -1 to 1; 0 where either is all zeros."""
    scale = max(map(abs, one), default=0.0)
    if not scale or not any(other):
        return 0.0
    sized = [number / scale for number in one]
    size = max(map(abs, other))
    others = [number / size for number in other]
    dot: float = sum(map(mul, sized, others))
    return dot / (math.hypot(*sized) * math.hypot(*others))


_PACKED = struct.Struct(f"<{EMBEDDING_SIZE}h")


def packed(vector: Sequence[float]) -> str:
    """An embedding of a voice in 512 characters, for files."""
    return b64encode(_PACKED.pack(*(round(number * _GRID) for number in speakable(vector)))).decode()


def unpacked(text: str) -> tuple[float, ...]:
    """The embedding that `packed` wrote.

    Raises:
        ValueError: it did not.
    """
    try:
        numbers = _PACKED.unpack(b64decode(text, validate=True))
    except (ValueError, struct.error):
        raise ValueError("this is no packed embedding") from None
    return tuple(number / _GRID for number in numbers)
