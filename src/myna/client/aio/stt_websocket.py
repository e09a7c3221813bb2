"""The live connection that listens in the form of Cartesia's second generation, for asyncio."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Iterable
from typing import TYPE_CHECKING, Any, Self

from myna.client.arrivals import present_query
from myna.client.backcompat import heard_fields
from myna.speech.errors import ConnectionLost, DeadlineExceeded

if TYPE_CHECKING:
    from types import TracebackType

    from myna.client.aio.listening import AsyncManualFinalizeConnection
    from myna.client.aio.stt import AsyncManualFinalize


class AsyncSttWebsocket:
    """A live connection that listens; what it hears comes as dictionaries.

    Example:
        >>> websocket = await client.stt.websocket(model="ink-whisper", sample_rate=16000)
        >>> await websocket.send(recording)
        >>> await websocket.send("finalize")
        >>> await websocket.send("done")
        >>> async for heard in websocket.receive():
        ...     if heard["type"] == "transcript" and heard["is_final"]:
        ...         print(heard["text"])
        the quick brown
        >>> await websocket.close()
    """

    def __init__(self, resource: AsyncManualFinalize) -> None:
        self._resource = resource
        self._connection: AsyncManualFinalizeConnection | None = None
        self._told = False
        self._asked: dict[str, Any] = {
            "model": "ink-whisper",
            "encoding": "pcm_s16le",
            "sample_rate": 16000,
            "language": "en",
        }

    async def connect(
        self,
        *,
        model: str = "ink-whisper",
        language: str | None = "en",
        encoding: str = "pcm_s16le",
        sample_rate: int = 16000,
        min_volume: float | None = None,
        max_silence_duration_secs: float | None = None,
    ) -> None:
        """Open the connection, unless it is open.

        Args:
            model: model, such as "ink-whisper".
            language: language of what is said.
            encoding: of the audio, such as "pcm_s16le".
            sample_rate: of the audio, in Hz.
            min_volume: level below which nothing counts as speech, 0.0 to 1.0.
            max_silence_duration_secs: silence after which texts become final by themselves.

        Raises:
            ConnectionLost: no connection could be made.
            APIStatusError: the server refused it.
        """
        self._asked = present_query(
            {
                "model": model,
                "language": language,
                "encoding": encoding,
                "sample_rate": sample_rate,
                "min_volume": min_volume,
                "max_silence_duration_secs": max_silence_duration_secs,
            }
        )
        await self._open()

    async def close(self) -> None:
        """Close the connection; the next use opens a new one."""
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()

    async def send(self, data: bytes | str) -> None:
        """Send audio, or a command: "finalize" or "done"; connects again after an end.

        A loss is raised once, and what was heard before can still be received; the next one connects again.

        Raises:
            TypeError: it is neither bytes nor text.
            ConnectionLost: the connection has ended before its time; what was sent on it is lost.
            APITimeoutError: the server took nothing in within the time allowed.
        """
        if not isinstance(data, bytes | bytearray | memoryview | str):
            raise TypeError("Data must be bytes (audio) or str (command)")
        connection = await self._open()
        try:
            await connection.send_raw(data)
        except ConnectionLost:
            self._told = True
            raise

    async def receive(self) -> AsyncIterator[dict[str, Any]]:
        """What is heard, up to `done`: dictionaries with `type`, `request_id` and what belongs to the type.

        Raises:
            GenerationFailed: the server sent an error.
            ConnectionLost: the connection has ended before its time.
            APITimeoutError: the server owed an answer and sent nothing.
        """
        connection = self._connection or await self._open()
        async for event in connection:
            fields = heard_fields(event)
            if fields is not None:
                yield fields
            if event.type == "done":
                return

    async def transcribe(
        self,
        audio_chunks: AsyncIterable[bytes] | Iterable[bytes],
        *,
        model: str = "ink-whisper",
        language: str | None = "en",
        encoding: str = "pcm_s16le",
        sample_rate: int = 16000,
        min_volume: float | None = None,
        max_silence_duration_secs: float | None = None,
    ) -> AsyncIterator[dict[str, Any]]:
        """Send audio to its end over a connection of its own, and give what was heard.

        Args:
            audio_chunks: pieces of audio.
            model: model, such as "ink-whisper".
            language: language of what is said.
            encoding: of the audio, such as "pcm_s16le".
            sample_rate: of the audio, in Hz.
            min_volume: level below which nothing counts as speech, 0.0 to 1.0.
            max_silence_duration_secs: silence after which texts become final by themselves.

        Raises:
            GenerationFailed: the server sent an error.
            ConnectionLost: the connection has ended before its time.
            APITimeoutError: the server took nothing in, or owed an answer and sent nothing.
        """
        await self.close()
        await self.connect(
            model=model,
            language=language,
            encoding=encoding,
            sample_rate=sample_rate,
            min_volume=min_volume,
            max_silence_duration_secs=max_silence_duration_secs,
        )
        lost: ConnectionLost | None = None
        try:
            try:
                if isinstance(audio_chunks, AsyncIterable):
                    async for chunk in audio_chunks:
                        await self.send(chunk)
                else:
                    for chunk in audio_chunks:
                        await self.send(chunk)
                await self.send("finalize")
                await self.send("done")
            except ConnectionLost as error:
                lost = error
            if isinstance(lost, DeadlineExceeded):
                raise lost
            async for heard in self.receive():
                yield heard
            if lost is not None:
                raise lost
        finally:
            await self.close()

    async def _open(self) -> AsyncManualFinalizeConnection:
        if self._connection is not None and (self._told or self._connection.ended):
            await self.close()
        if self._connection is None:
            self._told = False
            self._connection = await self._resource.websocket(**self._asked).enter()
        return self._connection

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()
