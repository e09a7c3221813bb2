"""Speaking a script through a client, and handing what is heard to files, loudspeaker and subtitles."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from myna.cli.script import Piece
from myna.cli.stopping import first_error
from myna.speech.errors import EngineError, InvalidRequest, UsageError
from myna.speech.events import AudioChunk
from myna.speech.listening import TimedWord

if TYPE_CHECKING:
    from myna.cli.files import AudioFile
    from myna.cli.loudspeaker import Loudspeaker
    from myna.cli.script import Script

AHEAD = 3
"""Pieces of a long text that are handed over before the first of them has been spoken."""


@dataclass(frozen=True, slots=True)
class Manner:
    """Who speaks, and how: what a context of the API is made with."""

    voice: str
    model: str = "sonic-latest"
    language: str | None = None
    speed: float | None = None
    volume: float | None = None
    emotion: str | None = None

    def context(self, sample_rate: int) -> dict[str, Any]:
        """The arguments of `context()`."""
        prosody = {"speed": self.speed, "volume": self.volume, "emotion": self.emotion}
        chosen = {name: value for name, value in prosody.items() if value is not None}
        return {
            "model_id": self.model,
            "voice": self.voice,
            "language": self.language,
            "output_format": {"container": "raw", "encoding": "pcm_f32le", "sample_rate": sample_rate},
            "generation_config": chosen or None,
            "add_timestamps": True,
        }


@dataclass(slots=True)
class Speaker:
    """Speaks scripts, each as one stream of sound.

    Attributes:
        manner: who speaks, and how.
        sample_rate: of the audio asked for, in Hz.
        file, loudspeaker: where the audio goes.
        progress: called with the characters spoken and the seconds heard so far.
        words: all words heard so far.
        seconds: length of the audio so far.
    """

    manner: Manner
    sample_rate: int
    file: AudioFile | None = None
    loudspeaker: Loudspeaker | None = None
    progress: Callable[[int, float], None] = lambda characters, seconds: None
    words: list[TimedWord] = field(default_factory=list)
    seconds: float = 0.0
    _characters: int = 0
    _begin: float = 0.0

    async def speak(self, client: Any, script: Script) -> None:
        """Speak the whole script. Cancelled, it leaves everything heard so far where it belongs.

        Raises:
            UsageError: there was nothing to speak.
            MynaError: the text cannot be spoken, or the connection failed.
        """
        queue = _Queue()
        try:
            async with asyncio.TaskGroup() as group:
                reading = group.create_task(queue.fill(script.pieces()))
                async with client.tts.websocket_connect() as connection:
                    # A context ends by itself when a slow writer leaves it without text for long.
                    while await queue.waiting():
                        await self._speak_context(connection, queue)
                reading.cancel()
        except ExceptionGroup as errors:
            raise first_error(errors) from None
        if not queue.anything:
            raise UsageError("Standard input held no text; there is nothing to say.")
        if self.loudspeaker is not None:
            await self.loudspeaker.drain()

    async def _speak_context(self, connection: Any, queue: _Queue) -> None:
        self._begin = self.seconds
        context = connection.context(**self.manner.context(self.sample_rate))
        room = asyncio.Semaphore(AHEAD)
        async with asyncio.TaskGroup() as group:
            pushing = group.create_task(_push(context, queue, room))
            async for event in context.receive():
                await self._take(event, room)
            pushing.cancel()

    async def _take(self, event: Any, room: asyncio.Semaphore) -> None:
        if event.type == "chunk":
            await self._hear(np.frombuffer(event.audio or b"", "<f4"))
        elif event.type == "timestamps" and (times := event.word_timestamps):
            for word, start, end in zip(times.words, times.start, times.end, strict=True):
                self.words.append(TimedWord(word, self._begin + start, self._begin + end))
                self._characters += len(word) + 1
        elif event.type == "flush_done":
            room.release()
        elif event.type == "error":
            raise _error(event)
        self.progress(self._characters, self.seconds)

    async def _hear(self, samples: np.ndarray[tuple[int], np.dtype[np.float32]]) -> None:
        if not samples.size:
            return
        chunk = AudioChunk(samples, self.sample_rate, self.seconds)
        self.seconds += samples.size / self.sample_rate
        if self.file is not None:
            self.file.write(chunk)
        if self.loudspeaker is not None:
            await self.loudspeaker.write(chunk)


class _Queue:
    """Pieces of text between whoever writes them and the context that speaks them; holds a few."""

    def __init__(self) -> None:
        self._pieces: asyncio.Queue[Piece | None] = asyncio.Queue(4)
        self._next: Piece | None = None
        self._over = False
        self.anything = False

    async def fill(self, pieces: AsyncIterator[Piece]) -> None:
        """Take in all pieces."""
        async for piece in pieces:
            self.anything = self.anything or not piece.text.isspace()
            await self._pieces.put(piece)
        await self._pieces.put(None)

    async def waiting(self) -> bool:
        """Wait for text to be spoken; False once there is none and never will be."""
        while self._next is None and not self._over:
            piece = await self._pieces.get()
            self._over = piece is None
            if piece is not None and (piece.ends or piece.text.strip() or self.anything):
                self._next = piece
        return self._next is not None

    async def __aiter__(self) -> AsyncIterator[Piece]:
        """The pieces; one whose handling was cut short comes again at the next iteration."""
        while await self.waiting():
            assert self._next is not None
            yield self._next
            self._next = None


async def _push(context: Any, queue: _Queue, room: asyncio.Semaphore) -> None:
    async for piece in queue:
        if piece.ends:
            await room.acquire()
        await context.push(piece.text, **({"flush": True} if piece.ends else {}))
    await context.no_more_inputs()


def _error(event: Any) -> InvalidRequest | EngineError:
    message = getattr(event, "message", None) or getattr(event, "title", None) or str(event)
    status = getattr(event, "status_code", None) or 500
    return InvalidRequest(message) if status < 500 else EngineError(message)
