"""What those who listen notice of recordings being examined: first audio on a pool of two, with and without.

Ten recordings of a minute, made with the engine itself, are handed over at once.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from pathlib import Path

import numpy as np
import psutil

from bench.common import TEXT, Bar, Result, parse, quantile, run
from bench.engine import utterance
from myna.engines.pool import WorkerPool
from myna.engines.protocols import Examination, Pcm
from tests.audio.recordings import wav

RECORDINGS = 10
SECONDS = 60


async def recording(pool: WorkerPool, seconds: float, folder: str) -> str:
    """A file of so many seconds of speech."""
    parts = []
    rate = 0
    async for event in pool.synthesize("espeak", utterance(TEXT)):
        if isinstance(event, Pcm):
            parts.append(np.frombuffer(event.data, "<i2"))
            rate = event.sample_rate
    samples = np.resize(np.concatenate(parts).astype(np.float32) / 32768, round(seconds * rate))
    path = Path(folder) / "clip.wav"
    path.write_bytes(wav(samples, rate))
    return str(path)


async def first_audio(pool: WorkerPool, engine: str, number: int) -> float:
    """Milliseconds to the first buffer of one utterance."""
    begun, first = time.perf_counter(), 0.0
    async for _ in pool.synthesize(engine, utterance(f"{TEXT} {number}.")):
        first = first or time.perf_counter()
    return (first - begun) * 1e3


async def listen(pool: WorkerPool, engine: str, until: asyncio.Future[object], least: int) -> list[float]:
    """First audio again and again until something is done, and no fewer times than asked."""
    times: list[float] = []
    while not until.done() or len(times) < least:
        times.append(await first_audio(pool, engine, len(times)))
        await asyncio.sleep(0.02)
    return times


async def measure(result: Result, *, quick: bool) -> None:
    count, seconds, least = (2, 5.0, 10) if quick else (RECORDINGS, float(SECONDS), 300)
    pool = WorkerPool(workers=2)
    await pool.start()
    loop = asyncio.get_running_loop()
    with tempfile.TemporaryDirectory() as folder:
        path = await recording(pool, seconds, folder)
        begun = time.perf_counter()
        await pool.examine(Examination(path))
        result.figures["one examination alone, s"] = time.perf_counter() - begun
        for engine in [name for name in ("espeak", "flite") if name in pool.engines]:
            nothing = loop.create_future()
            nothing.set_result(None)
            alone = await listen(pool, engine, nothing, least)
            cpu, begun = psutil.Process().cpu_times(), time.perf_counter()
            examining = asyncio.gather(*(pool.examine(Examination(path)) for _ in range(count)))
            beside = await listen(pool, engine, examining, 0)
            await examining
            result.figures[f"{engine}: {count} examinations, s"] = time.perf_counter() - begun
            result.figures[f"{engine}: CPU of this process meanwhile, s"] = (
                psutil.Process().cpu_times().user - cpu.user
            )
            for name, times in (("alone", alone), ("beside examinations", beside)):
                result.figures[f"{engine}: first audio {name}, ms"] = {
                    f"p{q}": round(quantile(times, q / 100), 2) for q in (50, 90, 99)
                } | {"utterances": len(times)}
            later = quantile(beside, 0.99) - quantile(alone, 0.99)
            result.bars.append(
                Bar(
                    f"first audio beside examinations after that without, {engine}, p99 in ms",
                    later,
                    at_most=50.0,
                )
            )
    await pool.aclose()


def main() -> None:
    arguments = parse(__doc__)
    result = Result("examining", arguments.quick)
    run(measure(result, quick=arguments.quick))
    result.write(arguments.results)


if __name__ == "__main__":
    main()
