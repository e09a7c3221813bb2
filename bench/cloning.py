"""How near clones come to the people of `MYNA_CORPUS`, how well they are understood, and what they cost.

Gap closed is (sim(clone, target) - sim(plain, target)) / (sim(own, target) - sim(plain, target)): the target
is the clips that were not cloned, own is the clips that were, plain the first voice of the target's gender.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np
import pyworld

from bench import resemblance
from bench.common import Bar, Result, cpu_seconds, median, parse
from bench.resemblance import Gaussian, Vectors
from bench.speakers import LONG, RATE, Speaker, Trial, at_rate, speakers, trials
from myna.engines.examining import examine
from myna.engines.pool import WorkerPool
from myna.engines.protocols import Examination, Finding, Pcm, Utterance
from myna.engines.world.bases import timbre_of
from myna.providers.local import catalogue
from myna.speech.voices import Timbre
from tests.sound import Samples, Sound, edits, recognised, words
from tests.voicing import render

SHORT = 5.0
SENTENCES = (
    "The ferry leaves at nine in the morning and the crossing takes a little under two hours.",
    "There is coffee on the upper deck and fresh bread in the small kitchen.",
    "She had your dark suit in greasy wash water all year.",
    "The birch canoe slid on the smooth planks before the storm came.",
    "Please call me when you have read the long letter from my brother.",
    "A large size in stockings is hard to sell in the summer.",
    "They will meet us at the station near the old stone bridge.",
    "Rice is often served in round bowls with a little salt and pepper.",
)
LANGUAGE = "en-US"


class _Silent:
    """Progress that nobody watches."""

    def __call__(self) -> None: ...

    def by_the_clock(self) -> contextlib.AbstractContextManager[None]:
        return contextlib.nullcontext()


@dataclass(slots=True, eq=False)
class Spoken:
    """A voice that has spoken the sentences.

    Attributes:
        sounds: one for each sentence, at `RATE`.
        errors: wrong words of PocketSphinx, per word; NaN where it was not asked.
        vectors: Resemblyzer's, one for each sentence.
    """

    sounds: list[Sound]
    errors: float = float("nan")
    vectors: Vectors = field(default_factory=lambda: np.zeros((0, 256)))

    @property
    def clips(self) -> list[Samples]:
        return [sound.samples for sound in self.sounds]


@dataclass(slots=True, eq=False)
class Cloned:
    """A trial, how it sounds, and the CPU seconds that looking into the clip took."""

    trial: Trial
    engine: str
    seconds: float
    finding: Finding
    cpu: float
    spoken: Spoken

    @property
    def timbre(self) -> Timbre:
        return timbre_of(self.finding.likeness.embedding, "en", self.finding.likeness.detail)


def look(clip: Samples) -> tuple[Finding, float]:
    """What is found in a clip, and the CPU seconds that took."""
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "clip.wav")
        resemblance.write_wav(path, clip)
        start = time.process_time()
        return examine(Examination(path), _Silent()), time.process_time() - start


def plain_timbre(gender: str) -> Timbre:
    """That of the first built-in English voice of a gender that has a Flite realisation."""
    wanted = "feminine" if gender == "F" else "masculine"
    return next(
        voice.timbre
        for voice in catalogue.voices()
        if voice.gender == wanted and voice.language.startswith("en") and voice.timbre.flite_base
    )


async def speak(
    pool: WorkerPool, engine: str, timbre: Timbre, finding: Finding | None, sentences: Sequence[str]
) -> Spoken:
    """Let a voice speak the sentences."""
    likeness = finding.likeness if finding else None
    utterances = [Utterance(text, LANGUAGE, timbre, likeness) for text in sentences]
    return Spoken([at_rate(await render(pool, engine, utterance)) for utterance in utterances])


def misheard(spoken: Spoken, sentences: Sequence[str]) -> float:
    """Wrong words per word, of all sentences together."""
    pairs = zip(spoken.sounds, sentences, strict=True)
    wrong = sum(edits(words(text), words(recognised(sound))) for sound, text in pairs)
    return wrong / sum(len(words(text)) for text in sentences)


class Measures:
    """Every English speaker of the corpus as both measures know them."""

    def __init__(self, everybody: Sequence[Speaker], python: str | None, heard: Sequence[Spoken]) -> None:
        """Embed everybody's clips and what was spoken, where there is an encoder."""
        self.encoded = python is not None
        self._everybody = {speaker.name: speaker for speaker in everybody}
        self._cepstra = {s.name: [resemblance.cepstra([clip]) for clip in s.clips] for s in everybody}
        self._anybody = Gaussian(np.concatenate([np.concatenate(c) for c in self._cepstra.values()]))
        self._vectors: dict[str, Vectors] = {}
        if python is None:
            return
        clips = [clip for speaker in everybody for clip in speaker.clips]
        clips += [clip for spoken in heard for clip in spoken.clips]
        rows = iter(resemblance.embeddings(python, clips))
        for speaker in everybody:
            self._vectors[speaker.name] = np.array([next(rows) for _ in speaker.clips])
        for spoken in heard:
            spoken.vectors = np.array([next(rows) for _ in spoken.sounds])

    def similarity(self, vectors: Vectors, trial: Trial) -> float:
        """To the clips of a target that were not cloned."""
        return resemblance.cosine(vectors, self._vectors[trial.speaker.name][list(trial.others)])

    def own(self, trial: Trial) -> Vectors:
        """The embeddings of what was cloned."""
        return self._vectors[trial.speaker.name][list(trial.cloned)]

    def is_nearest(self, vectors: Vectors, trial: Trial) -> bool:
        """Whether of all speakers the target is the nearest, known by the clips that were not cloned."""
        rivals = [
            resemblance.cosine(vectors, rows)
            for name, rows in self._vectors.items()
            if name != trial.speaker.name
        ]
        return self.similarity(vectors, trial) > max(rivals)

    def ratio(self, frames: Vectors, trial: Trial) -> float:
        """Mean log likelihood ratio of frames: the target, known by the clips not cloned, against anybody."""
        known = [self._cepstra[trial.speaker.name][number] for number in trial.others]
        target = Gaussian(np.concatenate(known))
        return target.likelihood(frames) - self._anybody.likelihood(frames)


