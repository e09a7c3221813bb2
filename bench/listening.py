"""Live speech: how soon after its end it is final, how well it is understood, and what it costs.

The English clips of `MYNA_CORPUS` are played at the pace at which they were spoken, with two seconds of their
own noise behind them: first by CPU time alone, as if the machine did nothing else, then by the clock. The end
of speech is the manifest's where it tells, else where the network that finds speech in whole recordings hears
it end.
"""

from __future__ import annotations

import asyncio
import csv
import gc
import os
import re
import tempfile
import time
import wave
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psutil
import websockets
from numpy.typing import NDArray

from bench.common import (
    PROGRAMS,
    Bar,
    Result,
    cpu_by_process,
    output_of,
    parse,
    python,
    quantile,
    run,
    served,
)
from bench.replayed import Replay, replay
from bench.replayed import streams as streams_by_cpu
from myna.audio.decoding import decode_all
from myna.audio.detection import RATE, SpeechDetector
from myna.engines.pool import WorkerPool
from myna.engines.protocols import Hearing, Recording
from myna.engines.sphinx.recognizer import load
from myna.speech.listening import (
    Endpointing,
    Final,
    HeardEvent,
    Partial,
    TurnEagerEnd,
    TurnEnd,
    Turns,
    TurnStart,
)
from tests.sound import edits, words

ENGINE = "sphinx"
SILENCE = 0.5
"""Seconds of silence that are asked for."""
LONGEST = 6.0
"""Seconds of the segments whose ends are timed, with 0.5 s of silence around them."""
PIECE = RATE // 10
KEEPS_UP = 0.5
"""Seconds that a stream may be behind."""
_BEFORE, _BEHIND = 0.3, 2.0

Samples = NDArray[np.int16]


@dataclass(frozen=True, eq=False)
class Clip:
    """A recording as it is played: what is said, and where in it speech ends."""

    name: str
    reference: list[str]
    samples: Samples
    ends: tuple[float, ...]

    @property
    def seconds(self) -> float:
        return len(self.samples) / RATE


