"""Seconds of audio per CPU second: sixteen contexts through the WebSocket against the bare engine.

The CPU time is the server's and its workers' together. The bare engine speaks the same text with the same
voice in as many processes. Beside it: 32-bit float at 44,100 Hz, and where the rest goes, from the server's
own process and its workers apart.
"""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import numpy as np

from bench.common import (
    PROGRAMS,
    TEXT,
    Bar,
    Result,
    Served,
    cpu_by_process,
    parse,
    process,
    python,
    run,
    served,
)
from bench.wire import RATE, RAW_S16, Event, connected, generation
from myna.audio.encoder import Encoder
from myna.speech.events import AudioChunk
from myna.speech.formats import OutputFormat
from myna.wire.cartesia.codec import encode_text
from myna.wire.cartesia.messages import Chunk

CONTEXTS = 16
F32_44100 = {"container": "raw", "encoding": "pcm_f32le", "sample_rate": 44100}
WIDTH = {"pcm_s16le": 2, "pcm_f32le": 4}


class Load:
    """Keeps `CONTEXTS` contexts busy on one connection and counts the audio."""

    def __init__(self, text: str, output_format: dict[str, Any]) -> None:
        self.text, self.format = text, output_format
        self.bytes = self.messages = self.ended = 0
        self.failure: str | None = None
        self.going = True
        self.live: set[str] = set()
        self.quiet = asyncio.Event()

    def begin(self, slot: int) -> None:
        name = f"{slot}-{self.ended}"
        self.live.add(name)
        self.socket.send(**generation(name, self.text, output_format=self.format))

    def __call__(self, event: Event, now: float) -> None:
        self.messages += 1
        self.bytes += event.audio_bytes
        if event.type == "error":
            self.failure = event.message
        if event.done and event.context_id in self.live:
            self.live.discard(event.context_id)
            self.ended += 1
            if self.going and not self.failure:
                self.begin(int(event.context_id.partition("-")[0]))
            elif not self.live:
                self.quiet.set()

    async def run(self, url: str, pid: int, seconds: float) -> dict[str, Any]:
        """Warm up, then count for `seconds`."""
        async with connected(url, self) as self.socket:
            for slot in range(CONTEXTS):
                self.begin(slot)
            await asyncio.sleep(min(1.0, seconds / 3))
            before, start, wall = cpu_by_process(pid), (self.bytes, self.messages), time.perf_counter()
            await asyncio.sleep(seconds)
            after, end, wall = cpu_by_process(pid), (self.bytes, self.messages), time.perf_counter() - wall
            self.going = False
            await asyncio.wait_for(self.quiet.wait(), 60)
        if self.failure:
            raise RuntimeError(f"the server said: {self.failure}")
        audio = (end[0] - start[0]) / (WIDTH[self.format["encoding"]] * self.format["sample_rate"])
        cpu = {one: after[one] - before.get(one, 0.0) for one in after}
        total = sum(cpu.values())
        return {
            "audio per CPU s": audio / total,
            "audio per s": audio / wall,
            "bytes per message": (end[0] - start[0]) / max(end[1] - start[1], 1),
            "server us per audio s": cpu[pid] / audio * 1e6,
            "workers us per audio s": (total - cpu[pid]) / audio * 1e6,
        }


def bare(processes: int, text: str, seconds: float) -> float:
    """Seconds of audio per CPU second of the engine alone."""
    program = python(str(PROGRAMS / "bare_espeak.py"), "loop", str(seconds))
    audio = cpu = 0.0
    with ExitStack() as stack:
        children = [stack.enter_context(process(program)) for _ in range(processes)]
        for child in children:
            assert child.stdin is not None and child.stdout is not None
            child.stdout.readline()
        for child in children:
            child.stdin.write(text + "\n")
            child.stdin.flush()
        for child in children:
            done = json.loads(child.stdout.readline())
            audio += done["audio"]
            cpu += done["cpu"]
    return audio / cpu


def breakdown(found: dict[str, Any], engine: float) -> dict[str, float]:
    """Parts of a second of pcm_s16le at 22,050 Hz; two of the server's are measured by themselves."""
    seconds = found["bytes per message"] / (2 * RATE)
    chunk = AudioChunk(np.zeros(round(seconds * RATE), dtype=np.float32), RATE, 0.0)
    encoder = Encoder(OutputFormat(encoding="pcm_s16le", sample_rate=RATE))
    message = Chunk(context_id="context", data=encoder.encode(chunk))
    encoding = _microseconds(lambda: encoder.encode(chunk)) / seconds
    wire = _microseconds(lambda: encode_text(message)) / seconds
    parts = {
        "engine": engine,
        "around it in the workers, and their pipes": found["workers us per audio s"] - engine,
        "encoding": encoding,
        "base64 and JSON": wire,
        "the rest of the server: events, tasks, frames, sockets": found["server us per audio s"]
        - encoding
        - wire,
    }
    return {name: round(value, 1) for name, value in parts.items()}


def _microseconds(call: Callable[[], object], times: int = 500) -> float:
    start = time.process_time()
    for _ in range(times):
        call()
    return (time.process_time() - start) / times * 1e6


def main() -> None:
    arguments = parse(__doc__)
    seconds, rounds = (1.0, 1) if arguments.quick else (6.0, 3)
    workers = os.cpu_count() or 1
    text = f"{TEXT} {TEXT}"
    result = Result("throughput", arguments.quick)
    runs: dict[str, list[dict[str, Any]]] = {"pcm_s16le 22050": [], "pcm_f32le 44100": []}
    alone = []
    with served() as server:
        for _ in range(rounds):
            alone.append(bare(workers, text, seconds))
            for name, form in zip(runs, (RAW_S16, F32_44100), strict=True):
                runs[name].append(run(_load(text, form, server, seconds)))
    engine = sum(alone) / len(alone)
    result.figures["bare engine, audio s per CPU s"] = engine
    result.figures["bare engine, us per audio s"] = 1e6 / engine
    shares = {}
    for name, taken in runs.items():
        mean = {key: sum(run[key] for run in taken) / len(taken) for key in taken[0]}
        result.figures[name] = {key: round(value, 1) for key, value in mean.items()}
        shares[name] = mean["audio per CPU s"] / engine
        result.figures[f"{name}, share of the bare engine"] = shares[name]
    usual, beside = runs
    result.figures["where it goes, us per audio s"] = breakdown(result.figures[usual], 1e6 / engine)
    share = "throughput, share of the bare engine"
    result.bars.append(Bar(f"{share}, {usual}", shares[usual], at_least=0.55))
    result.bars.append(Bar(f"{share}, {beside}", shares[beside]))
    result.write(arguments.results)


async def _load(text: str, form: dict[str, Any], server: Served, seconds: float) -> dict[str, Any]:
    return await Load(text, form).run(server.url, server.pid, seconds)


if __name__ == "__main__":
    main()
