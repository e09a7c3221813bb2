"""Speech of the people of `MYNA_CORPUS` in the voices of each other: how near, how well understood, how fast.

A target is measured from one part of a speaker's clips and known by the other. Gap closed is
(sim(changed, target) - sim(source, target)) / (sim(own, target) - sim(source, target)): own is what the
target was measured from.
"""

from __future__ import annotations

import os
import resource
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np
import pyworld
import soxr
from numpy.typing import NDArray

from bench import recognition, resemblance
from bench.common import Bar, Result, median, parse
from bench.recognition import Clip
from bench.resemblance import Vectors
from bench.speakers import RATE, Speaker, speakers
from myna.audio.decoding import decode
from myna.engines.hearing.stretches import Cutter
from myna.engines.sphinx import recognizer
from myna.engines.world.changing.target import Target, measure
from myna.engines.world.changing.whole import SEGMENT, WholeChanger
from myna.engines.world.frames import PERIOD, frames
from tests.sound import Samples

Floats = NDArray[np.float64]

MEASURED = 10.0
"""Seconds of a speaker that a target is measured from, where there are more."""
SHORTEST = 5.0
"""Seconds of a speaker who can be a target; a single clip is halved."""
PIECE = RATE
AROUND = (0.55, 1.8)
"""Where a voice's pitch is looked for, as shares of the usual one."""
WINDOW, STEP, FARTHEST = 1.0, 0.5, 0.1
"""Seconds over which timing is compared, from one place to the next, and shifts that are tried."""
QUICK_PAIRS, QUICK_CLIPS = 6, 2
BARE = 24
"""Pairs of which all that harvest finds is compared."""
HOUR = 3600.0
NEAR = 0.25
"""Seconds to each side of a join that are looked at."""


@dataclass(slots=True, eq=False)
class Person:
    """A speaker of the corpus.

    Attributes:
        own: what their voice is measured from.
        held: clips that are compared with, disjoint from `own`.
        source: what is changed into other voices: their clips, up to `MEASURED` seconds.
        target: their voice; None where there is too little.
    """

    name: str
    own: Samples
    held: list[Samples]
    source: Samples
    target: Target | None


@dataclass(slots=True, eq=False)
class Pair:
    """Speech of one person in the voice of another, and the CPU seconds that took."""

    source: Person
    target: Person
    changed: Samples
    cpu: float

    @property
    def factor(self) -> float:
        """By how much the target's pitch is higher."""
        assert self.target.target is not None
        return self.target.target.pitch_hz / measure(self.source.source).pitch_hz


def person(speaker: Speaker) -> Person:
    """Measure a speaker's first clips and keep the others; at least the last."""
    clips = list(speaker.clips)
    if len(clips) == 1:
        half = len(clips[0]) // 2
        clips = [clips[0][:half], clips[0][half:]]
    taken = 1
    while taken < len(clips) - 1 and sum(map(len, clips[:taken])) < MEASURED * RATE:
        taken += 1
    own = np.concatenate(clips[:taken])
    enough = sum(map(len, clips)) >= SHORTEST * RATE
    source = np.concatenate(speaker.clips)[: round(MEASURED * RATE)]
    return Person(speaker.name, own, clips[taken:], source, measure(own) if enough else None)


def change(samples: Samples, target: Target) -> tuple[Samples, float]:
    """The samples in the voice of a target, and the CPU seconds that took."""
    start = time.process_time()
    changer = WholeChanger(target)
    changer.study(samples)
    parts = [changer.push(samples[place : place + PIECE]) for place in range(0, len(samples), PIECE)]
    return np.concatenate((*parts, changer.finish())), time.process_time() - start


def heights(samples: Samples, period_ms: float = 5.0) -> Floats:
    """Fundamental frequency by harvest as it comes, 0 where there is none: also of noise, and in octaves."""
    found, _ = pyworld.harvest(samples.astype(float), RATE, frame_period=period_ms)
    return np.asarray(found)


def contour(samples: Samples) -> Floats:
    """Fundamental frequency by harvest near the usual one of the voice, where a voice is loud; else 0."""
    heard = frames(samples.astype(float), RATE)
    usual = float(np.median(heard.pitch[heard.voiced]))
    found, _ = pyworld.harvest(
        samples.astype(float),
        RATE,
        f0_floor=AROUND[0] * usual,
        f0_ceil=AROUND[1] * usual,
        frame_period=1000 * PERIOD,
    )
    count = min(len(found), len(heard.voiced))
    return np.where(heard.voiced[:count], found[:count], 0.0)


