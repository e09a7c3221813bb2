"""First audio over the WebSocket, warm, one client: how much later than the bare engine's first buffer.

Requests and bare utterances of the same texts take turns, a score at a time, each begun when the one before
has ended. Beside it: requests after a moment of quiet, which find every process and processor asleep, and the
model that people use unless they choose, which is Flite where that is installed.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import time

from bench.common import PROGRAMS, TEXT, Bar, Result, parse, process, python, quantile, run, served
from bench.wire import Event, connected, generation

PER_ROUND = 20


class Listener:
    """Awaits the first audio and the end of one context at a time."""

    def __init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        loop = asyncio.get_running_loop()
        self.first: float | None = None
        self.ended: asyncio.Future[None] = loop.create_future()

    def __call__(self, event: Event, now: float) -> None:
        if event.type == "chunk" and self.first is None:
            self.first = now
        if event.done and not self.ended.done():
            if event.type == "error":
                self.ended.set_exception(RuntimeError(f"the server said: {event.message}"))
            else:
                self.ended.set_result(None)


def ask(child: subprocess.Popen[str], text: str) -> float:
    assert child.stdin is not None and child.stdout is not None
    child.stdin.write(text + "\n")
    child.stdin.flush()
    return float(json.loads(child.stdout.readline())["ms"])


async def measure(url: str, bare: subprocess.Popen[str], rounds: int) -> dict[str, list[float]]:
    """Milliseconds to the first audio; the first round warms up and does not count."""
    listener = Listener()
    times: dict[str, list[float]] = {
        name: [] for name in ("bare engine", "myna", "myna after 50 ms of quiet", "myna, sonic-3")
    }
    async with connected(url, listener) as socket:

        async def first_audio(model: str, text: str, quiet: float = 0.0) -> float:
            await asyncio.sleep(quiet)
            listener.begin()
            start = time.perf_counter()
            socket.send(**generation(f"context-{start}", text, model_id=model))
            await asyncio.wait_for(listener.ended, 30)
            assert listener.first is not None, "there was no audio"
            return (listener.first - start) * 1e3

        for number in range(-1, rounds):
            texts = [
                f"{TEXT} That was number {number * PER_ROUND + each + 1000}." for each in range(PER_ROUND)
            ]
            few = texts[: PER_ROUND // 4]
            taken = [
                [ask(bare, text) for text in texts],
                [await first_audio("espeak", text) for text in texts],
                [await first_audio("espeak", text, 0.05) for text in few],
                [await first_audio("sonic-3", text) for text in few],
            ]
            for values, more in zip(times.values(), taken, strict=True):
                values += more if number >= 0 else []
    return times


def main() -> None:
    arguments = parse(__doc__)
    rounds = 1 if arguments.quick else 20
    with process(python(str(PROGRAMS / "bare_espeak.py"), "first")) as bare, served() as server:
        assert bare.stdout is not None
        bare.stdout.readline()
        times = run(measure(server.url, bare, rounds))
    result = Result("first_audio", arguments.quick)
    for name, values in times.items():
        result.figures[f"{name}, ms"] = {f"p{q}": round(quantile(values, q / 100), 3) for q in (50, 90, 99)}
    for q, asked in ((50, 3.0), (99, 10.0)):
        later = quantile(times["myna"], q / 100) - quantile(times["bare engine"], q / 100)
        result.bars.append(Bar(f"first audio after the bare engine's, p{q} in ms", later, at_most=asked))
    result.write(arguments.results)


if __name__ == "__main__":
    main()
