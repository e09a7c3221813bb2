"""What was spoken and not yet fetched: a bounded queue that joins small pieces of audio into larger ones."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass

import numpy as np

from myna.audio.joins import fade_out
from myna.speech.events import AudioChunk, SpeechEvent

ROOM = 256 << 10
"""Bytes of waiting audio above which the speaker has to wait."""
LARGEST = 8192
"""Samples of one chunk; pieces that wait are joined up to this size."""
_SCALE = np.float32(1 / 32768)


@dataclass(frozen=True, slots=True)
class Sound:
    """Mono s16 samples, little-endian, from `start` seconds on; `cut` where they end in mid-sound."""

    data: bytes
    sample_rate: int
    start: float
    gain: float
    cut: bool = False


class Outbox:
    """A queue between one speaker and one listener, in order."""

    def __init__(self) -> None:
        self._items: deque[Sound | SpeechEvent] = deque()
        self._bytes = 0
        self._listener: asyncio.Future[None] | None = None
        self._speaker: asyncio.Future[None] | None = None

    @property
    def full(self) -> bool:
        """Whether the speaker should wait for `room`."""
        return self._bytes > ROOM

    def put(self, item: Sound | SpeechEvent) -> None:
        """Append, without waiting."""
        self._items.append(item)
        if isinstance(item, Sound):
            self._bytes += len(item.data)
        _wake(self._listener)

    def clear(self) -> None:
        """Drop all that waits."""
        self._items.clear()
        self._bytes = 0
        _wake(self._speaker)

    async def room(self) -> None:
        """Wait until the listener has caught up."""
        while self.full:
            self._speaker = asyncio.get_running_loop().create_future()
            await self._speaker

    async def get(self) -> SpeechEvent:
        """The next event; waits for one."""
        while not self._items:
            self._listener = asyncio.get_running_loop().create_future()
            await self._listener
        item = self._items.popleft()
        return self._chunk(item) if isinstance(item, Sound) else item

    def _chunk(self, first: Sound) -> AudioChunk:
        """`first` with what can be joined to it."""
        parts, size, last = [first.data], len(first.data), first
        while self._items and (item := self._items[0]) and isinstance(item, Sound):
            alike = item.sample_rate == first.sample_rate and item.gain == first.gain
            if not alike or size + len(item.data) > LARGEST * 2:
                break
            parts.append(item.data)
            size += len(item.data)
            last = item
            self._items.popleft()
        self._bytes -= size
        if self._bytes <= ROOM // 2:
            _wake(self._speaker)
        data = b"".join(parts) if len(parts) > 1 else first.data
        samples = np.multiply(np.frombuffer(data, "<i2"), _SCALE, dtype=np.float32)
        if last.cut:
            samples = fade_out(samples, first.sample_rate)
        return AudioChunk(samples, first.sample_rate, first.start, first.gain)


def _wake(future: asyncio.Future[None] | None) -> None:
    if future is not None and not future.done():
        future.set_result(None)