def played(samples: Samples, factor: float) -> Floats:
    """What `heights` finds where the samples are only played faster: all is the same but for the pitch."""
    return heights(soxr.resample(samples.astype(float), RATE * factor, RATE), 5.0 / factor)


def melody(one: Floats, other: Floats) -> float:
    """Correlation of the logarithms of two contours where both are voiced."""
    count = min(len(one), len(other))
    one, other = one[:count], other[:count]
    both = (one > 0) & (other > 0)
    return float(np.corrcoef(np.log(one[both]), np.log(other[both]))[0, 1])


def shifts(one: Samples, other: Samples) -> list[float]:
    """Milliseconds by which the envelope of `other` lags behind that of `one`, window by window."""
    found = []
    hop = RATE // 200
    levels = [np.log(np.maximum(_envelope(each, hop), 1e-4)) for each in (one, other)]
    size, far = round(WINDOW * RATE / hop), round(FARTHEST * RATE / hop)
    for start in range(far, len(levels[0]) - size - far, round(STEP * RATE / hop)):
        here = levels[0][start : start + size]
        if here.std() < 0.5:
            continue
        likeness = [
            np.corrcoef(here, levels[1][start + lag : start + lag + size])[0, 1]
            for lag in range(-far, far + 1)
        ]
        found.append(1000 * (int(np.argmax(likeness)) - far) * hop / RATE)
    return found


def _envelope(samples: Samples, hop: int) -> Floats:
    power = np.convolve(samples.astype(float) ** 2, np.hanning(4 * hop) / (2 * hop), "same")
    return np.asarray(np.sqrt(np.maximum(power[::hop], 0)))


def decibels(samples: Samples | Floats) -> float:
    return 10 * float(np.log10(np.mean(np.square(samples, dtype=float)) + 1e-14))


