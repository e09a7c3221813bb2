"""A changer that turns audio upside down: deterministic, as slow or broken as a test asks for."""

from __future__ import annotations

import asyncio
import wave
from collections.abc import AsyncIterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from myna.speech.changing import (
    SHORTEST_SECONDS,
    ChangeRequest,
    ChangingEvent,
    ConversionEvent,
    ConversionRequest,
)
from myna.speech.errors import AudioRejected, ClipRejected, MynaError
from myna.speech.events import AudioChunk, Done, Failed
from myna.speech.listening import InputFormat, Progress
from myna.testing.stream import ScriptedStream

_PIECE_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Disguise:
    """How a scripted changer behaves.

    Attributes:
        failure: seconds of audio at which the changing fails, with the error.
        delay: seconds that pass before each event.
    """

    failure: tuple[float, MynaError] | None = None
    delay: float = 0.0


class ScriptedChanging(ScriptedStream[ChangingEvent]):
    """One live stream; gives each sample with the opposite sign.

    Attributes:
        request: what was asked for.
    """

    def __init__(self, request: ChangeRequest, script: Disguise, error: MynaError | None = None) -> None:
        super().__init__(request.format, script.delay)
        self.request = request
        self._script = script
        if error is not None:
            self._events.put_nowait(Failed(error))

    async def feed(self, audio: bytes) -> None:
        """Change more."""
        samples = self._samples(audio)
        step = max(round(self.request.format.sample_rate * _PIECE_SECONDS), 1)
        for start in range(0, len(samples), step):
            await self._change(samples[start : start + step])

    async def finish(self) -> None:
        """End."""
        await self._tell(Done())

    async def _change(self, samples: NDArray[np.float32]) -> None:
        rate, failure = self.request.format.sample_rate, self._script.failure
        if failure is not None and self.seconds >= failure[0]:
            await self._tell(Failed(failure[1]))
            return
        await self._tell(AudioChunk(-samples, rate, self.seconds))
        self.seconds += len(samples) / rate


async def scripted_conversion(request: ConversionRequest, script: Disguise) -> AsyncIterator[ConversionEvent]:
    """A WAV file or raw audio with the opposite sign.

    Raises:
        AudioRejected: it is neither.
        ClipRejected: it is too short.
    """
    data, format = request.path.read_bytes(), request.format
    if format is None:
        try:
            with wave.open(str(request.path)) as file:
                format = InputFormat("pcm_s16le", file.getframerate())
                data = file.readframes(file.getnframes())
        except (wave.Error, EOFError) as error:
            raise AudioRejected("This is no recording that can be read: send wav.") from error
    total = len(data) / format.bytes_per_sample / format.sample_rate
    if total < SHORTEST_SECONDS:
        raise ClipRejected(f"The clip has only {total:.2f} s: send at least {SHORTEST_SECONDS:g} s.")
    live = ScriptedChanging(ChangeRequest(request.voice, format, request.caller), script)

    async def feed() -> None:
        for start in range(0, len(data), 1 << 14):
            await live.feed(data[start : start + (1 << 14)])
        await live.finish()

    feeding = asyncio.create_task(feed())
    try:
        async for event in live.events():
            if isinstance(event, Failed):
                raise event.error
            if isinstance(event, AudioChunk):
                yield event
                yield Progress(event.start + len(event.samples) / event.sample_rate, total)
    finally:
        live.cancel()
        feeding.cancel()
