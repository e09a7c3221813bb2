"""Live speech in another voice: how late, how often too late, what it costs, and how near it comes.

A changer is given speech at the pace at which it is spoken, in pieces of 10 ms, beside a loop that only
sleeps: what is late there is late by the machine. A piece is late where its first sample comes out more than
`LATEST` after it was spoken.
"""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from bench import resemblance
from bench.changing import Person, change, contour, melody, person
from bench.common import Bar, Result, environment, median, parse, python, quantile
from bench.speakers import RATE, speakers
from myna.engines.world.changing.running import RunningChanger
from myna.engines.world.changing.target import Target
from tests.sound import Samples

PIECE = RATE // 100
LATEST = 0.150
MINUTES, QUICK_SECONDS = 10.0, 20.0
LEARNT = 8
"""Seconds after which a voice is known well."""
SECONDS = 20
"""Seconds of speech that are compared with what a whole recording becomes."""
PAIRS, QUICK_PAIRS = 12, 2
_BLOCK = 128
_ALL = 99.9


def changed(samples: Samples, target: Target) -> tuple[Samples, float]:
    """The samples in the voice of a target, and the CPU seconds that took."""
    changer, start = RunningChanger(target), time.process_time()
    parts = [changer.push(samples[place : place + PIECE]) for place in range(0, len(samples), PIECE)]
    return np.concatenate((*parts, changer.finish())), time.process_time() - start


def paced(seconds: float) -> Iterator[tuple[int, float]]:
    """The number of each piece and when it has been spoken, which is waited for."""
    start = time.perf_counter()
    for number in range(round(seconds * RATE / PIECE)):
        spoken = start + (number + 1) * PIECE / RATE
        time.sleep(max(spoken - time.perf_counter(), 0.0))
        yield number, spoken


def sleeping(seconds: float) -> list[float]:
    """Seconds by which a loop that does nothing wakes up late."""
    return [time.perf_counter() - spoken for _, spoken in paced(seconds)]


def live(samples: Samples, target: Target, seconds: float) -> list[float]:
    """Seconds after each piece was spoken until what it makes ready is there."""
    changer, delays = RunningChanger(target), []
    for number, spoken in paced(seconds):
        place = number * PIECE % (len(samples) - PIECE)
        changer.push(samples[place : place + PIECE])
        delays.append(time.perf_counter() - spoken)
    return delays


def joins(samples: Samples) -> float:
    """The bends of the wave where blocks meet, against those elsewhere: the same percentile of both."""
    bends = np.abs(np.diff(samples.astype(float), 2))
    places = np.arange(len(bends)) % _BLOCK
    at, away = (np.percentile(bends[mask], _ALL) for mask in (places >= _BLOCK - 2, places < _BLOCK - 2))
    return float(at / away)


def of_length(person: Person) -> Samples:
    """`SECONDS` of a person, from the beginning again where there is less."""
    return np.resize(person.source, SECONDS * RATE)


def nearness(everybody: list[Person], count: int, result: Result) -> None:
    """How near streams come to their targets, beside whole recordings."""
    targets = [each for each in everybody if each.target is not None]
    pairs = [(a, b) for a in targets for b in targets if a is not b]
    pairs = [pairs[i] for i in np.random.default_rng(1).permutation(len(pairs))[:count]]
    clips, melodies, cost, bends, whole_melodies = [], [], [], [], []
    for source, target in pairs:
        assert target.target is not None
        samples = of_length(source)
        running, cpu = changed(samples, target.target)
        whole, _ = change(samples, target.target)
        before = contour(samples)
        melodies.append(melody(before, contour(running)))
        whole_melodies.append(melody(before, contour(whole)))
        cost.append(cpu / SECONDS)
        bends.append(joins(running))
        known = slice(LEARNT * RATE, None)
        clips += [samples[known], running[known], running[: LEARNT * RATE], whole[known]]
        clips += [target.own, np.concatenate(target.held)]
    bars = result.bars
    bars.append(
        Bar(
            "live change: correlation of the melody where the voice is clear, mean",
            float(np.mean(melodies)),
            at_least=0.9,
        )
    )
    bars.append(Bar("live change: the same, median", median(melodies)))
    bars.append(Bar("live change: the same of whole recordings, mean", float(np.mean(whole_melodies))))
    bars.append(Bar("live change: CPU seconds per second", median(cost), at_most=0.6))
    bars.append(
        Bar(
            "live change: bends of the wave where blocks meet over those elsewhere",
            float(np.mean(bends)),
            at_most=1.3,
        )
    )
    encoder = resemblance.encoder()
    if encoder is None:
        return
    vectors = resemblance.embeddings(encoder, clips).reshape(count, 6, -1)
    gaps = []
    for source, now, early, whole, own, held in vectors:
        far, near = (resemblance.cosine(each[None], held[None]) for each in (source, own))
        likeness = (resemblance.cosine(each[None], held[None]) for each in (now, early, whole))
        gaps.append([100 * (each - far) / (near - far) for each in likeness])
    now, early, whole = np.mean(gaps, axis=0)
    bars.append(Bar(f"live change: gap closed after {LEARNT} s, %", float(now), at_least=40.0))
    bars.append(Bar(f"live change: gap closed in the first {LEARNT} s, %", float(early)))
    bars.append(Bar("live change: gap closed by whole recordings, %", float(whole)))


def main() -> None:
    arguments = parse(__doc__)
    result = Result("live_changing", arguments.quick)
    corpus = os.environ.get("MYNA_CORPUS")
    if corpus is None:
        result.figures["not measured"] = "MYNA_CORPUS is not set: no recorded speech on this machine"
        result.write(arguments.results)
        return
    everybody = [person(each) for each in speakers(Path(corpus))]
    targets = [each for each in everybody if each.target is not None]
    seconds = QUICK_SECONDS if arguments.quick else MINUTES * 60
    floor_program = (
        f"from bench.live_changing import sleeping; import json; print(json.dumps(sleeping({seconds})))"
    )
    floor = subprocess.Popen(
        python("-c", floor_program), stdout=subprocess.PIPE, text=True, env=environment()
    )
    assert targets[1].target is not None
    delays = live(of_length(targets[0]), targets[1].target, seconds)
    answer, _ = floor.communicate(timeout=60)
    asleep = [float(each) for each in answer.strip("[]\n ").split(",")]
    said = RunningChanger.latency_seconds + PIECE / RATE
    slack = LATEST - said
    bars = result.bars
    bars.append(
        Bar("live change: latency that is stated, ms", 1000 * RunningChanger.latency_seconds, at_most=150.0)
    )
    bars.append(
        Bar(
            "live change: latency of the first sample of a piece, median, ms",
            1000 * (said + median(delays)),
            at_most=150.0,
        )
    )
    bars.append(Bar("live change: the same, 99.9th percentile, ms", 1000 * (said + quantile(delays, 0.999))))
    late, floor_late = (100 * float(np.mean(np.array(each) > slack)) for each in (delays, asleep))
    bars.append(Bar("live change: pieces that are late, %", late, at_most=0.1))
    bars.append(Bar("live change: pieces that are late in a loop that only sleeps, %", floor_late))
    nearness(everybody, QUICK_PAIRS if arguments.quick else PAIRS, result)
    result.write(arguments.results)


if __name__ == "__main__":
    main()