def crispness(source: Samples, changed: Samples) -> float:
    """Decibels by which voiceless sounds are louder above 4 kHz than they were, against the whole clip."""
    heard = frames(source.astype(float), RATE)
    where = np.repeat(heard.voiceless, RATE // 100)[: len(source)]
    both = []
    for each in (source, changed):
        spectrum = np.fft.rfft(each.astype(float))
        spectrum[: len(spectrum) // 2] = 0
        high = np.fft.irfft(spectrum, len(each))
        both.append(decibels(high[: len(where)][where]) - decibels(each))
    return both[1] - both[0]


def people(corpus: Path) -> list[Person]:
    return [person(speaker) for speaker in speakers(corpus)]


def changed_pairs(everybody: Sequence[Person], *, quick: bool) -> list[Pair]:
    wanted = [(a, b) for a in everybody for b in everybody if a is not b and b.target is not None]
    if quick:
        wanted = wanted[:: len(wanted) // QUICK_PAIRS][:QUICK_PAIRS]
    made = []
    for source, target in wanted:
        assert target.target is not None
        made.append(Pair(source, target, *change(source.source, target.target)))
    return made


def likenesses(everybody: Sequence[Person], pairs: Sequence[Pair], python: str) -> list[dict[str, Any]]:
    """The similarities of each pair."""
    clips = [clip for each in everybody for clip in (each.own, np.concatenate(each.held), each.source)]
    rows = resemblance.embeddings(python, [*clips, *(pair.changed for pair in pairs)])
    own, held, source = ({p.name: rows[3 * i + k] for i, p in enumerate(everybody)} for k in range(3))
    found = []
    for pair, vector in zip(pairs, rows[len(clips) :], strict=True):
        here, there = pair.source.name, pair.target.name
        near, before, most = (_cosine(each, held[there]) for each in (vector, source[here], own[there]))
        best = max(held, key=lambda name: _cosine(vector, held[name]))
        found.append(
            {
                "pair": f"{here} as {there}",
                "similarity": near,
                "before": before,
                "own": most,
                "gap %": 100 * (near - before) / (most - before),
                "nearest": best == there,
                "to the source": _cosine(vector, source[here]),
            }
        )
    return found


def _cosine(one: Vectors, other: Vectors) -> float:
    return resemblance.cosine(one[None], other[None])


def misheard(corpus: Path, everybody: Sequence[Person], *, quick: bool) -> tuple[float, float, int]:
    """Word error rates of clips before and after, each in every other voice, and the words of the clips."""
    found = [clip for clip in recognition.clips(corpus) if clip.reference and "snr" not in clip.name]
    found = found[:QUICK_CLIPS] if quick else found
    hear = recognition.batch(recognizer.load())
    before, after = recognition.Tally(), recognition.Tally()
    voices = [each for each in everybody if each.target is not None]
    for number, clip in enumerate(found):
        before.take(clip, hear)
        long = clip.seconds > 20
        for each in voices[number % 3 :: 3] if quick or long else voices:
            assert each.target is not None
            after.take(_cut(clip, change(clip.samples, each.target)[0]), hear)
    return before.rate, after.rate, before.said


def _cut(clip: Clip, samples: Samples) -> Clip:
    """The clip with other samples, cut into the stretches that are heard."""
    cutter = Cutter()
    stretches = [*cutter.push(samples), *cutter.finish()]
    return Clip(clip.name, samples, clip.reference, stretches)


def main() -> None:
    arguments = parse(__doc__)
    corpus = os.environ.get("MYNA_CORPUS")
    result = Result("changing", arguments.quick)
    if corpus is None:
        result.figures["not measured"] = "MYNA_CORPUS is not set: there is no recorded speech"
    else:
        tell(result, Path(corpus))
    result.write(arguments.results)


def tell(result: Result, corpus: Path) -> None:
    """Fill in the result."""
    everybody = people(corpus)
    pairs = changed_pairs(everybody, quick=result.quick)
    result.figures["pairs"] = len(pairs)
    _near(result, everybody, pairs)
    _words(result, corpus, everybody)
    _shape(result, pairs)
    _quiet(result, corpus, everybody)
    _joins(result, everybody)
    _long(result, everybody)


def _near(result: Result, everybody: Sequence[Person], pairs: Sequence[Pair]) -> None:
    python = resemblance.encoder()
    if python is None:
        result.figures["similarity"] = (
            "not measured: `make similarity`, or name a Python with Resemblyzer in MYNA_SIMILARITY_PYTHON"
        )
        return
    rows = likenesses(everybody, pairs, python)
    result.figures["each pair"] = rows
    result.bars += [
        Bar("changed: gap closed, %, mean of pairs", fmean(row["gap %"] for row in rows), at_least=40),
        Bar("changed: gap closed, %, median", median([row["gap %"] for row in rows])),
        Bar("changed: target nearest, % of pairs", 100 * fmean(row["nearest"] for row in rows), at_least=80),
        Bar("changed: similarity to the target", fmean(row["similarity"] for row in rows)),
        Bar("changed: similarity to the source", fmean(row["to the source"] for row in rows), at_most=0.8),
    ]


def _words(result: Result, corpus: Path, everybody: Sequence[Person]) -> None:
    before, after, said = misheard(corpus, everybody, quick=result.quick)
    result.figures["words of the clips"] = said
    result.bars += [
        Bar("changed: word errors of the sources, %", 100 * before),
        Bar(
            "changed: word errors when changed, %",
            100 * after,
            at_most=100 * max(1.35 * before, before + 0.05),
        ),
    ]


def _shape(result: Result, pairs: Sequence[Pair]) -> None:
    """Melody, timing, level and hiss."""
    contours = {pair.source.name: contour(pair.source.source) for pair in pairs}
    same = [melody(contours[pair.source.name], contour(pair.changed)) for pair in pairs]
    some = pairs[:: max(len(pairs) // BARE, 1)]
    bare = [melody(heights(pair.source.source), heights(pair.changed)) for pair in some]
    at_best = [melody(heights(pair.source.source), played(pair.source.source, pair.factor)) for pair in some]
    off = [abs(lag) for pair in pairs for lag in shifts(pair.source.source, pair.changed)]
    length = max(abs(len(pair.changed) - len(pair.source.source)) for pair in pairs)
    levels = [decibels(pair.changed) - decibels(pair.source.source) for pair in pairs]
    seconds = sum(len(pair.changed) for pair in pairs) / RATE
    crisp = [crispness(pair.source.source, pair.changed) for pair in pairs]
    result.figures["melody, each pair"] = [round(each, 3) for each in same]
    result.bars += [
        Bar("changed: correlation of the melody where a voice is loud, mean", fmean(same), at_least=0.9),
        Bar("changed: the same, median", median(same), at_least=0.9),
        Bar("changed: the same, least", min(same)),
        Bar(
            "changed: correlation of all that harvest finds, noise and octaves too", fmean(bare), at_least=0.9
        ),
        Bar("changed: the same of clips that are only played faster", fmean(at_best)),
        Bar("changed: duration off, ms", 1000 * length / RATE, at_most=20),
        Bar("changed: timing off, ms (95 % of windows)", float(np.percentile(off, 95)), at_most=20),
        Bar("changed: timing off, ms (most)", max(off)),
        Bar("changed: level off, dB (most)", max(map(abs, levels)), at_most=1.5),
        Bar("changed: loudest sample", max(float(np.abs(pair.changed).max()) for pair in pairs), at_most=1),
        Bar("changed: hiss of voiceless sounds against before, dB (mean)", fmean(crisp), at_least=-3),
        Bar(
            "changed: CPU seconds per second, study included",
            sum(p.cpu for p in pairs) / seconds,
            at_most=0.15,
        ),
    ]


def _quiet(result: Result, corpus: Path, everybody: Sequence[Person]) -> None:
    """What becomes of silence and of noise between speech, 20 dB fainter than it."""
    voices = [each for each in everybody if each.target is not None]
    source, wanted = voices[0], voices[1 : 2 if result.quick else 4]
    speech = source.source
    raised = []
    for name in ("silence_4s.flac", "noise_room_6s.flac", "noise_pink_5s.flac"):
        pause = np.concatenate(list(decode(corpus / name, RATE, most_seconds=60))).astype(np.float32)
        silent = name.startswith("silence")
        louder = decibels(speech) - 20 - decibels(pause)
        pause = np.zeros_like(pause) if silent else pause * np.float32(10 ** (louder / 20))
        inside = slice(len(speech) + RATE // 2, len(speech) + len(pause) - RATE // 2)
        for each in wanted:
            assert each.target is not None
            changed, _ = change(np.concatenate((speech, pause, speech)), each.target)
            if silent:
                result.bars.append(
                    Bar("changed: digital silence becomes, dB", decibels(changed[inside]), at_most=-90)
                )
            else:
                raised.append(decibels(changed[inside]) - decibels(speech) + 20)
    result.bars += [
        Bar("changed: noise of pauses louder by, dB (mean)", fmean(raised)),
        Bar("changed: noise of pauses louder by, dB (most)", max(raised), at_most=6),
    ]


def _joins(result: Result, everybody: Sequence[Person]) -> None:
    """What is heard where segments meet, against the same places of a recording that is changed in one go."""
    source = max(everybody, key=lambda each: sum(map(len, each.held)))
    target = next(each.target for each in everybody if each.target is not None and each is not source)
    assert target is not None
    speech = np.concatenate(source.held)
    made = []
    for segment in (SEGMENT, len(speech) + 1):
        changer = WholeChanger(target, segment)
        changer.study(speech)
        made.append(np.concatenate((changer.push(speech), changer.finish())))
    near = round(NEAR * RATE)
    around = [slice(place - near, place + near) for place in range(SEGMENT, len(speech) - near, SEGMENT)]
    jumps = [[float(np.abs(np.diff(each[part])).max()) for part in around] for each in made]
    result.figures["joins"] = len(around)
    result.figures["joins around which a sample is another than without"] = sum(
        not np.allclose(made[0][part], made[1][part], atol=1e-4) for part in around
    )
    result.bars.append(
        Bar(
            "changed: largest jump around a join over the same without one, most",
            max(joined / whole for joined, whole in zip(*jumps, strict=True)),
            at_most=1.2,
        )
    )


def _long(result: Result, everybody: Sequence[Person]) -> None:
    """An hour, piece by piece: what it costs and what memory it takes."""
    voices = [each for each in everybody if each.target is not None]
    source = max(everybody, key=lambda each: sum(map(len, each.held)))
    target = next(each.target for each in voices if each is not source)
    assert target is not None
    speech = np.concatenate(source.held)
    wanted = round((120 if result.quick else HOUR) * RATE)
    pieces = [speech[: wanted - place] for place in range(0, wanted, len(speech))]
    changer = WholeChanger(target)
    start, before = time.process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for piece in pieces:
        changer.study(piece)
    given = 0
    for piece in [*pieces, None]:
        given += len(changer.finish() if piece is None else changer.push(piece))
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    cpu = time.process_time() - start
    result.figures["long recording, s"] = wanted / RATE
    result.bars += [
        Bar("changed: long recording, samples missing", abs(given - wanted), at_most=0),
        Bar("changed: long recording, CPU seconds per second", cpu / wanted * RATE, at_most=0.15),
        Bar("changed: long recording, memory, MB", used / 1024, at_most=200),
    ]


if __name__ == "__main__":
    main()
