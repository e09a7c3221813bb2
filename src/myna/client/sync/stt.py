"""Speech to text, for threads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Unpack

from myna.client.calls import Call, Extras
from myna.client.heard import Transcription
from myna.client.reconnecting import MAX_QUEUE_BYTES, OnReconnecting, Reconnecting
from myna.client.sentinels import Omit, omit, present
from myna.client.sync.resource import Resource, as_raw, as_streamed

if TYPE_CHECKING:
    from collections.abc import Callable

    from myna.client.settings import Headers, Query
    from myna.client.sync.listening import (
        AutoFinalizeConnection,
        ManualFinalizeConnection,
        Open,
        STTConnecting,
    )
    from myna.client.sync.stt_websocket import SttWebsocket
    from myna.client.uploads import FileParam
    from myna.transport.protocols import WebSocket

DEFAULT_MODEL = "ink-whisper"
"""Leaves the choice of an engine to the server, or to Myna."""


class STT(Resource):
    """Speech to text: of recordings, or over a live connection.

    Example:
        >>> heard = client.stt.transcribe(file="speech.wav", timestamp_granularities=["word"])
        >>> heard.text, heard.words[0].word, heard.words[0].end
        ('the quick brown', 'the', 0.2)
    """

    @cached_property
    def manual_finalize(self) -> ManualFinalize:
        """Live connections whose texts become final when that is asked for, as in push to talk."""
        return ManualFinalize(self._client)

    @cached_property
    def auto_finalize(self) -> AutoFinalize:
        """Live connections that tell when turns begin and end."""
        return AutoFinalize(self._client)

    @cached_property
    def with_raw_response(self) -> STTWithRawResponse:
        """The same methods, returning responses with their headers."""
        return STTWithRawResponse(self)

    @cached_property
    def with_streaming_response(self) -> STTWithStreamingResponse:
        """The same methods, returning responses whose body is not read yet; use them in `with`."""
        return STTWithStreamingResponse(self)

    def transcribe(
        self,
        file: FileParam,
        *,
        model: str = DEFAULT_MODEL,
        encoding: str | Omit | None = omit,
        sample_rate: int | Omit | None = omit,
        language: str | Omit | None = omit,
        timestamp_granularities: Sequence[str] | Omit | None = omit,
        **extras: Unpack[Extras],
    ) -> Transcription:
        """Write down what is said in a recording, however long.

        Args:
            file: bytes, a path, a file opened in binary mode, or a tuple of file name and one of these.
            model: model, such as "ink-whisper"; one that the server knows.
            encoding: of a file without a container, such as "pcm_s16le"; else it tells itself.
            sample_rate: of a file without a container, in Hz.
            language: language of what is said.
            timestamp_granularities: `["word"]` to have the times of words.
            extras: `extra_headers`, `extra_query`, `extra_body` and `timeout` of this call; the timeout
                counts from one sign of life of the server to the next.

        Raises:
            InvalidCall: the file is not what a file can be.
            APIStatusError: the server refused, with a class for each status.
            APIConnectionError: no connection, or it broke.
            APITimeoutError: nothing came in time.
        """
        fields = {
            "model": model,
            "language": language or omit,
            "timestamp_granularities": timestamp_granularities or omit,
        }
        call = Call.of(
            "POST",
            "/stt",
            fields,
            query={"encoding": encoding or omit, "sample_rate": sample_rate or omit},
            files={"file": file},
            **extras,
        )
        return self._run_as(call, Transcription)

    def websocket(
        self,
        *,
        model: str = DEFAULT_MODEL,
        language: str | None = "en",
        encoding: str = "pcm_s16le",
        sample_rate: int = 16000,
        min_volume: float | None = None,
        max_silence_duration_secs: float | None = None,
    ) -> SttWebsocket:
        """A live connection in the form of Cartesia's second generation, already open.

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
        from myna.client.sync.stt_websocket import SttWebsocket

        websocket = SttWebsocket(self.manual_finalize)
        websocket.connect(
            model=model,
            language=language,
            encoding=encoding,
            sample_rate=sample_rate,
            min_volume=min_volume,
            max_silence_duration_secs=max_silence_duration_secs,
        )
        return websocket


