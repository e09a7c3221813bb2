"""What is asked of processes that listen, and what they tell."""

from __future__ import annotations

import asyncio
import wave
from pathlib import Path

import numpy as np

from myna.engines.listening import EngineListening
from myna.engines.pool import WorkerPool
from myna.engines.protocols import Hearing, Recording
from myna.speech.listening import (
    Endpointing,
    Final,
    ListeningEvent,
    Turns,
)
from tests.engines.hearing.scripted import Samples, silence, word

RATE = 16_000
SPEECH = np.concatenate([silence(0.512), word(1), word(2), silence(0.512)])


def hearing(*keyterms: str, ends: Endpointing | Turns | None = None) -> Hearing:
    return Hearing("sphinx", language="en", endpointing=ends or Endpointing(), keyterms=keyterms)


async def heard(stream: EngineListening) -> list[ListeningEvent]:
    async with asyncio.timeout(30):
        return [event async for event in stream.events()]


async def hear(pool: WorkerPool, *keyterms: str, speech: Samples = SPEECH) -> list[ListeningEvent]:
    stream = pool.listen(hearing(*keyterms))
    reading = asyncio.create_task(heard(stream))
    await stream.feed(speech)
    await stream.finish()
    return await reading


def texts(events: list[ListeningEvent]) -> list[str]:
    return [event.text for event in events if isinstance(event, Final)]


def saved(path: Path, *parts: Samples) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        file.writeframes((np.concatenate(parts) * 32767).astype("<i2").tobytes())
    return path


def asked(path: Path, *keyterms: str) -> Recording:
    return Recording(str(path), "sphinx", language="en", keyterms=keyterms)
