"""Changing voices with the engines of this machine: what a voice means, and live streams as they come in."""

from __future__ import annotations

import asyncio
import os
from collections import OrderedDict
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing, suppress
from pathlib import Path
from tempfile import mkstemp

from myna.audio.intake import Intake
from myna.engines.changers import EngineChanging
from myna.engines.changing.protocols import Conversion, Measuring
from myna.providers.local.archive import Archive
from myna.providers.local.pools import Pool
from myna.providers.local.preview import wav_of
from myna.providers.local.sentences import sentence
from myna.providers.protocols import Speech
from myna.speech.changing import ChangingEvent, ConversionEvent, ConversionRequest
from myna.speech.errors import MynaError, NotFound, VoiceNotFound
from myna.speech.events import Done, Failed
from myna.speech.listening import InputFormat
from myna.speech.requests import SpeechRequest
from myna.speech.voices import Voice

_REMEMBERED = 64
"""Targets that are kept in memory; each takes about 100 KB."""
_PIECE = 1 << 15
"""Bytes that are taken in at a time."""
_COUNTED = "1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15."
"""What is spoken behind a sentence: in any language most of its sounds occur in its numbers."""


class Targets:
    """What others are changed into for each voice; the latest are remembered.

    A clone is measured from its clip, every other voice from what it says itself.
    """

    def __init__(
        self, archive: Archive, pool: Callable[[], Pool], speak: Callable[[SpeechRequest], Speech]
    ) -> None:
        """Prepare.

        Args:
            archive: where clips are kept.
            pool: what measures.
            speak: begins a stream of speech.
        """
        self._archive = archive
        self._pool = pool
        self._speak = speak
        self._remembered: OrderedDict[object, bytes] = OrderedDict()
        self._measuring: dict[object, asyncio.Task[bytes]] = {}

    async def of(self, voice: Voice) -> bytes:
        """A voice as the pool takes it; who asks for the same at once waits for the same.

        Raises:
            MynaError: it cannot be spoken or measured.
        """
        key = _key(voice)
        known = self._remembered.get(key)
        if known is not None:
            self._remembered.move_to_end(key)
            return known
        loop = asyncio.get_running_loop()
        task = self._measuring.get(key)
        if task is None or task.get_loop() is not loop:
            task = self._measuring[key] = loop.create_task(self._measure(voice))
            task.add_done_callback(lambda done: self._measured(key, done))
        return await asyncio.shield(task)

    def close(self) -> None:
        """End what is being measured."""
        for task in tuple(self._measuring.values()):
            with suppress(RuntimeError):  # of a loop that is closed
                task.cancel()

    def _measured(self, key: object, task: asyncio.Task[bytes]) -> None:
        if self._measuring.get(key) is task:
            del self._measuring[key]
        if task.cancelled() or task.exception() is not None:
            return
        self._remembered[key] = task.result()
        while len(self._remembered) > _REMEMBERED:
            self._remembered.popitem(last=False)

    async def _measure(self, voice: Voice) -> bytes:
        recording = await self._clip(voice)
        if recording is None:
            text = f"{sentence(voice.language)} {_COUNTED}"
            recording = await wav_of(self._speak(SpeechRequest(voice=voice)), text)
        path = await self._archive.run(lambda: _saved(recording))
        try:
            return await self._pool().measure(Measuring(str(path)))
        finally:
            with suppress(OSError):
                path.unlink()

    async def _clip(self, voice: Voice) -> bytes | None:
        """The recording that a voice was made of, where there is one and it is kept."""
        if voice.provenance is None:
            return None
        with suppress(NotFound, VoiceNotFound):
            return await self._archive.ask(lambda library: library.voices.clip(voice.id))
        return None


def _key(voice: Voice) -> object:
    """All that a voice sounds like."""
    return voice.id, voice.language, voice.timbre, voice.likeness, voice.embedding, voice.provenance


def _saved(recording: bytes) -> Path:
    descriptor, name = mkstemp(prefix="myna-voice-")
    with os.fdopen(descriptor, "wb") as file:
        file.write(recording)
    return Path(name)


class LocalChanging:
    """One live stream; see `myna.providers.protocols.Changing`.

    Nothing is started before the first audio, but for what a voice that is new needs to be measured.
    """

    def __init__(self, format: InputFormat, begin: Callable[[], Awaitable[EngineChanging]]) -> None:
        """Prepare.

        Args:
            format: of the audio that comes in.
            begin: finds the voice and begins a stream of the engine.
        """
        self._intake = Intake(format)
        self._begin = begin
        self._beginning: asyncio.Task[EngineChanging | MynaError] | None = None
        self._engine: EngineChanging | None = None
        self._finished = False
        self._cancelled = False

    async def feed(self, audio: bytes) -> None:
        """Take more audio, cut anywhere; waits while too much is unchanged."""
        for start in range(0, len(audio), _PIECE):
            engine = await self._begun()
            if self._finished or not isinstance(engine, EngineChanging):
                return
            await engine.feed(self._intake.push(audio[start : start + _PIECE]))

    async def finish(self) -> None:
        """No more audio comes; `Done` follows after the last of it. Idempotent."""
        engine = await self._begun()
        if not self._finished and isinstance(engine, EngineChanging):
            self._finished = True
            await engine.feed(self._intake.finish())
            await engine.finish()

    def cancel(self) -> None:
        """Drop everything and free the engine at once; `events` ends in `Done`."""
        self._finished = self._cancelled = True
        if self._engine is not None:
            self._engine.cancel()
        elif self._beginning is not None:
            self._beginning.cancel()

    async def events(self) -> AsyncGenerator[ChangingEvent, None]:
        """What was changed; closing the iterator early cancels."""
        try:
            engine = await self._begun()
            if isinstance(engine, EngineChanging):
                async with aclosing(engine.events()) as events:
                    async for event in events:
                        yield event
            else:
                yield Done() if engine is None else Failed(engine)
        finally:
            self.cancel()

    async def _begun(self) -> EngineChanging | MynaError | None:
        """The stream of the engine, or what is wrong with the voice; None once this was cancelled."""
        if self._beginning is None:
            if self._cancelled:
                return None
            self._beginning = asyncio.get_running_loop().create_task(self._find())
        if not self._beginning.done():
            await asyncio.wait([self._beginning])
        return None if self._beginning.cancelled() else self._beginning.result()

    async def _find(self) -> EngineChanging | MynaError:
        try:
            self._engine = await self._begin()
        except MynaError as error:
            return error
        return self._engine


def conversion(request: ConversionRequest, target: bytes, most_seconds: float) -> Conversion:
    """What the engine is asked for a recording."""
    return Conversion(str(request.path.absolute()), target, request.format, request.whole, most_seconds)


async def converted(
    pool: Pool, begin: Callable[[], Awaitable[Conversion]], client: str
) -> AsyncGenerator[ConversionEvent, None]:
    """A recording in another voice, once `begin` has found which."""
    async with aclosing(pool.convert(await begin(), client=client)) as events:
        async for event in events:
            yield event
