"""What is asked of processes that change voices, and what comes of it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from myna.engines.changers import EngineChanging
from myna.engines.changing.protocols import CHANGING_RATE, Conversion
from myna.engines.pool import WorkerPool
from myna.speech.changing import ChangingEvent
from myna.speech.events import AudioChunk
from myna.speech.listening import Progress

Samples = NDArray[np.float32]
SOUND = (0.5 * np.sin(np.arange(CHANGING_RATE) / 7)).astype(np.float32)
CENTRING = 0.04
"""What the removal of an offset changes of a sound; a shift by one sample changes it by 0.07."""


async def told(stream: EngineChanging) -> list[ChangingEvent]:
    async with asyncio.timeout(30):
        return [event async for event in stream.events()]


async def change(pool: WorkerPool, target: str = "", sound: Samples = SOUND) -> list[ChangingEvent]:
    stream = pool.change(target.encode())
    reading = asyncio.create_task(told(stream))
    await stream.feed(sound)
    await stream.finish()
    return await reading


def asked(path: Path, target: str = "", **options: object) -> Conversion:
    return Conversion(str(path), target.encode(), **options)  # type: ignore[arg-type]


def audio(events: list[ChangingEvent] | list[AudioChunk | Progress]) -> Samples:
    chunks = [event for event in events if isinstance(event, AudioChunk)]
    place = 0
    for chunk in chunks:
        assert chunk.sample_rate == CHANGING_RATE
        assert chunk.start == place / CHANGING_RATE
        place += len(chunk.samples)
    return np.concatenate([chunk.samples for chunk in chunks] or [np.zeros(0, np.float32)])