def gap(value: float, plain: float, own: float) -> float:
    """Percent of the way from the plain voice to the target's own."""
    return 100 * (value - plain) / (own - plain)


def row(cloned: Cloned, plain: Spoken, measures: Measures) -> dict[str, Any]:
    """The figures of one trial."""
    trial = cloned.trial
    spoken = cloned.spoken
    ratios = [
        measures.ratio(frames, trial)
        for frames in (
            resemblance.cepstra(spoken.clips),
            resemblance.cepstra(plain.clips),
            resemblance.cepstra([trial.speaker.clips[number] for number in trial.cloned]),
        )
    ]
    found: dict[str, Any] = {
        "seconds": round(len(trial.clip) / RATE, 1),
        "likelihood gap %": round(gap(*ratios), 1),
        "semitones off": round(12 * np.log2(_pitch(spoken.clips) / _pitch([trial.clip])), 2),
        "word errors": round(spoken.errors, 3),
        "word errors plain": round(plain.errors, 3),
    }
    if measures.encoded:
        values = [measures.similarity(vectors, trial) for vectors in (spoken.vectors, plain.vectors)]
        values.append(measures.similarity(measures.own(trial), trial))
        found |= {
            "similarity": round(values[0], 3),
            "plain": round(values[1], 3),
            "own": round(values[2], 3),
            "gap %": round(gap(*values), 1),
            "nearest": measures.is_nearest(spoken.vectors, trial),
        }
    return found


def _pitch(clips: Sequence[Samples]) -> float:
    """Median fundamental frequency by another tracker than the clones', above the hum of mains."""
    found, _ = pyworld.harvest(np.concatenate(clips).astype(float), RATE, f0_floor=75.0, f0_ceil=450.0)
    return float(np.median(found[found > 0]))


async def first_audio(pool: WorkerPool, cloned: Cloned, rounds: int) -> list[float]:
    """Milliseconds from the request to the first sound, one request at a time."""
    times = []
    for number in range(rounds):
        text = SENTENCES[number % len(SENTENCES)]
        start = time.perf_counter()
        first = 0.0
        async for event in pool.synthesize(
            cloned.engine, Utterance(text, LANGUAGE, cloned.timbre, cloned.finding.likeness)
        ):
            if isinstance(event, Pcm) and not first:
                first = time.perf_counter() - start
        times.append(first * 1e3)
    return times


async def clone_all(
    pool: WorkerPool, wanted: Sequence[Trial], engine: str, seconds: float, sentences: Sequence[str]
) -> list[Cloned]:
    """Clone each clip and let the clone speak."""
    made = []
    for trial in wanted:
        finding, cpu = look(trial.clip)
        cloned = Cloned(trial, engine, seconds, finding, cpu, Spoken([]))
        cloned.spoken = await speak(pool, engine, cloned.timbre, finding, sentences)
        made.append(cloned)
    return made


