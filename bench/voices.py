"""How the built-in voices sound: pitch against the catalogue, loudness, and which two are most alike."""

from __future__ import annotations

import asyncio
from itertools import combinations
from math import hypot
from typing import Any

from bench.common import Bar, Result, parse
from myna.engines.pool import WorkerPool
from myna.providers.local import catalogue
from myna.speech.languages import primary
from tests.sound import melody, peak
from tests.voicing import Heard, hear, semitones, timbre_distance

ALIKE = 10
"""Pairs that are named."""


async def listen(quick: bool) -> list[Heard]:
    """Every voice on every engine that has it; the English ones only where time is short."""
    voices = [voice for voice in catalogue.voices() if not quick or primary(voice.language) == "en"]
    pool = WorkerPool()
    await pool.start()
    try:
        heard = await hear(pool, voices, "espeak")
        if "flite" in pool.engines:
            heard += await hear(pool, [voice for voice in voices if voice.timbre.flite_base], "flite")
        return heard
    finally:
        await pool.aclose()


def row(each: Heard) -> dict[str, Any]:
    """The measures of one voice."""
    return {
        "language": each.voice.language,
        "gender": each.voice.gender,
        "Hz wanted": each.voice.timbre.pitch_hz,
        "Hz": round(each.pitch_hz, 1),
        "semitones off": round(each.off_pitch, 2),
        "semitones of melody": round(melody(each.sound), 1),
        "dB": round(each.loudness_db, 1),
        "peak": round(peak(each.sound), 2),
        "seconds": round(each.sound.duration, 2),
    }


def pairs(heard: list[Heard]) -> list[tuple[float, dict[str, Any]]]:
    """Two voices of one language on one engine and how far apart they are, the most alike first."""
    found = []
    for one, other in combinations(heard, 2):
        if one.engine == other.engine and primary(one.voice.language) == primary(other.voice.language):
            apart = abs(semitones(one.pitch_hz, other.pitch_hz)), timbre_distance(one, other)
            names = f"{one.voice.name} and {other.voice.name}, {one.engine}"
            facts = {names: f"{apart[0]:.1f} semitones, {apart[1]:.1f} dB of spectrum"}
            found.append((hypot(*apart), facts))
    return sorted(found, key=lambda pair: pair[0])


def main() -> None:
    arguments = parse(__doc__)
    heard = asyncio.run(listen(arguments.quick))
    alike = pairs(heard)
    english = [each.loudness_db for each in heard if primary(each.voice.language) == "en"]
    result = Result("voices", arguments.quick)
    result.figures = {f"{each.voice.name}, {each.engine}": row(each) for each in heard}
    result.figures["most alike"] = [facts for _, facts in alike[:ALIKE]]
    result.bars = [
        Bar(
            "Pitch of a voice off the catalogue's, semitones",
            max(abs(e.off_pitch) for e in heard),
            at_most=1.75,
        ),
        Bar("Two voices of a language apart, semitones and dB of spectrum", alike[0][0], at_least=1.6),
        Bar("Loudest English voice over the softest, dB", max(english) - min(english), at_most=7),
    ]
    result.write(arguments.results)


if __name__ == "__main__":
    main()
