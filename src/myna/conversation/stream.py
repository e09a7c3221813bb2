"""One context at work: its speech, its encoder and what waits to be sent of it."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from contextlib import aclosing
from typing import TYPE_CHECKING, cast

from myna.audio.encoder import Encoder
from myna.speech.errors import EngineError, MynaError
from myna.speech.events import AudioChunk, Done, Failed, Flushed, PhonemeTimes, WordTimes

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from myna.providers.protocols import Speech
    from myna.speech.events import SpeechEvent
    from myna.speech.formats import OutputFormat

BACKLOG_BYTES = 64 * 1024
"""Audio of one context that may wait for the client; then its speech waits."""

BACKLOG_EVENTS = 1024
"""Anything of one context that may wait."""

MESSAGE_BYTES = 32 * 1024
"""Audio that waits already is put together up to this size."""

LARGEST_BYTES = 64 * 1024
"""Most audio in one message; larger pieces are cut, so that contexts take turns and clients cope."""

Ready = bytes | WordTimes | PhonemeTimes | Flushed | Done | Failed

logger = logging.getLogger("myna.conversation")


class Stream:
    """Reads the events of a speech into a bounded backlog of what is ready to be sent."""

    def __init__(
        self,
        context_id: str | None,
        speech: Speech,
        format: OutputFormat,
        *,
        begun: float,
        request_id: str,
        on_ready: Callable[[Stream], None],
    ) -> None:
        self.context_id = context_id
        self.speech = speech
        self.begun = begun
        self.queued = False
        self.fed = False
        self.heard = False
        self.sent_at = begun
        self._format = format
        self._encoder = Encoder(format)
        self._ready: deque[Ready] = deque()
        self._bytes = 0
        self._room = asyncio.Event()
        self._on_ready = on_ready
        self._stopped = False
        self._request_id = request_id
        self.task = asyncio.create_task(self._listen(), name=f"myna context {context_id}")

    @property
    def waiting(self) -> bool:
        """Whether something is ready that was not taken."""
        return bool(self._ready)

    @property
    def _full(self) -> bool:
        return self._bytes >= BACKLOG_BYTES or len(self._ready) >= BACKLOG_EVENTS

    def seconds(self, size: int) -> float:
        """How long so many bytes of audio sound."""
        return size / (self._format.bytes_per_sample * self._format.sample_rate)

    def take(self) -> Ready:
        """The next thing to send; audio that waits is put together up to `MESSAGE_BYTES`."""
        item = self._ready.popleft()
        if isinstance(item, bytes):
            item = self._join(item)
            self._bytes -= len(item)
        if not self._full:
            self._room.set()
        return item

    def stop(self) -> None:
        """Drop everything and free the engine at once."""
        self._stopped = True
        self._ready.clear()
        self.speech.cancel()
        self.task.cancel()

    def _join(self, first: bytes) -> bytes:
        pieces, size = [first], len(first)
        while self._ready and isinstance(following := self._ready[0], bytes):
            size += len(following)
            if size > MESSAGE_BYTES:
                break
            pieces.append(following)
            self._ready.popleft()
        return b"".join(pieces) if len(pieces) > 1 else first

    async def _listen(self) -> None:
        try:
            async with aclosing(cast("AsyncGenerator[SpeechEvent, None]", self.speech.events())) as events:
                async for event in events:
                    self._put(event)
                    while self._full:
                        self._room.clear()
                        await self._room.wait()
                    if isinstance(event, (Done, Failed)):
                        return
            self._put(Failed(EngineError("The speech ended without saying so; try again.")))
        except MynaError as error:
            self._put(Failed(error))
        except Exception:
            logger.exception("request %s: context %r failed", self._request_id, self.context_id)
            self._put(Failed(EngineError("The speech failed unexpectedly; try again.")))

    def _put(self, event: SpeechEvent) -> None:
        if self._stopped:
            return
        if isinstance(event, AudioChunk):
            self._put_audio(self._encoder.encode(event))
            return
        if isinstance(event, Done):
            self._put_audio(self._encoder.finish())
        self._ready.append(event)
        self._on_ready(self)

    def _put_audio(self, data: bytes) -> None:
        if data:
            if len(data) <= LARGEST_BYTES:
                self._ready.append(data)
            else:
                cuts = range(0, len(data), LARGEST_BYTES)
                self._ready.extend(data[at : at + LARGEST_BYTES] for at in cuts)
            self._bytes += len(data)
            self._on_ready(self)
