"""How long somebody waits for the first audio while another client has a hundred contexts on one socket.

The hundred are asked for again as soon as they are done or refused, for as long as the other one asks, now
and then, for a sentence.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from bench.common import TEXT, Bar, Result, parse, quantile, run, served
from bench.wire import Event, Socket, connected, generation

CROWD = 100
SENTENCE = "The ferry leaves at nine."
PAUSE = 0.05


class Crowd:
    """Contexts on one socket that never end for long."""

    def __init__(self, model: str) -> None:
        self._model = model
        self._number = 0
        self.socket: Socket | None = None
        self.refused = 0
        self.audio = 0

    def __call__(self, event: Event, now: float) -> None:
        self.audio += event.audio_bytes
        self.refused += event.type == "error"
        if event.done:
            self.ask()

    def ask(self) -> None:
        assert self.socket is not None
        self._number += 1
        self.socket.send(**generation(f"crowd-{self._number}", TEXT, model_id=self._model))


class Single:
    """One text after the other on a socket of its own."""

    def __init__(self, model: str) -> None:
        self._model = model
        self._number = 0
        self._first: asyncio.Future[float] | None = None
        self._done = asyncio.Event()
        self.socket: Socket | None = None

    def __call__(self, event: Event, now: float) -> None:
        heard = event.audio_bytes or event.type == "error"  # one that is refused has waited as well
        if heard and self._first is not None and not self._first.done():
            self._first.set_result(now)
        if event.done:
            self._done.set()

    async def first_audio(self) -> float:
        """Milliseconds from a request to its first audio; returns when all of it has come."""
        assert self.socket is not None
        self._number += 1
        self._first = asyncio.get_running_loop().create_future()
        self._done.clear()
        begun = time.perf_counter()
        text = f"{SENTENCE} {self._number}."
        self.socket.send(**generation(f"single-{self._number}", text, model_id=self._model))
        first = await self._first
        await self._done.wait()
        return (first - begun) * 1e3


@asynccontextmanager
async def crowded(url: str, model: str, contexts: int) -> AsyncIterator[Crowd]:
    """A socket with so many contexts at work."""
    crowd = Crowd(model)
    async with connected(url, crowd) as socket:
        crowd.socket = socket
        for _ in range(contexts):
            crowd.ask()
        yield crowd
        socket.abort()


async def measure(url: str, model: str, contexts: int, asked: int) -> tuple[list[float], float]:
    """First audio in ms of one client, and seconds of audio per second that the crowd got meanwhile."""
    async with AsyncExitStack() as stack:
        crowd = await stack.enter_async_context(crowded(url, model, contexts))
        single = Single(model)
        single.socket = await stack.enter_async_context(connected(url, single))
        await asyncio.sleep(1.0 if contexts else 0.1)
        times, begun, audio = [], time.perf_counter(), crowd.audio
        for _ in range(asked):
            times.append(await single.first_audio())
            await asyncio.sleep(PAUSE)
        wall = time.perf_counter() - begun
        return times, (crowd.audio - audio) / 2 / 22050 / wall


def main() -> None:
    arguments = parse(__doc__)
    asked = 10 if arguments.quick else 100
    result = Result("fairness", arguments.quick)
    with served() as server:
        for model in ("espeak", "sonic-latest"):
            alone, _ = run(measure(server.url, model, 0, asked))
            crowd, audio = run(measure(server.url, model, CROWD, asked))
            for name, times in (("alone", alone), (f"beside {CROWD} contexts", crowd)):
                result.figures[f"{model}, {name}, ms"] = {
                    f"p{q}": round(quantile(times, q / 100), 2) for q in (50, 99, 100)
                }
            result.figures[f"{model}, audio of the crowd, s per s"] = audio
            result.bars.append(
                Bar(
                    f"first audio beside {CROWD} contexts of another, {model}, p99 in ms",
                    quantile(crowd, 0.99),
                )
            )
    result.write(arguments.results)


if __name__ == "__main__":
    main()
