"""A recording of two hours is written down: how much memory it takes, and how long.

It is made as it is written, a sentence by the engine itself and then silence, over and over; the memory is
that of the process that listens, at its largest, beside the same for a recording of a minute.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
import wave
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psutil

from bench.common import TEXT, Bar, Result, parse, run
from bench.engine import utterance
from myna.engines.pool import WorkerPool
from myna.engines.protocols import Pcm, Recording
from myna.speech.listening import Final

SECONDS = 7200
EVERY = 60
"""Seconds from one sentence to the next."""
_LOOK = 0.1


@dataclass
class Written:
    """What became of a recording, and the process that did it."""

    words: int = 0
    finals: int = 0
    took: float = 0.0
    memory: int = 0
    silent: float = 0.0
    """Longest time between two events, in seconds."""


async def sentence(pool: WorkerPool) -> tuple[np.ndarray, int]:
    """Samples of 16 bits, and their rate."""
    events = [event async for event in pool.synthesize("espeak", utterance(TEXT)) if isinstance(event, Pcm)]
    return np.concatenate([np.frombuffer(event.data, "<i2") for event in events]), events[0].sample_rate


def save(path: Path, spoken: np.ndarray, rate: int, seconds: float) -> None:
    """Write a recording a minute at a time."""
    minute = np.zeros(EVERY * rate, "<i2")
    minute[rate : rate + len(spoken)] = spoken[: len(minute) - rate]
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, rate, 0, "NONE", ""))
        for _ in range(round(seconds / EVERY)):
            file.writeframes(minute.tobytes())


async def watch(pool: WorkerPool, written: Written) -> None:
    """Keep the largest memory of the processes that listen."""
    while True:
        for pid in pool.listeners.processes:
            try:
                written.memory = max(written.memory, psutil.Process(pid).memory_info().rss)
            except psutil.NoSuchProcess:
                continue
        await asyncio.sleep(_LOOK)


async def write_down(pool: WorkerPool, path: Path) -> Written:
    """One recording, to its end."""
    written = Written()
    watching = asyncio.create_task(watch(pool, written))
    begun = last = time.perf_counter()
    async for event in pool.transcribe(Recording(str(path), "sphinx", language="en")):
        now = time.perf_counter()
        written.silent, last = max(written.silent, now - last), now
        if isinstance(event, Final):
            written.finals += 1
            written.words += len(event.words)
    written.took = time.perf_counter() - begun
    watching.cancel()
    return written


async def measure(result: Result, *, quick: bool) -> None:
    seconds = 2 * EVERY if quick else SECONDS
    pool = WorkerPool(workers=1)
    try:
        await pool.start()
        spoken, rate = await sentence(pool)
        with tempfile.TemporaryDirectory() as folder:
            short, long = Path(folder) / "short.wav", Path(folder) / "long.wav"
            save(short, spoken, rate, EVERY)
            save(long, spoken, rate, seconds)
            await write_down(pool, short)
            one = await write_down(pool, short)
            all_ = await write_down(pool, long)
    finally:
        await pool.aclose()
    result.figures["recording, s"] = seconds
    result.figures["speech in it, s"] = seconds / EVERY * len(spoken) / rate
    result.figures["written down in, s"] = all_.took
    result.figures["seconds of audio for each second"] = seconds / all_.took
    result.figures["finals"], result.figures["words"] = all_.finals, all_.words
    result.figures["memory for a minute, MB"] = one.memory / 1e6
    result.figures["memory for all, MB"] = all_.memory / 1e6
    result.bars.append(
        Bar("memory of the long over the short recording", all_.memory / one.memory, at_most=1.1)
    )
    expected = one.words * seconds / EVERY
    result.bars.append(
        Bar(
            "words of the long over those of the short recordings",
            all_.words / max(expected, 1),
            at_least=0.9,
        )
    )
    result.bars.append(Bar("longest time without an event, s", all_.silent, at_most=60))


def main() -> None:
    arguments = parse(__doc__)
    result = Result("long_recordings", arguments.quick)
    run(measure(result, quick=arguments.quick))
    result.write(arguments.results)


if __name__ == "__main__":
    main()
