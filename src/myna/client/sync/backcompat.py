"""The live connection in the form of Cartesia's second generation, for threads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Self

from myna.client.backcompat import WebSocketTtsOutput, joined, output_of
from myna.client.contexts import FormatParam, VoiceParam

if TYPE_CHECKING:
    from types import TracebackType

    from myna.client.sync.connection import Connecting, TTSConnection
    from myna.client.sync.context import TTSContext


class TTSWebsocket:
    """A live connection that is opened at first use.

    Example:
        >>> websocket = client.tts.websocket()
        >>> for output in websocket.send(**request):
        ...     if output.audio:
        ...         play(output.audio)
    """

    def __init__(self, connecting: Connecting) -> None:
        self._connecting = connecting
        self._connection: TTSConnection | None = None

    def connect(self) -> None:
        """Open the connection, unless it is open."""
        self._open()

    def close(self) -> None:
        """Close the connection; the next use opens a new one."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
            self._connecting = self._connecting.again()

    def context(self, context_id: str | None = None) -> TTSContext:
        """A context of this connection."""
        return self._open().context(context_id)

    def send(
        self,
        *,
        model_id: str,
        transcript: str,
        output_format: FormatParam,
        voice: VoiceParam,
        context_id: str | None = None,
        stream: bool = True,
        **more: Any,
    ) -> Iterator[WebSocketTtsOutput] | WebSocketTtsOutput:
        """Speak a text; outputs as they come, or with `stream` false all of them as one.

        Raises:
            GenerationFailed: the server sent an error.
            ConnectionLost: the connection ended.
        """
        context = self._open().context(context_id)
        context.send(
            model_id=model_id,
            transcript=transcript,
            output_format=output_format,
            voice=voice,
            continue_=False,
            **more,
        )
        outputs = (output_of(event) for event in context.receive())
        return outputs if stream else joined(outputs, context.context_id)

    def _open(self) -> TTSConnection:
        if self._connection is None:
            self._connection = self._connecting.enter()
        return self._connection

    def __enter__(self) -> Self:
        self.connect()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()
