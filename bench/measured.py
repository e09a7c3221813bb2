"""Measures the engines' own voices and the built-in voices, and writes both into the package.

`python -m bench.measured` writes `engines/world/bases.tsv`, `engines/world/calibration.npz` and
`providers/local/voices.tsv`; needed after a change of an engine's settings, of `voices.toml` or of how
voices are measured or heard. Needs Flite.
"""

from __future__ import annotations

import argparse
import asyncio
import tomllib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np

import myna
from myna.engines.pool import WorkerPool
from myna.engines.protocols import Utterance
from myna.engines.world import calibration, detail
from myna.engines.world.analysis import measure
from myna.engines.world.calibration import Calibration
from myna.engines.world.frames import Frames, frames
from myna.providers.local.sentences import sentence
from myna.speech import embedding
from myna.speech.languages import primary
from myna.speech.voices import Timbre
from tests.voicing import render

PACKAGE = Path(myna.__file__).parent
BASES = PACKAGE / "engines" / "world" / "bases.tsv"
CALIBRATION = BASES.with_name(calibration.NAME)
VOICES = PACKAGE / "providers" / "local" / "voices.tsv"

ENGLISH = (
    "The north wind and the sun were arguing about which of them was the stronger, when a traveller came "
    "along wrapped in a warm coat. They agreed that whoever first made the man take off his coat should be "
    "considered stronger than the other.",
    "Then the north wind blew with all his might, but the more he blew, the more closely did the traveller "
    "fold his coat around him. Please could you show me the way to the old harbour?",
    "Judy joyfully gathered five ripe oranges, yellow pears and a jar of thick honey. What a huge, "
    "beautiful ship that was!",
)
"""What English voices are measured on: every sound of English, several times."""
RECORDED = {"slt": (1.12, 185.0), "rms": (1.0, 108.0), "awb": (1.03, 126.0), "kal16": (0.97, 110.0)}
"""Size and pitch of the recordings that Flite starts from."""
RESIZED = (0.88, 0.94, 1.0, 1.06, 1.12, 1.18)
CALIBRATED = (0.92, 0.98, 1.04, 1.10, 1.16, 1.22)
"""Sizes at which the bases of imitations of recordings are kept in all detail."""
COARSE = 0.016
"""Seconds between the frames that are kept of them."""
SYNTHETIC = (0.86, 0.92, 0.98, 1.04, 1.10, 1.16, 1.22)
"""Sizes of the voice of eSpeak NG; its pitch grows with its size as that of people does."""


async def measured(
    pool: WorkerPool, engine: str, texts: tuple[str, ...], language: str, timbre: Timbre
) -> tuple[float, ...]:
    """The embedding of a timbre's speech."""
    sounds = [await render(pool, engine, Utterance(text, language, timbre)) for text in texts]
    (rate,) = {sound.rate for sound in sounds}
    return measure(np.concatenate([s.samples for s in sounds]).astype(float), rate).likeness.embedding


def calibrations() -> list[tuple[str, str, Timbre]]:
    """Engine, name and timbre of every base."""
    recorded = [
        ("flite", name, Timbre(pitch, formant_scale=round(size * step, 3), flite_base=name))
        for name, (size, pitch) in RECORDED.items()
        for step in RESIZED
    ]
    return recorded + [("espeak", "", Timbre(110 * size**3, formant_scale=size)) for size in SYNTHETIC]


def noiseless(heard: Frames) -> Frames:
    """Frames of speech without noise: what is faint is speech as well."""
    level = heard.level - np.percentile(heard.level[heard.level > -90], 95)
    return replace(
        heard, voiced=(heard.pitch > 0) & (level > -30), voiceless=(heard.pitch == 0) & (level > -42)
    )


async def calibrated(pool: WorkerPool) -> list[Calibration]:
    """The speech of the bases that imitations of recordings start from."""
    found = []
    for size in CALIBRATED:
        for engine, base in (("flite", "rms"), ("espeak", "")):
            pitch = 110 * size**3
            timbre = Timbre(pitch, formant_scale=size, flite_base=base or None)
            sounds = [await render(pool, engine, Utterance(text, "en-US", timbre)) for text in ENGLISH]
            samples = np.concatenate([sound.samples for sound in sounds]).astype(float)
            rate = sounds[0].rate
            sample = detail.sample(noiseless(frames(samples, rate)), samples, rate, pitch, COARSE)
            found.append(Calibration(engine, base, size, sample))
    return found


async def of_voice(pool: WorkerPool, language: str, timbre: Timbre) -> tuple[float, ...]:
    """The embedding of a built-in voice."""
    if primary(language) == "en":
        engine = "flite" if timbre.flite_base else "espeak"
        return await measured(pool, engine, ENGLISH, language, timbre)
    return await measured(pool, "espeak", (sentence(language),), language, timbre)


@asynccontextmanager
async def workers() -> AsyncIterator[WorkerPool]:
    """A pool with both engines."""
    pool = WorkerPool()
    await pool.start()
    try:
        if "flite" not in pool.engines:
            raise SystemExit(f"The bases of Flite cannot be measured here: {pool.missing['flite']}.")
        yield pool
    finally:
        await pool.aclose()


async def write() -> None:
    async with workers() as pool:
        lines = []
        for engine, name, timbre in calibrations():
            vector = await measured(pool, engine, ENGLISH, "en-US", timbre)
            lines.append(f"{engine}\t{name}\t{timbre.formant_scale}\t{embedding.packed(vector)}\n")
        BASES.write_text("".join(lines))
        with CALIBRATION.open("wb") as file:
            calibration.write(file, await calibrated(pool))
        lines = []
        for row in tomllib.loads((VOICES.parent / "voices.toml").read_text())["voice"]:
            vector = await of_voice(pool, row["language"], Timbre(**row["timbre"]))
            lines.append(f"{row['id']}\t{embedding.packed(vector)}\n")
        VOICES.write_text("".join(lines))
    print(f"wrote {BASES.name}, {CALIBRATION.name} and {VOICES.name}")


if __name__ == "__main__":
    argparse.ArgumentParser(description=__doc__).parse_args()
    asyncio.run(write())
