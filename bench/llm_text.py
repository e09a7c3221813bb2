"""Text as a language model sends it: how soon it is heard, whether it runs dry, whether a word is harmed.

Pieces of 1-8 characters, a third of them ending inside a word, at 5, 20 and 60 tokens per second with seeded
gaps. A player begins with the first audio; time counts up to its first sample above a whisper. Words are
compared with the text through the word times, and on Flite also by a recogniser, against the same text sent
in one piece.
"""

from __future__ import annotations

import asyncio
import random
import time
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from bench.common import Bar, Result, parse, quantile, served
from bench.wire import RATE, Event, connected, generation
from tests.sound import of_raw, word_error_rate

WHISPER = 0.01
TEXTS = (
    "Certainly! The next train to the harbour leaves at twenty past four from platform two. It stops at the "
    "museum, the old market and the university. You should be there before five.",
    "I had a look at your garden plan. The apple trees need more light than the wall allows, so I would "
    "plant them along the path. Roses, on the other hand, will do very well there.",
    "Nobody knows who built the lighthouse. Some people say that a captain paid for it after his ship was "
    "lost in a storm. Others believe the village built it together, stone by stone, over many winters.",
    "Well, that depends. If you like long walks, take the road over the hill. If you are in a hurry, the bus "
    "will bring you to the station in ten minutes.",
    "Thank you for waiting. Your parcel left the warehouse this morning and should arrive on Thursday. "
    "Would you like me to send you a message when it is near?",
)


def pieces(text: str, chance: random.Random) -> list[str]:
    """Cut `text` into tokens; about a third of the cuts fall inside a word."""
    cut, at = [], 0
    while at < len(text):
        ends = range(at + 1, min(at + 8, len(text)) + 1)
        inside = [end for end in ends if end < len(text) and text[end - 1] != " " and text[end] != " "]
        between = [end for end in ends if end not in inside]
        wanted, other = (inside, between) if chance.random() < 1 / 3 else (between, inside)
        end = chance.choice(wanted or other)
        cut.append(text[at:end])
        at = end
    return cut


@dataclass
class Player:
    """Plays one context as it arrives."""

    first: float | None = None
    dry: list[float] = field(default_factory=list)
    audio: bytearray = field(default_factory=bytearray)
    words: list[str] = field(default_factory=list)
    until: float = 0.0
    failure: str | None = None

    def __post_init__(self) -> None:
        self.ended = asyncio.get_running_loop().create_future()

    def __call__(self, event: Event, now: float) -> None:
        if event.type == "chunk" and event.data:
            if self.first is None:
                self.first = self.until = now
            elif now > self.until:
                self.dry.append((now - self.until) * 1e3)
                self.until = now
            audio = event.audio
            self.audio += audio
            self.until += len(audio) / (2 * RATE)
        if event.word_timestamps:
            self.words += event.word_timestamps["words"]
        if event.done and not self.ended.done():
            self.failure = event.message if event.type == "error" else None
            self.ended.set_result(None)

    def heard_after(self, start: float) -> float:
        """Milliseconds from `start` to the first audible sample."""
        samples = np.abs(np.frombuffer(bytes(self.audio), "<i2") / 32768)
        loud = np.flatnonzero(samples > WHISPER)
        assert self.first is not None and loud.size, "nothing was heard"
        return (self.first - start + float(loud[0]) / RATE) * 1e3


async def speak(url: str, text: str, model: str, rate: float | None, chance: random.Random) -> dict[str, Any]:
    """One text through one context, in tokens at `rate` per second, or in one piece."""
    player = Player()
    common = {"model_id": model, "add_timestamps": True}
    async with connected(url, player) as socket:
        start = time.perf_counter()
        if rate is None:
            socket.send(**generation("talk", text, **common))
        else:
            due = start
            for piece in pieces(text, chance):
                await asyncio.sleep(max(due - time.perf_counter(), 0))
                socket.send(**generation("talk", piece, **common, **{"continue": True}))
                due += chance.expovariate(rate) * 0.5 + 0.5 / rate
            socket.send(**generation("talk", "", **common, **{"continue": False}))
        await asyncio.wait_for(player.ended, 120)
    if player.failure:
        raise RuntimeError(f"the server said: {player.failure}")
    return {
        "heard_ms": player.heard_after(start),
        "dry_ms": player.dry,
        "intact": " ".join(player.words).split() == text.split(),
        "words": player.words,
        "audio": bytes(player.audio),
    }


