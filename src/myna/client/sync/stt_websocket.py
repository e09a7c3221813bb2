"""The live connection that listens in the form of Cartesia's second generation, for threads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, Self

from myna.client.arrivals import present_query
from myna.client.backcompat import heard_fields
from myna.speech.errors import ConnectionLost, DeadlineExceeded

if TYPE_CHECKING:
    from types import TracebackType

    from myna.client.sync.listening import ManualFinalizeConnection
    from myna.client.sync.stt import ManualFinalize


class SttWebsocket:
    """A live connection that listens; what it hears comes as dictionaries.

    Example:
        >>> websocket = client.stt.websocket(model="ink-whisper", sample_rate=16000)
        >>> websocket.send(recording)
        >>> websocket.send("finalize")
        >>> websocket.send("done")
        >>> for heard in websocket.receive():
        ...     if heard["type"] == "transcript" and heard["is_final"]:
        ...         print(heard["text"])
        the quick brown
        >>> websocket.close()
    """

    def __init__(self, resource: ManualFinalize) -> None:
        self._resource = resource
        self._connection: ManualFinalizeConnection | None = None
        self._told = False
        self._asked: dict[str, Any] = {
            "model": "ink-whisper",
            "encoding": "pcm_s16le",
            "sample_rate": 16000,
            "language": "en",
        }

    def connect(
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
        self._open()

    def close(self) -> None:
        """Close the connection; the next use opens a new one."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def send(self, data: bytes | str) -> None:
        """Send audio, or a command: "finalize" or "done"; connects again after an end.

        A loss is raised once, and what was heard before can still be received; the next one connects again.

        Raises:
            TypeError: it is neither bytes nor text.
            ConnectionLost: the connection has ended before its time; what was sent on it is lost.
            APITimeoutError: the server took nothing in within the time allowed.
        """
        if not isinstance(data, bytes | bytearray | memoryview | str):
            raise TypeError("Data must be bytes (audio) or str (command)")
        connection = self._open()
        try:
            connection.send_raw(data)
        except ConnectionLost:
            self._told = True
            raise

    def receive(self) -> Iterator[dict[str, Any]]:
        """What is heard, up to `done`: dictionaries with `type`, `request_id` and what belongs to the type.

        Raises:
            GenerationFailed: the server sent an error.
            ConnectionLost: the connection has ended before its time.
            APITimeoutError: the server owed an answer and sent nothing.
        """
        connection = self._connection or self._open()
        for event in connection:
            fields = heard_fields(event)
            if fields is not None:
                yield fields
            if event.type == "done":
                return

    def transcribe(
        self,
        audio_chunks: Iterable[bytes],
        *,
        model: str = "ink-whisper",
        language: str | None = "en",
        encoding: str = "pcm_s16le",
        sample_rate: int = 16000,
        min_volume: float | None = None,
        max_silence_duration_secs: float | None = None,
    ) -> Iterator[dict[str, Any]]:
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
        self.close()
        self.connect(
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
                for chunk in audio_chunks:
                    self.send(chunk)
                self.send("finalize")
                self.send("done")
            except ConnectionLost as error:
                lost = error
            if isinstance(lost, DeadlineExceeded):
                raise lost
            yield from self.receive()
            if lost is not None:
                raise lost
        finally:
            self.close()

    def _open(self) -> ManualFinalizeConnection:
        if self._connection is not None and (self._told or self._connection.ended):
            self.close()
        if self._connection is None:
            self._told = False
            self._connection = self._resource.websocket(**self._asked).enter()
        return self._connection

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()
