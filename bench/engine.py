"""The pool of workers against the bare engine: time to the first buffer, and audio per CPU second.

The bare engine is the C library with a callback that counts, in as many processes as the pool has workers;
CPU time of the pool is that of its process and its workers together.
"""

from __future__ import annotations

import asyncio
import os
import time
from typing import Any

import psutil

from bench.common import PROGRAMS, TEXT, VOICE, Bar, Result, median, parse, process, python, quantile
from bench.first_audio import ask
from bench.throughput import bare
from myna.engines.pool import WorkerPool
from myna.engines.protocols import Pcm, Utterance
from myna.providers.local import catalogue

READERS = 16


def utterance(text: str, **how: Any) -> Utterance:
    """What the bare engine says, for the pool."""
    return Utterance(text, "en-US", catalogue.find(VOICE).timbre, **how)


async def first_buffers(pool: WorkerPool, repetitions: int) -> dict[str, list[float]]:
    """Milliseconds to the first buffer, bare and through the pool, in turns."""
    times: dict[str, list[float]] = {"bare": [], "pool": []}
    with process(python(str(PROGRAMS / "bare_espeak.py"), "first")) as child:
        assert child.stdout is not None
        child.stdout.readline()
        for number in range(-10, repetitions):
            text = f"{TEXT} That was number {number + 1000}."
            alone = await asyncio.to_thread(ask, child, text)
            await asyncio.sleep(0.005)
            start = time.perf_counter()
            stream = pool.synthesize("espeak", utterance(text))
            await anext(stream)
            through = (time.perf_counter() - start) * 1e3
            async for _ in stream:
                pass
            if number >= 0:
                times["bare"].append(alone)
                times["pool"].append(through)
    return times


def pool_cpu(pool: WorkerPool) -> tuple[float, float]:
    """CPU seconds so far of this process and of the workers."""
    workers = [psutil.Process(pid).cpu_times() for pid in pool.processes]
    return time.process_time(), sum(used.user + used.system for used in workers)


async def throughput(pool: WorkerPool, seconds: float, **how: Any) -> dict[str, float]:
    """Audio and CPU seconds with `READERS` readers at once."""
    size, chunks, until = 0, 0, time.perf_counter() + seconds

    async def read() -> None:
        nonlocal size, chunks
        while time.perf_counter() < until:
            async for event in pool.synthesize("espeak", utterance(f"{TEXT} {TEXT}", **how)):
                if isinstance(event, Pcm):
                    size += len(event.data)
                    chunks += 1

    begun = pool_cpu(pool)
    await asyncio.gather(*(read() for _ in range(READERS)))
    parent, workers = (after - before for before, after in zip(begun, pool_cpu(pool), strict=True))
    audio = size / 2 / 22050
    return {
        "audio per CPU s": audio / (parent + workers),
        "pool us per audio s": parent / audio * 1e6,
        "workers us per audio s": workers / audio * 1e6,
        "pool us per chunk": parent / chunks * 1e6,
        "bytes per chunk": size / chunks,
    }


async def spawning(rounds: int) -> list[float]:
    """Milliseconds from nothing to the first audio."""
    times = []
    for _ in range(rounds):
        pool = WorkerPool(workers=1)
        start = time.perf_counter()
        stream = pool.synthesize("espeak", utterance(TEXT))
        await anext(stream)
        times.append((time.perf_counter() - start) * 1e3)
        await stream.aclose()
        await pool.aclose()
    return times


async def flite(pool: WorkerPool, rounds: int) -> dict[str, float]:
    """First audio and audio per second of the recorded voices, one reader."""
    firsts, size, spent = [], 0.0, 0.0
    for number in range(rounds):
        start, first = time.perf_counter(), None
        async for event in pool.synthesize("flite", utterance(f"{TEXT} {number}.")):
            if first is None:
                first = (time.perf_counter() - start) * 1e3
            if isinstance(event, Pcm):
                size += len(event.data) / 2 / event.sample_rate
        firsts.append(first or 0.0)
        spent += time.perf_counter() - start
    return {"first buffer ms": median(firsts), "audio per s": size / spent}


async def measure(result: Result, *, quick: bool) -> None:
    """All of it, into `result`."""
    seconds, rounds = (1.0, 1) if quick else (5.0, 3)
    starts = await spawning(3 if quick else 10)
    result.figures["from nothing to the first audio, ms"] = median(starts)
    pool = WorkerPool()
    await pool.start()
    times = await first_buffers(pool, 30 if quick else 400)
    for name, values in times.items():
        result.figures[f"first buffer, {name}, ms"] = {
            f"p{q}": round(quantile(values, q / 100), 3) for q in (50, 90, 99)
        }
    later = quantile(times["pool"], 0.5) - quantile(times["bare"], 0.5)
    result.bars.append(
        Bar("first buffer through the pool after the bare engine's, p50 in ms", later, at_most=1.0)
    )
    runs: list[tuple[float, dict[str, float], dict[str, float]]] = []
    for _ in range(rounds):
        alone = await asyncio.to_thread(bare, os.cpu_count() or 1, f"{TEXT} {TEXT}", seconds)
        plain = await throughput(pool, seconds)
        runs.append((alone, plain, await throughput(pool, seconds, word_times=True)))
    engine = median([run[0] for run in runs])
    result.figures["bare engine, audio s per CPU s"] = engine
    for index, name in ((1, "pool"), (2, "pool with word times")):
        taken = [run[index] for run in runs]
        result.figures[name] = {key: round(median([run[key] for run in taken]), 1) for key in taken[0]}
    share = median([run[1]["audio per CPU s"] for run in runs]) / engine
    result.bars.append(
        Bar("audio per CPU second through the pool, share of the bare engine", share, at_least=0.7)
    )
    if "flite" in pool.engines:
        result.figures["flite"] = await flite(pool, 5 if quick else 20)
    await pool.aclose()


def main() -> None:
    arguments = parse(__doc__)
    result = Result("engine", arguments.quick)
    asyncio.run(measure(result, quick=arguments.quick))
    result.write(arguments.results)


if __name__ == "__main__":
    main()