async def measure(corpus: Path, result: Result) -> None:
    """Fill in the result."""
    everybody = speakers(corpus)
    sentences = SENTENCES[:2] if result.quick else SENTENCES
    pool = WorkerPool(workers=1)
    await pool.start()
    try:
        engines = [engine for engine in ("flite", "espeak") if engine in pool.engines]
        made: list[Cloned] = []
        plains: dict[tuple[str, str], Spoken] = {}
        for engine in engines[:1] if result.quick else engines:
            for gender in "FM":
                plains[engine, gender] = await speak(pool, engine, plain_timbre(gender), None, sentences)
            before = cpu_seconds(pool.processes[0])
            for seconds in (LONG,) if result.quick else (LONG, SHORT):
                wanted = trials(everybody, seconds)
                made += await clone_all(
                    pool, wanted[:2] if result.quick else wanted, engine, seconds, sentences
                )
            spoken = sum(sound.duration for c in made if c.engine == engine for sound in c.spoken.sounds)
            used = (cpu_seconds(pool.processes[0]) - before) / spoken
            result.bars.append(
                Bar(f"CPU seconds per second of a clone's speech, {engine}", used, at_most=0.2)
            )
        await first_audio(pool, made[0], 2)
        waits = await first_audio(pool, made[0], 3 if result.quick else 20)
    finally:
        await pool.aclose()
    result.bars.append(Bar("First audio of a clone, ms (median)", median(waits), at_most=150))
    whole = [c.cpu for c in made if c.seconds == LONG and len(c.trial.clip) >= 0.95 * LONG * RATE]
    result.bars.append(
        Bar("CPU seconds to look into a clip of 10 s", median(whole or [made[0].cpu]), at_most=1.0)
    )
    for spoken in (*plains.values(), *(c.spoken for c in made if c.seconds == LONG)):
        spoken.errors = misheard(spoken, sentences)
    tell(result, everybody, made, plains)


def tell(
    result: Result, everybody: list[Speaker], made: list[Cloned], plains: dict[tuple[str, str], Spoken]
) -> None:
    """The table of all trials, and the bars."""
    python = resemblance.encoder()
    if python is None:
        result.figures["similarity"] = (
            "not measured: `make similarity`, or name a Python with Resemblyzer in MYNA_SIMILARITY_PYTHON"
        )
    heard = [*plains.values(), *(cloned.spoken for cloned in made)]
    measures = Measures(everybody, python, heard)
    result.figures["speakers"] = {
        speaker.name: f"{len(speaker.clips)} clips, {sum(map(len, speaker.clips)) / RATE:.0f} s"
        for speaker in everybody
    }
    result.figures["plain is"] = "the first English voice of the target's gender, on the same engine"
    rows: dict[tuple[str, float], list[dict[str, Any]]] = {}
    for number, cloned in enumerate(made):
        plain = plains[cloned.engine, cloned.trial.speaker.gender]
        figures = row(cloned, plain, measures)
        rows.setdefault((cloned.engine, cloned.seconds), []).append(figures)
        name = f"{cloned.trial.speaker.name} {number % 2 + 1}, {cloned.engine}, {cloned.seconds:g} s"
        result.figures[name] = figures
    for (engine, seconds), figures in rows.items():
        _sum_up(result, f"{engine}, {seconds:g} s", engine, seconds, figures, encoded=measures.encoded)
    if measures.encoded:
        found = [
            figures["nearest"] for (engine, _), each in rows.items() if engine == "flite" for figures in each
        ]
        if found:
            share = 100 * fmean(found)
            result.bars.append(
                Bar("Target nearest of all speakers, % of all trials, flite", share, at_least=80)
            )


def _sum_up(
    result: Result,
    name: str,
    engine: str,
    seconds: float,
    rows: list[dict[str, Any]],
    *,
    encoded: bool,
) -> None:
    def mean(key: str) -> float:
        return fmean(row[key] for row in rows)

    bars = result.bars
    bars.append(Bar(f"Gap closed by log likelihood, %, {name}", mean("likelihood gap %")))
    if encoded:
        least = (45.0 if seconds == LONG else 35.0) if engine == "flite" else None
        bars.append(Bar(f"Gap closed by similarity, %, {name}", mean("gap %"), at_least=least))
        most_of_them = 80.0 if engine == "flite" else None
        share = 100 * mean("nearest")
        bars.append(Bar(f"Target nearest of all speakers, % of trials, {name}", share, at_least=most_of_them))
    if seconds == LONG:
        plain, cloned = mean("word errors plain"), mean("word errors")
        bars.append(Bar(f"Word errors of the plain voices, %, {engine}", 100 * plain))
        bars.append(Bar(f"Word errors of the clones, %, {engine}", 100 * cloned))
        most = 1.5 if engine == "flite" else None
        bars.append(
            Bar(f"Word errors of clones over plain, {engine}", cloned / max(plain, 0.01), at_most=most)
        )


def main() -> None:
    arguments = parse(__doc__)
    corpus = os.environ.get("MYNA_CORPUS")
    result = Result("cloning", arguments.quick)
    if corpus is None:
        result.figures["not measured"] = "MYNA_CORPUS is not set: no recorded speech on this machine"
    else:
        asyncio.run(measure(Path(corpus), result))
    result.write(arguments.results)


if __name__ == "__main__":
    main()
