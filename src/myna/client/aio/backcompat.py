"""The live connection in the form of Cartesia's second generation, for asyncio."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any, Self

from myna.client.backcompat import WebSocketTtsOutput, joined, output_of
from myna.client.contexts import FormatParam, VoiceParam
from myna.client.errors import InvalidCall

if TYPE_CHECKING:
    from types import TracebackType

    from myna.client.aio.connection import AsyncConnecting, AsyncTTSConnection
    from myna.client.aio.context import AsyncTTSContext


class AsyncTTSWebsocket:
    """A live connection that is opened at first use.

    Example:
        >>> websocket = await client.tts.websocket()
        >>> async for output in await websocket.send(**request):
        ...     if output.audio:
        ...         play(output.audio)
    """

    def __init__(self, connecting: AsyncConnecting) -> None:
        self._connecting = connecting
        self._connection: AsyncTTSConnection | None = None

    async def connect(self) -> None:
        """Open the connection, unless it is open."""
        await self._open()

    async def close(self) -> None:
        """Close the connection; the next use opens a new one."""
        if self._connection is not None:
            await self._connection.close()
            self._connection = None
            self._connecting = self._connecting.again()

    def context(self, context_id: str | None = None) -> AsyncTTSContext:
        """A context of this connection, which must be open.

        Raises:
            InvalidCall: it is not.
        """
        if self._connection is None:
            raise InvalidCall("Must call connect() before creating a context.")
        return self._connection.context(context_id)

    async def send(
        self,
        *,
        model_id: str,
        transcript: str,
        output_format: FormatParam,
        voice: VoiceParam,
        context_id: str | None = None,
        stream: bool = True,
        **more: Any,
    ) -> AsyncIterator[WebSocketTtsOutput] | WebSocketTtsOutput:
        """Speak a text; outputs as they come, or with `stream` false all of them as one.

        Raises:
            GenerationFailed: the server sent an error.
            ConnectionLost: the connection ended.
        """
        context = (await self._open()).context(context_id)
        await context.send(
            model_id=model_id,
            transcript=transcript,
            output_format=output_format,
            voice=voice,
            continue_=False,
            **more,
        )
        outputs = (output_of(event) async for event in context.receive())
        if stream:
            return outputs
        return joined([output async for output in outputs], context.context_id)

    async def _open(self) -> AsyncTTSConnection:
        if self._connection is None:
            self._connection = await self._connecting.enter()
        return self._connection

    async def __aenter__(self) -> Self:
        await self.connect()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()