async def measure(
    url: str, model: str, rate: float, texts: tuple[str, ...], seeds: int
) -> list[dict[str, Any]]:
    """All texts, all seeds, a few at a time: a listener each."""
    found: list[dict[str, Any]] = []
    for seed in range(seeds):
        talks = (speak(url, text, model, rate, random.Random(f"{seed}{text}")) for text in texts)
        found += await asyncio.gather(*talks)
    return found


def wording(url: str, model: str, talks: list[dict[str, Any]], texts: tuple[str, ...]) -> dict[str, float]:
    """Word error rates of a recogniser on streamed speech and on speech of whole texts."""

    async def whole() -> list[dict[str, Any]]:
        return [await speak(url, text, model, None, random.Random(0)) for text in texts]

    def rate(audio: bytes, text: str) -> float:
        return word_error_rate(of_raw(audio, "pcm_s16le", RATE), text)

    streamed = [rate(talk["audio"], text) for talk, text in zip(talks, texts, strict=False)]
    at_once = [rate(talk["audio"], text) for talk, text in zip(asyncio.run(whole()), texts, strict=True)]
    return {"streamed": sum(streamed) / len(texts), "in one piece": sum(at_once) / len(texts)}


def speaks_flite(url: str) -> bool:
    """Whether the server has Flite: it says so when it is asked for."""

    async def attempt() -> bool:
        try:
            await speak(url, "Hello.", "flite", None, random.Random(0))
        except RuntimeError:
            return False
        return True

    return asyncio.run(attempt())


def main() -> None:
    arguments = parse(__doc__)
    texts, seeds, rates = (TEXTS[:1], 1, (60.0,)) if arguments.quick else (TEXTS, 4, (5.0, 20.0, 60.0))
    result = Result("llm_text", arguments.quick)
    with served() as server:
        asyncio.run(speak(server.url, TEXTS[0], "sonic-3", None, random.Random(0)))  # warm
        flite = speaks_flite(server.url)
        for model in ("sonic-3", "espeak") if flite else ("espeak",):
            for rate in rates:
                talks = asyncio.run(measure(server.url, model, rate, texts, seeds))
                _note(result, model, rate, talks)
                if flite and model == "sonic-3" and rate in (20.0, rates[-1]):
                    rates_of_error = wording(server.url, model, talks, texts)
                    result.figures[f"{model}, {rate:g} tokens/s, word error rate"] = rates_of_error
    result.write(arguments.results)


def _note(result: Result, model: str, rate: float, talks: list[dict[str, Any]]) -> None:
    heard = [talk["heard_ms"] for talk in talks]
    dry = [gap for talk in talks for gap in talk["dry_ms"]]
    harmed = sum(not talk["intact"] for talk in talks)
    name = f"{model}, {rate:g} tokens/s"
    result.figures[name] = {
        "heard p50 ms": round(quantile(heard, 0.5), 1),
        "p95": round(quantile(heard, 0.95), 1),
        "talks": len(talks),
        "underruns": len(dry),
        "longest ms": round(max(dry, default=0.0), 1),
        "harmed": harmed,
    }
    if rate != 20.0:
        result.bars.append(Bar(f"{name}: first audible sample, p50 in ms", quantile(heard, 0.5)))
    else:
        result.bars.append(Bar(f"{name}: first audible sample, p50 in ms", quantile(heard, 0.5), at_most=350))
        result.bars.append(Bar(f"{name}: underruns", len(dry), at_most=0))
        result.bars.append(Bar(f"{name}: talks with a harmed word", harmed, at_most=0))


if __name__ == "__main__":
    main()