class ManualFinalize(Resource):
    """Live connections whose texts become final when that is asked for.

    Example:
        >>> with client.stt.manual_finalize.websocket(
        ...     model="ink-whisper", encoding="pcm_s16le", sample_rate=16000
        ... ) as connection:
        ...     connection.send_raw(recording)
        ...     connection.send("close")
        ...     for event in connection:
        ...         if event.type == "transcript" and event.is_final:
        ...             print(event.text)
    """

    def websocket(
        self,
        *,
        encoding: str,
        model: str,
        sample_rate: int,
        keyterm: Sequence[str] | Omit | None = omit,
        language: str | Omit | None = omit,
        max_silence_duration_secs: float | Omit | None = omit,
        min_volume: float | Omit | None = omit,
        extra_query: Query | None = None,
        extra_headers: Headers | None = None,
        websocket_connection_options: Mapping[str, Any] | None = None,
        on_reconnecting: OnReconnecting | None = None,
        max_retries: int = 5,
        initial_delay: float = 0.5,
        max_delay: float = 8.0,
        max_queue_size: int = MAX_QUEUE_BYTES,
    ) -> STTConnecting[ManualFinalizeConnection]:
        """A live connection, to be opened by `with` or by `enter`.

        Args:
            encoding: of the audio, such as "pcm_s16le".
            model: model, such as "ink-whisper".
            sample_rate: of the audio, in Hz.
            keyterm: words and names that are likely to be said.
            language: language of what is said.
            max_silence_duration_secs: silence after which texts become final by themselves.
            min_volume: level below which nothing counts as speech, 0.0 to 1.0.
            extra_query: added to the client's query.
            extra_headers: added to the client's headers.
            websocket_connection_options: as of `tts.websocket_connect`.
            on_reconnecting: called before each try to connect again after a loss, with what was lost; without
                it there are none.
            max_retries: tries after one loss.
            initial_delay: seconds before the first try.
            max_delay: most seconds before a try.
            max_queue_size: most bytes of messages that wait for the connection to be opened.

        Raises:
            InvalidCall: an option does not exist.
        """
        from myna.client.sync.listening import ManualFinalizeConnection, STTConnecting

        asked = {
            "encoding": encoding,
            "model": model,
            "sample_rate": sample_rate,
            "keyterm": keyterm,
            "language": language,
            "max_silence_duration_secs": max_silence_duration_secs,
            "min_volume": min_volume,
        }
        connect = _opening(self, "/stt/websocket", asked, websocket_connection_options)
        again = Reconnecting(
            on_reconnecting, max_retries, initial_delay, max_delay, extra_query or {}, extra_headers or {}
        )
        connect(again.query, again.headers)
        timeouts = self._client.settings.timeouts
        return STTConnecting(
            lambda: ManualFinalizeConnection(connect, timeouts, again),
            max_queue_size=max_queue_size,
        )


class AutoFinalize(Resource):
    """Live connections that tell when turns begin and end.

    Example:
        >>> with client.stt.auto_finalize.websocket(
        ...     model="ink-2", encoding="pcm_s16le", sample_rate=16000
        ... ) as connection:
        ...     connection.send_raw(recording)
        ...     connection.send({"type": "close"})
        ...     for event in connection:
        ...         if event.type == "turn.end":
        ...             print(event.transcript)
    """

    def websocket(
        self,
        *,
        encoding: str,
        model: str,
        sample_rate: int,
        keyterm: Sequence[str] | Omit | None = omit,
        turn_eager_end_threshold: float | Omit | None = omit,
        turn_end_threshold: float | Omit | None = omit,
        turn_end_timeout_ms: float | Omit | None = omit,
        turn_start_threshold: float | Omit | None = omit,
        extra_query: Query | None = None,
        extra_headers: Headers | None = None,
        websocket_connection_options: Mapping[str, Any] | None = None,
        on_reconnecting: OnReconnecting | None = None,
        max_retries: int = 5,
        initial_delay: float = 0.5,
        max_delay: float = 8.0,
        max_queue_size: int = MAX_QUEUE_BYTES,
    ) -> STTConnecting[AutoFinalizeConnection]:
        """A live connection, to be opened by `with` or by `enter`.

        Args:
            encoding: of the audio, such as "pcm_s16le".
            model: model, such as "ink-2".
            sample_rate: of the audio, in Hz.
            keyterm: words and names that are likely to be said.
            turn_eager_end_threshold: probability of speech below which a turn may be over, 0.3 to 0.6.
            turn_end_threshold: below it the turn is over, 0.05 to 0.5.
            turn_end_timeout_ms: silence after which it is over in any case, 640 to 11200.
            turn_start_threshold: above it a turn begins, 0.5 to 0.9.
            extra_query: added to the client's query.
            extra_headers: added to the client's headers.
            websocket_connection_options: as of `tts.websocket_connect`.
            on_reconnecting: called before each try to connect again after a loss, with what was lost; without
                it there are none.
            max_retries: tries after one loss.
            initial_delay: seconds before the first try.
            max_delay: most seconds before a try.
            max_queue_size: most bytes of messages that wait for the connection to be opened.

        Raises:
            InvalidCall: an option does not exist.
        """
        from myna.client.sync.listening import AutoFinalizeConnection, STTConnecting

        asked = {
            "encoding": encoding,
            "model": model,
            "sample_rate": sample_rate,
            "keyterm": keyterm,
            "turn_eager_end_threshold": turn_eager_end_threshold,
            "turn_end_threshold": turn_end_threshold,
            "turn_end_timeout_ms": turn_end_timeout_ms,
            "turn_start_threshold": turn_start_threshold,
        }
        connect = _opening(self, "/stt/turns/websocket", asked, websocket_connection_options)
        again = Reconnecting(
            on_reconnecting, max_retries, initial_delay, max_delay, extra_query or {}, extra_headers or {}
        )
        connect(again.query, again.headers)
        timeouts = self._client.settings.timeouts
        return STTConnecting(
            lambda: AutoFinalizeConnection(connect, timeouts, again, turns=True),
            max_queue_size=max_queue_size,
        )


class STTWithRawResponse:
    """The methods of `STT`, returning responses with their headers."""

    def __init__(self, stt: STT) -> None:
        self.transcribe = as_raw(STT(stt._client, "raw").transcribe)


class STTWithStreamingResponse:
    """The methods of `STT`, returning responses whose body is not read yet; use them in `with`."""

    def __init__(self, stt: STT) -> None:
        self.transcribe = as_streamed(STT(stt._client, "streamed").transcribe)


def _opening(
    resource: Resource, path: str, asked: dict[str, object], options: Mapping[str, Any] | None
) -> Open:
    """What opens the WebSocket of `path`, with what is asked and what is added each time."""
    fixed = {name: value for name, value in present(asked).items() if value is not None}

    def connect(query: Query, headers: Headers) -> Callable[[], WebSocket]:
        return resource._client.websocket_opener(path, {**fixed, **query}, headers, options or {})

    return connect
