"""The engines' own voices as `measure` finds them, and which of them is nearest to another voice."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from operator import mul

from myna.engines.world import detail
from myna.engines.world.detail import Start
from myna.speech import embedding
from myna.speech.embedding import Traits
from myna.speech.languages import primary
from myna.speech.voices import Timbre

_FLITE = "flite"
_ESPEAK = "espeak"
_DEFAULT = "slt"
_CLEAREST = ("rms", "")
"""Bases of imitations: the recording that is understood best, whoever it is to be, and eSpeak NG's voice."""
_USUAL_PITCH, _GROWTH = 115.0, 0.16
"""Pitch in Hz of a base of size 1, and by which power of it people are smaller."""
_FAITH = 25.0
"""Decibels of distance for a size that is off by the factor e."""
_SAGGING = 0.018
"""Share by which the median falls below the pitch asked for, per step of the melody."""
_ORDERS = 4
"""Slopes of an envelope that are not a voice's own."""
_REACH = (50.0, 470.0)
"""Fundamental frequencies between which a melody stays, in Hz."""
_MELODIES = (0.5, 3.0)
_TRUST = 0.5
"""How far melody and tempo follow what was measured: a few seconds tell little of a speaker's habits."""
_TEMPOS = (0.8, 1.25)
"""Factors within which bases stay easy to understand."""


@dataclass(frozen=True, slots=True)
class Base:
    """A voice of an engine at its usual tempo and melody.

    Attributes:
        engine: whose it is.
        name: recording that Flite starts from; empty for eSpeak NG.
        formant_scale: of its timbre.
        embedding: as measured.
    """

    engine: str
    name: str
    formant_scale: float
    embedding: tuple[float, ...]


@cache
def all() -> tuple[Base, ...]:
    """Every base that was measured, each at several sizes."""
    lines = files(__package__).joinpath("bases.tsv").read_text("ascii").splitlines()
    rows = (line.split("\t") for line in lines)
    return tuple(Base(row[0], row[1], float(row[2]), embedding.unpacked(row[3])) for row in rows)


def start(engine: str, timbre: Timbre) -> Start:
    """What an engine starts from with a timbre."""
    name = (timbre.flite_base or _DEFAULT) if engine == _FLITE else ""
    return Start(engine, name, round(timbre.formant_scale, 3))


def traits(engine: str, timbre: Timbre) -> Traits:
    """How an engine's voice sounds with a timbre, but for its pitch: between the nearest two measured."""
    wanted = start(engine, timbre)
    return _between(wanted.engine, wanted.base, wanted.formant_scale)


@cache
def _sizes(engine: str, name: str) -> tuple[Base, ...]:
    found = [base for base in all() if (base.engine, base.name) == (engine, name)]
    return tuple(sorted(found, key=lambda base: base.formant_scale))


@cache
def _between(engine: str, name: str, formant_scale: float) -> Traits:
    sizes = _sizes(engine, name) or _sizes(_ESPEAK, "")
    below = max((b for b in sizes if b.formant_scale <= formant_scale), key=_size, default=sizes[0])
    above = min((b for b in sizes if b.formant_scale >= formant_scale), key=_size, default=sizes[-1])
    if below is above:
        return embedding.traits(below.embedding)
    share = math.log(formant_scale / below.formant_scale) / math.log(
        above.formant_scale / below.formant_scale
    )
    return embedding.traits(embedding.mix([(below.embedding, 1 - share), (above.embedding, share)]))


def _size(base: Base) -> float:
    return base.formant_scale


def timbre_of(vector: Sequence[float], language: str, told: bytes = b"") -> Timbre:
    """The timbre from which engines come nearest to a voice, with the pitch, melody and tempo it says.

    Args:
        vector: its embedding; nonsense gives the nearest voice that speaks.
        language: BCP-47 tag of what is to be said; Flite speaks English only.
        told: detail of its likeness, where there is one: it knows from what it was learnt.

    Raises:
        InvalidRequest: not `EMBEDDING_SIZE` finite numbers.
    """
    wanted = embedding.traits(vector)
    engine = _FLITE if primary(language) == "en" else _ESPEAK
    begun = detail.start(told, engine) or _nearest(wanted, engine)
    own = _between(engine, begun.base, begun.formant_scale)
    room = min(math.log2(_REACH[1] / wanted.median_pitch), math.log2(wanted.median_pitch / _REACH[0]))
    melody = _within((min(wanted.melody[0], 2 * room) / own.melody[0]) ** _TRUST, _MELODIES)
    return Timbre(
        pitch_hz=round(wanted.median_pitch * (1 + _SAGGING * (melody - 1)), 1),
        pitch_range=round(melody, 2),
        formant_scale=begun.formant_scale,
        rate=round(_within((wanted.tempo[0] / own.tempo[0]) ** _TRUST, _TEMPOS), 2),
        flite_base=begun.base or None,
    )


def _nearest(wanted: Traits, engine: str) -> Start:
    """The base whose resonances lie nearest, of the size that goes with the pitch."""
    shape = _shape(wanted.voiced)
    size = (wanted.median_pitch / _USUAL_PITCH) ** _GROWTH

    def distance(base: Base) -> float:
        own = _shape(embedding.traits(base.embedding).voiced)
        apart = math.dist(shape, own) / math.sqrt(len(shape))
        return apart + _FAITH * abs(math.log(base.formant_scale / size))

    nearest = min((base for base in all() if base.engine == engine and base.name in _CLEAREST), key=distance)
    return Start(engine, nearest.name, nearest.formant_scale)


def _shape(envelope: Sequence[float]) -> list[float]:
    """Where the resonances are: an envelope without what rooms and microphones do to it."""
    size = len(envelope)
    rest = list(envelope)
    for order in range(_ORDERS):
        wave = [math.cos(math.pi * order * (place + 0.5) / size) for place in range(size)]
        share = sum(map(mul, wave, envelope)) / sum(map(mul, wave, wave))
        rest = [value - share * height for value, height in zip(rest, wave, strict=True)]
    return rest


def _within(value: float, limits: tuple[float, float]) -> float:
    return min(max(value, limits[0]), limits[1])
