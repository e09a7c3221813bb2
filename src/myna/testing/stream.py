"""What scripted live streams share: audio comes in, cut anywhere, and events wait to be read."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from myna.audio.encodings import decode
from myna.speech.events import Done, Failed
from myna.speech.listening import InputFormat, check_input

E = TypeVar("E")

_AHEAD = 64


class ScriptedStream(Generic[E]):
    """One live stream.

    Attributes:
        seconds: audio that was fed.
        ended: whether no event follows.
    """

    def __init__(self, format: InputFormat, delay: float) -> None:
        self.seconds = 0.0
        self.ended = False
        self._format = check_input(format)
        self._delay = delay
        self._rest = b""
        self._events: asyncio.Queue[E | Done | Failed] = asyncio.Queue(_AHEAD)

    def cancel(self) -> None:
        """End at once."""
        if not self.ended:
            self.ended = True
            while not self._events.empty():
                self._events.get_nowait()
            self._events.put_nowait(Done())

    async def events(self) -> AsyncIterator[E | Done | Failed]:
        """What came of it."""
        try:
            while True:
                event = await self._events.get()
                if self._delay:
                    await asyncio.sleep(self._delay)
                yield event
                if isinstance(event, Done | Failed):
                    return
        finally:
            self.ended = True

    def _samples(self, audio: bytes) -> NDArray[np.float32]:
        """The whole samples of what came so far and was not taken."""
        data = self._rest + audio
        whole = len(data) // self._format.bytes_per_sample * self._format.bytes_per_sample
        self._rest = data[whole:]
        return decode(data[:whole], self._format.encoding)

    async def _tell(self, event: E | Done | Failed) -> None:
        if not self.ended:
            await self._events.put(event)
