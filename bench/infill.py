"""Gaps in recordings of people, filled by voices that are not theirs: seams, level, pitch and likeness.

From the clean English recordings of `MYNA_CORPUS` a fifth is cut out, every other time where it is quiet and
else wherever it falls. What is said instead is spoken by built-in voices with the engines of this machine.
Levels are those of ITU-T P.56; the seams are those of the samples that leave the provider.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import cast

import numpy as np
import soxr

from bench import resemblance
from bench.common import Bar, Result, median, parse
from bench.speakers import RATE, speakers
from myna.audio.containers import wav_header
from myna.audio.encoder import Encoder
from myna.engines.world.pitch import pitch
from myna.providers.local import LocalProvider
from myna.speech.changing import InfillRequest
from myna.speech.events import AudioChunk, Failed, SpeechEvent
from myna.speech.formats import OutputFormat
from myna.speech.requests import SpeechRequest
from myna.speech.voices import VoiceChoice
from tests.sound import Samples, Sound, active_level, word_error_rate

VOICES = ("Wren", "Calloway", "Otis", "Imogen")
TEXTS = (
    "and then he walked down to the old harbour",
    "quickly, without a word",
    "The wind was cold. Nobody was there to meet him.",
)
GAP = 0.2
"""Share of a recording that is cut out of its middle."""
NEAR_SECONDS = 4.0
"""Next to the gap: what the level is compared with."""
SHORTEST = 4.0
"""Seconds of the shortest recording."""


@dataclass(frozen=True, eq=False)
class Gap:
    """A recording with a gap, and what is to be said there."""

    speaker: str
    left: Samples
    right: Samples
    voice: str
    text: str

    @property
    def near(self) -> list[Samples]:
        """What is next to the gap."""
        count = round(NEAR_SECONDS * RATE)
        return [self.left[-count:], self.right[:count]]


@dataclass(frozen=True, eq=False)
class Filled:
    """What came out, the same speech as it was spoken, and how long it took."""

    gap: Gap
    spoken: Samples
    sound: Samples
    seconds: float

    def jump(self, rate: int) -> float:
        """The larger jump at a seam, as a share of the largest but one in a thousand within the recording."""
        left, right = (soxr.resample(side, RATE, rate) for side in (self.gap.left, self.gap.right))
        encoder = Encoder(OutputFormat("raw", "pcm_f32le", rate))
        data = encoder.encode(AudioChunk(self.sound, RATE, 0.0)) + encoder.finish()
        sound = np.frombuffer(data, "<f4")
        differences = [np.abs(np.diff(side.astype(float))) for side in (left, right)]
        seams = ((left[-1], sound[0]), (sound[-1], right[0]))
        jump = max(abs(float(one) - float(other)) for one, other in seams)
        return jump / float(np.quantile(np.concatenate(differences), 0.999))

    def louder(self, sound: Samples) -> float:
        """By how many dB it is louder than the neighbours."""
        around = np.mean([active_level(Sound(near, RATE)) for near in self.gap.near])
        return active_level(Sound(sound, RATE)) - float(around)

    def higher(self, sound: Samples) -> float:
        """By how many semitones it is higher."""
        around = np.concatenate((self.gap.left, self.gap.right))
        return float(12 * np.log2(_pitch(sound) / _pitch(around)))


def gaps(corpus: Path, *, quick: bool) -> list[Gap]:
    """One for each person, or a few."""
    found: list[Gap] = []
    for speaker in speakers(corpus):
        clip = max(speaker.clips, key=len)[: 20 * RATE]
        if len(clip) < SHORTEST * RATE:
            continue
        cuts = [round(len(clip) * (0.5 - GAP / 2)), round(len(clip) * (0.5 + GAP / 2))]
        number = len(found)
        if number % 2:
            cuts = [_quiet(clip, cut) for cut in cuts]
        voice, text = VOICES[number % len(VOICES)], TEXTS[number % len(TEXTS)]
        found.append(Gap(speaker.name, clip[: cuts[0]], clip[cuts[1] :], voice, text))
    return found[:2] if quick else found


def _quiet(clip: Samples, place: int) -> int:
    """The quietest place within half a second."""
    start = place - RATE // 2
    power = np.convolve(clip[start : place + RATE // 2].astype(float) ** 2, np.ones(320), "same")
    return start + int(power.argmin())


def _pitch(samples: Samples) -> float:
    found = pitch(samples.astype(float), RATE, len(samples) // 160, 0.01)
    return float(np.median(found[found > 0]))


async def filled(provider: LocalProvider, gap: Gap, folder: Path) -> Filled:
    """Fill a gap."""
    request = SpeechRequest(VoiceChoice(gap.voice), language="en")
    speech = provider.speak(request)
    speech.push(gap.text)
    speech.finish()
    spoken: list[AudioChunk] = []
    async with aclosing(cast(AsyncGenerator[SpeechEvent, None], speech.events())) as events:
        async for event in events:
            if isinstance(event, Failed):
                raise event.error
            spoken += [event] if isinstance(event, AudioChunk) else []
    plain = soxr.resample(np.concatenate([chunk.samples for chunk in spoken]), spoken[0].sample_rate, RATE)
    left, right = (_written(folder / name, side) for name, side in (("left", gap.left), ("right", gap.right)))
    begun = time.perf_counter()
    chunks = provider.infill(InfillRequest(request, gap.text, left, right))
    sound = np.concatenate([chunk.samples async for chunk in chunks])
    return Filled(gap, plain, sound, time.perf_counter() - begun)


def _written(path: Path, samples: Samples) -> Path:
    """A WAV file with just these samples."""
    data = samples.astype("<f4").tobytes()
    path.write_bytes(wav_header(OutputFormat("wav", "pcm_f32le", RATE), len(data)) + data)
    return path


async def measure(corpus: Path, result: Result) -> None:
    found: list[Filled] = []
    with tempfile.TemporaryDirectory() as folder:
        provider = LocalProvider(data=Path(folder) / "data")
        await provider.start()
        try:
            for gap in gaps(corpus, quick=result.quick):
                found.append(await filled(provider, gap, Path(folder)))
        finally:
            await provider.aclose()
    rows = [row(each) for each in found]
    if python := None if result.quick else resemblance.encoder():
        clips = [part for each in found for part in (_around(each), each.spoken, each.sound)]
        vectors = resemblance.embeddings(python, clips).reshape(len(found), 3, -1)
        for figures, (around, spoken, sound) in zip(rows, vectors, strict=True):
            figures["similarity before"] = float(around @ spoken)
            figures["similarity after"] = float(around @ sound)
    for each, figures in zip(found, rows, strict=True):
        result.figures[f"{each.gap.speaker}, {each.gap.voice}: {each.gap.text}"] = figures
    _sum_up(result, rows)


def row(filled: Filled) -> dict[str, float]:
    """The figures of one gap."""
    text = filled.gap.text
    return {
        "jump": filled.jump(RATE),
        "jump at 44.1 kHz": filled.jump(44100),
        "louder, dB": filled.louder(filled.sound),
        "louder before, dB": filled.louder(filled.spoken),
        "higher, semitones": filled.higher(filled.sound),
        "higher before, semitones": filled.higher(filled.spoken),
        "word errors": word_error_rate(Sound(filled.sound, RATE), text),
        "word errors before": word_error_rate(Sound(filled.spoken, RATE), text),
        "seconds": filled.seconds,
        "real-time factor": filled.seconds / (len(filled.sound) / RATE),
    }


def _around(filled: Filled) -> Samples:
    return np.concatenate((filled.gap.left, filled.gap.right))


def _sum_up(result: Result, rows: Sequence[dict[str, float]]) -> None:
    def every(name: str) -> list[float]:
        return [abs(row[name]) for row in rows]

    bars = result.bars
    bars.append(Bar("infill: largest jump at a seam, of the usual largest", max(every("jump")), at_most=1.0))
    name = "infill: largest jump at a seam, of the usual largest, at 44.1 kHz"
    bars.append(Bar(name, max(every("jump at 44.1 kHz")), at_most=1.0))
    bars.append(Bar("infill: largest difference of level, dB", max(every("louder, dB")), at_most=2.0))
    bars.append(Bar("infill: the same of the speech as spoken, dB", max(every("louder before, dB"))))
    bars.append(Bar("infill: median difference of pitch, semitones", median(every("higher, semitones"))))
    bars.append(
        Bar("infill: the same of the speech as spoken, semitones", median(every("higher before, semitones")))
    )
    for name in ("word errors", "word errors before"):
        bars.append(Bar(f"infill: mean {name}, %", 100 * fmean(every(name))))
    if "similarity after" in rows[0]:
        for name in ("similarity before", "similarity after"):
            bars.append(Bar(f"infill: mean {name}", fmean(every(name))))
    bars.append(Bar("infill: median real-time factor", median(every("real-time factor"))))


def main() -> None:
    arguments = parse(__doc__)
    corpus = os.environ.get("MYNA_CORPUS")
    result = Result("infill", arguments.quick)
    if corpus is None:
        result.figures["not measured"] = "MYNA_CORPUS is not set: no recorded speech on this machine"
    else:
        asyncio.run(measure(Path(corpus), result))
    result.write(arguments.results)


if __name__ == "__main__":
    main()
