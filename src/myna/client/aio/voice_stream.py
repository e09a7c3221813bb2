"""A live connection that changes a voice, for asyncio."""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Awaitable, Callable, Iterable
from contextlib import aclosing, suppress
from typing import TYPE_CHECKING, Self

from myna.client.aio.live import AsyncLiveConnection, weakly
from myna.client.changed import Throat, event_of_message, messages
from myna.client.errors import InvalidCall
from myna.client.events import Event
from myna.speech.errors import ConnectionLost
from myna.transport.deadlines import Timeouts

if TYPE_CHECKING:
    from myna.transport.protocols import AsyncWebSocket, Message, OnLost, OnMessages

_FAREWELL = 5.0
"""Seconds that a source has for its end."""
_TURN = 1.0
"""Seconds after which a source looks again whether its audio is wanted."""


class AsyncVoiceStream(AsyncLiveConnection[Event]):
    """Audio in, the same in another voice out: as long, and soon after.

    It is opened by `async with`, by iterating, or by the first `send`. Where it was made with audio, that is
    sent by a task of its own, no faster than the changed audio is taken, and iterating is all there is
    to do; breaking off frees everything. Else one of the tasks sends and another one receives.

    Example:
        >>> stream = client.voice_changer.stream(voice_id="Ada", encoding="pcm_s16le", sample_rate=16000)
        >>> async with stream:
        ...     await stream.send(recording)
        ...     await stream.finish()
        ...     changed = b"".join([audio async for audio in stream])
        >>> len(changed) == len(recording)
        True
    """

    def __init__(
        self,
        connect: Callable[[OnMessages, OnLost], Awaitable[AsyncWebSocket]],
        timeouts: Timeouts,
        throat: Throat,
        audio: AsyncIterable[bytes] | Iterable[bytes] | None = None,
    ) -> None:
        super().__init__(throat, timeouts)
        self._connect = connect
        self._throat = throat
        self._audio = audio
        self._opening = asyncio.Lock()
        self._opened = False
        self._taken = asyncio.Event()
        self._pouring: asyncio.Task[None] | None = None

    @property
    def ended(self) -> bool:
        """Whether all changed audio has come."""
        return self._throat.ended

    async def send(self, audio: bytes | bytearray | memoryview) -> None:
        """Send audio, cut anywhere; waits for a server that is slow. Without a byte it is a sign of life.

        Raises:
            UsageError: the audio was said to be complete.
            APIStatusError: the server refused, or has failed.
            ConnectionLost: there is no connection.
            APITimeoutError: the server took nothing in within the time allowed.
        """
        if not isinstance(audio, bytes | bytearray | memoryview):
            raise InvalidCall(f"Audio is bytes, not {type(audio).__name__}; encode it as the stream says.")
        await self._open()
        for piece in messages(audio):
            async with self._sending:
                self._throat.check_open()
                self._throat.feed(piece)
                await self._transmit(piece)

    async def finish(self) -> None:
        """No more audio comes; what is left of the changed audio follows. Idempotent.

        Raises:
            APIStatusError: the server refused, or has failed.
            ConnectionLost: there is no connection.
            APITimeoutError: the server took nothing in within the time allowed.
        """
        await self._open()
        async with self._sending:
            if not self._throat.finished:
                await self._transmit(self._throat.finish())

    async def recv(self, timeout: float | None = None) -> bytes:
        """The next changed audio, whole samples; empty after the last. Waits as long as nothing is owed.

        Args:
            timeout: most seconds to wait; None for the client's own, from `finish` on or where more than two
                seconds of audio went in and nothing came out.

        Raises:
            APIStatusError: the server refused, or has failed.
            ConnectionLost: the connection has ended before the audio.
            APITimeoutError: nothing came in time.
        """
        await self._open()
        event = await self._next(timeout)
        self._taken.set()
        return b"" if event is None else event.audio

    async def close(self, *, code: int = 1000, reason: str = "") -> None:
        """Close the connection at once; whoever receives ends in `ConnectionLost`. Idempotent.

        To have all that was sent changed first, call `finish` and receive to the end.
        """
        self._closed.set()
        pouring = self._pouring
        if pouring is not None and pouring is not asyncio.current_task():
            pouring.cancel()
            await asyncio.wait((pouring,), timeout=_FAREWELL)
        async with self._opening:
            if not self._opened:
                return
        await super().close(code=code, reason=reason)

    def _parse(self, message: Message) -> Event:
        return event_of_message(message)

    async def _open(self) -> None:
        async with self._opening:
            if self._opened:
                return
            if self._closed.is_set():
                raise ConnectionLost("The stream was closed here; open a new one.")
            self._loop = asyncio.get_running_loop()
            self._socket = await self._connect(*weakly(self))
            self._opened = True
            if self._audio is not None:
                pouring = _pour(_iterated(self._audio), weakref.ref(self))
                self._pouring = asyncio.create_task(pouring, name="myna voice stream")

    async def _await_reader(self) -> bool:
        """Whether more is wanted; waits a moment where enough was sent."""
        if self._throat.ahead and self._throat.error is None:
            self._taken.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(_TURN):
                    await self._taken.wait()
        return not self._throat.ahead or self._throat.error is not None

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """The changed audio, piece by piece, to its end."""
        try:
            while audio := await self.recv():
                yield audio
        finally:
            if self._audio is not None:
                await self.close()

    async def __aenter__(self) -> Self:
        await self._open()
        return self


async def _pour(audio: AsyncGenerator[bytes, None], held: weakref.ref[AsyncVoiceStream]) -> None:
    """Send all of `audio`, as long as somebody holds the stream."""
    try:
        async with aclosing(audio):
            async for piece in audio:
                sent = False
                while not sent:
                    stream = held()
                    if stream is None or stream._closed.is_set():
                        return
                    if sent := await stream._await_reader():
                        await stream.send(piece)
                    del stream
        if (stream := held()) is not None:
            await stream.finish()
    except Exception as error:
        if (stream := held()) is not None:
            stream._throat.fail(error)


async def _iterated(audio: AsyncIterable[bytes] | Iterable[bytes]) -> AsyncGenerator[bytes, None]:
    """Pieces of either kind of source, which is closed at the end where it can be."""
    if isinstance(audio, AsyncIterable):
        pieces = aiter(audio)
        try:
            async for piece in pieces:
                yield piece
        finally:
            if (aclose := getattr(pieces, "aclose", None)) is not None:
                await aclose()
        return
    plain = iter(audio)
    try:
        for piece in plain:
            yield piece
            await asyncio.sleep(0)
    finally:
        if (close := getattr(plain, "close", None)) is not None:
            close()