def clips(corpus: Path, *, quick: bool) -> list[Clip]:
    """The English ones but the longest."""
    with (corpus / "manifest.tsv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file, delimiter="\t") if row["language"] == "en"]
    rows = [row for row in rows if row["kind"] != "long"]
    if quick:
        rows = [row for row in rows if row["file"] in ("en_g_brooklyn.wav", "en_ds_newhome.flac")]
    detector = SpeechDetector()
    return [_clip(corpus, row, detector) for row in rows]


def _clip(corpus: Path, row: dict[str, str], detector: SpeechDetector) -> Clip:
    sound = decode_all(corpus / row["file"], RATE, most_seconds=600.0).samples
    told = re.search(r"speech at ([\d. -]+)", row["note"])
    if told:
        ends = [float(span.partition("-")[2]) for span in told[1].split()]
    else:
        ends = [detector.spans(sound)[-1][1] / RATE]
    frames = sound[: len(sound) // 320 * 320].reshape(-1, 320)
    floor = float(np.quantile(np.sqrt(np.mean(frames**2, axis=1)), 0.03))
    noise = np.random.default_rng(0).normal(0.0, max(floor, 1e-5), round((_BEFORE + _BEHIND) * RATE))
    cut = round(_BEFORE * RATE)
    played = np.concatenate([noise[:cut], sound, noise[cut:]])
    samples = np.clip(played * 32768, -32768, 32767).astype(np.int16)
    return Clip(row["file"], words(row["transcript"]), samples, tuple(end + _BEFORE for end in ends))


@dataclass
class Heard:
    """What came of a stream: each event with the seconds since the first sample was spoken."""

    events: list[tuple[float, HeardEvent]]
    behind: list[float]

    def text(self, kind: type[Final] | type[TurnEnd]) -> str:
        return "".join(event.text for _, event in self.events if isinstance(event, kind))


async def listen(pool: WorkerPool, clip: Clip, ends: Endpointing | Turns, seconds: float = 0.0) -> Heard:
    """Play a clip at its pace, again and again for so many seconds, once at least."""
    stream = pool.listen(Hearing(ENGINE, language="en", endpointing=ends))
    heard = Heard([], [])
    begun = time.perf_counter()

    async def read() -> None:
        async for event in stream.events():
            now = time.perf_counter() - begun
            heard.events.append((now, event))
            if isinstance(event, Partial):
                heard.behind.append(now - event.until)

    # The recogniser is loaded before the clock starts: a stream that is open already is what is timed.
    await stream.feed(np.zeros(PIECE, np.int16))
    await asyncio.sleep(0.2)
    begun = time.perf_counter() - PIECE / RATE
    reading = asyncio.create_task(read())
    sent = PIECE
    while True:
        for at in range(0, len(clip.samples), PIECE):
            piece = clip.samples[at : at + PIECE]
            sent += len(piece)
            await asyncio.sleep(max(begun + sent / RATE - time.perf_counter(), 0.0))
            await stream.feed(piece)
        if sent / RATE >= seconds:
            break
    await stream.finish()
    await reading
    return heard


def delays(clip: Clip, heard: Heard | Replay) -> list[float]:
    """Seconds from the end of speech to its final, beyond the silence that was asked for."""
    found = []
    for end in clip.ends:
        end += PIECE / RATE
        for now, event in heard.events:
            if isinstance(event, Final) and event.words and -0.5 < event.until - end < 0.8:
                if event.until - event.start <= LONGEST + 1.0:
                    found.append(now - end - SILENCE)
                break
    return found


async def written(pool: WorkerPool, clip: Clip) -> list[str]:
    """What the whole recording is understood as."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "clip.wav"
        with wave.open(str(path), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(RATE)
            file.writeframes(clip.samples.tobytes())
        recording = Recording(str(path), ENGINE, language="en")
        texts = [event.text async for event in pool.transcribe(recording) if isinstance(event, Final)]
    return words("".join(texts))


def listeners_cpu(pool: WorkerPool) -> float:
    """CPU seconds so far of the processes that listen."""
    used = [psutil.Process(pid).cpu_times() for pid in pool.listeners.processes]
    return sum(one.user + one.system for one in used)


async def accuracy(pool: WorkerPool, played: Sequence[Clip], result: Result) -> None:
    """Every clip live, in turns and as a whole, one after the other."""
    errors: Counter[str] = Counter()
    total = reviewed = segments = turns = empty = eager = 0
    late: list[float] = []
    ended: list[float] = []
    table: list[str] = []
    cpu = seconds = 0.0
    for clip in played:
        before = listeners_cpu(pool)
        live = await listen(pool, clip, Endpointing(SILENCE))
        cpu, seconds = cpu + listeners_cpu(pool) - before, seconds + clip.seconds
        in_turns = await listen(pool, clip, Turns())
        batch = await written(pool, clip)
        counts = {
            "live": edits(clip.reference, words(live.text(Final))),
            "turns": edits(clip.reference, words(in_turns.text(TurnEnd))),
            "batch": edits(clip.reference, batch),
        }
        errors.update(counts)
        total += len(clip.reference)
        late += delays(clip, live)
        finals = [event for _, event in live.events if isinstance(event, Final)]
        segments, reviewed = segments + len(finals), reviewed + sum(one.reviewed for one in finals)
        ends = [(now, event) for now, event in in_turns.events if isinstance(event, TurnEnd)]
        turns, empty = turns + len(ends), empty + sum(not event.text for _, event in ends)
        eager += sum(isinstance(event, TurnEagerEnd) for _, event in in_turns.events)
        assert len(ends) == sum(isinstance(event, TurnStart) for _, event in in_turns.events)
        if ends:
            ended.append(ends[-1][0] - clip.ends[-1] - PIECE / RATE)
        table.append(
            f"{clip.name} {counts['live']}/{counts['turns']}/{counts['batch']}/{len(clip.reference)}"
        )
        print("  ", table[-1], [round(one, 2) for one in late[-len(clip.ends) :]], flush=True)
    rates = {kind: count / total for kind, count in errors.items()}
    over_batch = {kind: rate / max(rates["batch"], 1e-9) for kind, rate in rates.items()}
    result.figures["word errors live/turns/batch/words"] = table
    result.figures["word error rate"] = rates
    result.figures["finals timed"] = len(late)
    result.figures["turns, without text, eager ends"] = [turns, empty, eager]
    result.figures["end of speech to turn.end, s"] = {f"p{q}": quantile(ended, q / 100) for q in (50, 95)}
    result.bars += [
        Bar("live: end of speech to final beyond the silence, ms, p50", quantile(late, 0.5) * 1e3, 350),
        Bar("live: the same, p99", quantile(late, 0.99) * 1e3, 800),
        Bar("live: finals that were looked at twice, %", 100 * reviewed / max(segments, 1)),
        Bar(
            "live: word errors over those of whole recordings",
            rates["live"] / max(rates["batch"], 1e-9),
            1.15,
        ),
        Bar("turns: word errors over those of whole recordings", over_batch["turns"]),
        Bar("live: CPU seconds for each second of audio", cpu / seconds),
    ]


def by_cpu(played: Sequence[Clip], result: Result, *, quick: bool) -> None:
    """Every clip live, by CPU time alone; and how many streams two cores carry."""
    recognizer = load()
    late: list[float] = []
    backlog: list[float] = []
    behind: list[float] = []
    segments = reviewed = wrong = said = 0
    cpu = 0.0
    for clip in played:
        heard = replay(recognizer, clip, Endpointing(SILENCE))
        finals = "".join(event.text for _, event in heard.events if isinstance(event, Final))
        wrong, said = wrong + edits(clip.reference, words(finals)), said + len(clip.reference)
        late += delays(clip, heard)
        backlog += heard.backlog
        behind += heard.behind
        segments, reviewed, cpu = segments + heard.segments, reviewed + heard.reviewed, cpu + heard.cpu
        print("  ", clip.name, [round(one, 2) for one in delays(clip, heard)], flush=True)
        gc.collect()  # the next clip takes the decoders of this one
    longest = max(played, key=lambda clip: clip.seconds)
    carried, told = streams_by_cpu(
        recognizer, longest, cores=2, keeps_up=KEEPS_UP, most=3 if quick else 16, rounds=1 if quick else 2
    )
    result.figures["by CPU time"] = {
        "word error rate": wrong / said,
        "finals timed": len(late),
        "interim texts behind, s, p50 and p95": [quantile(behind, 0.5), quantile(behind, 0.95)],
        "pieces behind, s, p95 and most": [quantile(backlog, 0.95), max(backlog)],
        "streams at once": told,
    }
    result.bars += [
        Bar(
            "by CPU time: end of speech to final beyond the silence, ms, p50", quantile(late, 0.5) * 1e3, 350
        ),
        Bar("by CPU time: the same, p99", quantile(late, 0.99) * 1e3, 800),
        Bar("by CPU time: segments that were looked at twice, %", 100 * reviewed / max(segments, 1)),
        Bar("by CPU time: CPU seconds for each second of audio", cpu / sum(clip.seconds for clip in played)),
        Bar("by CPU time: streams that two cores carry at least", carried),
    ]


async def streams(pool: WorkerPool, clip: Clip, seconds: float, most: int) -> tuple[int, list[str]]:
    """How many streams at once keep up on two cores."""
    carried, told = 0, []
    for count in range(1, most + 1):
        heard = await asyncio.gather(
            *(listen(pool, clip, Endpointing(SILENCE), seconds) for _ in range(count))
        )
        behind = quantile([late for one in heard for late in one.behind], 0.95)
        told.append(f"{count}: {behind:.2f} s behind")
        print("  ", told[-1], flush=True)
        if not behind < KEEPS_UP:
            break
        carried = count
    return carried, told


async def over_socket(url: str, samples: Samples) -> None:
    """Send a recording as fast as it is taken, and wait for its end."""
    query = "model=ink-whisper&encoding=pcm_s16le&sample_rate=16000&cartesia_version=2025-04-16&api_key=any"
    async with websockets.connect(f"{url}/stt/websocket?{query}", max_size=None) as socket:

        async def read() -> None:
            async for message in socket:
                if '"done"' in str(message):
                    return

        reading = asyncio.create_task(read())
        for at in range(0, len(samples), PIECE):
            await socket.send(samples[at : at + PIECE].tobytes())
        await socket.send("done")
        await asyncio.wait_for(reading, 600)


async def overhead(played: Sequence[Clip], result: Result, rounds: int) -> None:
    """What the server adds to the CPU time of a session that is fed in its own process."""
    samples = np.concatenate([clip.samples for clip in played])
    ratios = []
    with tempfile.NamedTemporaryFile(suffix=".pcm") as file, served() as server:
        file.write(samples.tobytes())
        file.flush()
        await over_socket(server.ws_url, played[0].samples)
        for _ in range(rounds):
            bare = output_of(python(str(PROGRAMS / "bare_listening.py"), file.name, ENGINE))["cpu"]
            before = sum(cpu_by_process(server.pid).values())
            await over_socket(server.ws_url, samples)
            ratios.append((sum(cpu_by_process(server.pid).values()) - before) / bare)
    result.figures["server over bare, CPU, each round"] = [round(one, 3) for one in ratios]
    result.bars.append(
        Bar("live: CPU of the server over the bare engine, % more", 100 * (quantile(ratios, 0.5) - 1), 15)
    )


async def measure(result: Result, played: Sequence[Clip], *, quick: bool) -> None:
    """All of it, into `result`."""
    by_cpu(played, result, quick=quick)
    pool = WorkerPool(workers=1)
    try:
        await listen(pool, played[0], Endpointing(SILENCE))
        await accuracy(pool, played, result)
        longest = max(played, key=lambda clip: clip.seconds)
        carried, told = await streams(pool, longest, 3.0 if quick else 20.0, 1 if quick else 8)
    finally:
        await pool.aclose()
    result.figures["streams at once"] = told
    result.bars.append(Bar("live: streams at once that keep up", carried))
    await overhead(played[:1] if quick else played[:8], result, 1 if quick else 3)


def main() -> None:
    options = parse(__doc__)
    result = Result("listening", options.quick)
    corpus = os.environ.get("MYNA_CORPUS")
    if corpus is None:
        result.figures["not measured"] = "MYNA_CORPUS is not set: no recorded speech on this machine"
    else:
        run(measure(result, clips(Path(corpus), quick=options.quick), quick=options.quick))
    result.write(options.results)


if __name__ == "__main__":
    main()
