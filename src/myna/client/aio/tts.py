"""Text to speech, for asyncio."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, Unpack, overload

from myna.client.aio.resource import AsyncResource, as_raw, as_streamed, as_streamed_binary
from myna.client.aio.responses import AsyncBinaryAPIResponse
from myna.client.aio.stream import AsyncStream, event_stream
from myna.client.calls import Call, Extras
from myna.client.contexts import FormatParam, VoiceParam
from myna.client.embeddings import speaking_version
from myna.client.events import Event
from myna.client.infilled import Infilled, PathParam, infill_call, joined, path_call, paths
from myna.client.params import TTSInfillParams
from myna.client.sentinels import Omit, omit

if TYPE_CHECKING:
    from myna.client.aio.backcompat import AsyncTTSWebsocket
    from myna.client.aio.connection import AsyncConnecting
    from myna.client.uploads import FileParam


class AsyncTTS(AsyncResource):
    """Text to speech: whole, as events, or over a live connection.

    Example:
        >>> response = await client.tts.generate(
        ...     model_id="sonic-latest",
        ...     voice="Ada",
        ...     transcript="Good evening.",
        ...     output_format={"container": "wav", "encoding": "pcm_s16le", "sample_rate": 24000},
        ... )
        >>> await response.write_to_file("evening.wav")
    """

    @cached_property
    def with_raw_response(self) -> AsyncTTSWithRawResponse:
        """The same methods, returning responses with their headers."""
        return AsyncTTSWithRawResponse(self)

    @cached_property
    def with_streaming_response(self) -> AsyncTTSWithStreamingResponse:
        """The same methods, returning responses whose body is not read yet; use them in `async with`."""
        return AsyncTTSWithStreamingResponse(self)

    async def generate(
        self,
        *,
        model_id: str,
        output_format: FormatParam,
        transcript: str,
        voice: VoiceParam,
        duration: float | Omit | None = omit,
        generation_config: Mapping[str, Any] | Omit = omit,
        language: str | Omit | None = omit,
        locale: str | Omit | None = omit,
        normalization: str | Omit | None = omit,
        pronunciation_dict_id: str | Omit | None = omit,
        save: bool | Omit | None = omit,
        speed: str | Omit = omit,
        **extras: Unpack[Extras],
    ) -> AsyncBinaryAPIResponse:
        """Speak a text and wait for all of its audio.

        Args:
            model_id: model, such as "sonic-latest".
            output_format: `container` "raw", "wav" or "mp3", with `encoding`, `sample_rate`, `bit_rate`.
            transcript: the text; markup such as `<break time="1s"/>` is understood.
            voice: id or name, or an object with `id` or `embedding`.
            duration: most seconds of audio; longer speech is cut.
            generation_config: `speed`, `volume` and `emotion`.
            language: language of the text.
            locale: language or locale of the text; not together with `language`.
            normalization: "auto", "off" or a locale whose rules to read numbers by.
            pronunciation_dict_id: dictionary to be used.
            save: whether the server is to keep the audio.
            speed: "slow", "normal" or "fast".
            extras: `extra_headers`, `extra_query`, `extra_body` and `timeout` of this call.

        Raises:
            APIStatusError: the server refused, with a class for each status.
            APIConnectionError: no connection, or it broke.
            APITimeoutError: nothing came in time.
        """
        fields = {
            "model_id": model_id,
            "output_format": output_format,
            "transcript": transcript,
            "voice": voice,
            "duration": duration,
            "generation_config": generation_config,
            "language": language,
            "locale": locale,
            "normalization": normalization,
            "pronunciation_dict_id": pronunciation_dict_id,
            "save": save,
            "speed": speed,
        }
        return await self._run_binary(
            Call.of(
                "POST",
                "/tts/bytes",
                fields,
                accept="audio/wav",
                version=speaking_version(voice),
                **extras,
            )
        )

    async def generate_sse(
        self,
        *,
        model_id: str,
        output_format: FormatParam,
        transcript: str,
        voice: VoiceParam,
        add_phoneme_timestamps: bool | Omit | None = omit,
        add_timestamps: bool | Omit | None = omit,
        context_id: str | Omit | None = omit,
        duration: float | Omit | None = omit,
        generation_config: Mapping[str, Any] | Omit = omit,
        language: str | Omit | None = omit,
        locale: str | Omit | None = omit,
        normalization: str | Omit | None = omit,
        pronunciation_dict_id: str | Omit | None = omit,
        speed: str | Omit = omit,
        use_normalized_timestamps: bool | Omit | None = omit,
        **extras: Unpack[Extras],
    ) -> AsyncStream[Event]:
        """Speak a text and give its events as they come.

        Args:
            model_id: model, such as "sonic-latest".
            output_format: `container` "raw" with `encoding` and `sample_rate`.
            transcript: the text; markup such as `<break time="1s"/>` is understood.
            voice: id or name, or an object with `id` or `embedding`.
            add_phoneme_timestamps: have the times of phonemes sent.
            add_timestamps: have the times of words sent.
            context_id: given back with every event.
            duration: most seconds of audio; longer speech is cut.
            generation_config: `speed`, `volume` and `emotion`.
            language: language of the text.
            locale: language or locale of the text; not together with `language`.
            normalization: "auto", "off" or a locale whose rules to read numbers by.
            pronunciation_dict_id: dictionary to be used.
            speed: "slow", "normal" or "fast".
            use_normalized_timestamps: words as spoken instead of as written.
            extras: `extra_headers`, `extra_query`, `extra_body` and `timeout` of this call.

        Raises:
            APIStatusError: the server refused, with a class for each status.
            APIConnectionError: no connection, or it broke; also while iterating.
            APITimeoutError: nothing came in time; also while iterating.
        """
        fields = {
            "model_id": model_id,
            "output_format": output_format,
            "transcript": transcript,
            "voice": voice,
            "add_phoneme_timestamps": add_phoneme_timestamps,
            "add_timestamps": add_timestamps,
            "context_id": context_id,
            "duration": duration,
            "generation_config": generation_config,
            "language": language,
            "locale": locale,
            "normalization": normalization,
            "pronunciation_dict_id": pronunciation_dict_id,
            "speed": speed,
            "use_normalized_timestamps": use_normalized_timestamps,
        }
        call = Call.of(
            "POST",
            "/tts/sse",
            fields,
            accept="text/event-stream",
            version=speaking_version(voice),
            **extras,
        )
        return await self._run(call, event_stream, stream=True)

    sse = generate_sse

    async def bytes(self, **request: Any) -> AsyncIterator[bytes]:
        """Speak a text and give its audio in pieces; the older form of `generate`, with its arguments."""
        return (await self.generate(**request)).iter_bytes()

    @overload
    async def infill(
        self,
        *,
        left_audio: FileParam | Omit | None = omit,
        right_audio: FileParam | Omit | None = omit,
        **asked: Unpack[TTSInfillParams],
    ) -> AsyncBinaryAPIResponse: ...

    @overload
    async def infill(
        self,
        *,
        left_audio_path: PathParam | None,
        right_audio_path: PathParam | None = None,
        **asked: Unpack[TTSInfillParams],
    ) -> Infilled: ...

    @overload
    async def infill(
        self,
        *,
        right_audio_path: PathParam | None,
        **asked: Unpack[TTSInfillParams],
    ) -> Infilled: ...

    async def infill(
        self,
        *,
        left_audio: FileParam | Omit | None = omit,
        right_audio: FileParam | Omit | None = omit,
        left_audio_path: PathParam | Omit | None = omit,
        right_audio_path: PathParam | Omit | None = omit,
        **asked: Unpack[TTSInfillParams],
    ) -> AsyncBinaryAPIResponse | Infilled:
        """Speak between two recordings so that they go on as one: level, pitch, timbre, pauses and noise fit.

        Either recording may be missing. Given as paths, in the form of the first two generations, the audio
        comes as bytes, and beside it all three as one recording.

        Args:
            left_audio: what comes before: bytes, a path, a file opened in binary mode, or a tuple of file
                name, one of these and perhaps its media type.
            right_audio: what comes after.
            left_audio_path: path of what comes before; gives both recordings with the speech between them.
            right_audio_path: path of what comes after.
            asked: `transcript`, `voice_id` (or `voice`), `model_id`, `output_format`, `language`,
                `experimental_voice_controls`, and `extra_headers`, `extra_query`, `extra_body` and `timeout`
                of this call.

        Returns:
            The speech alone, as a response; for paths, `(speech, whole)`.

        Raises:
            InvalidCall: both recordings are missing or one cannot be read, the voice has no id, or raw audio
                is asked for with paths.
            APIStatusError: the server refused, with a class for each status.
            APIConnectionError: no connection, or it broke.
            APITimeoutError: nothing came in time.
        """
        if isinstance(left_audio_path, Omit) and isinstance(right_audio_path, Omit):
            return await self._run_binary(infill_call(left_audio, right_audio, asked))
        left, right = paths(self._form, left_audio_path, right_audio_path, left_audio, right_audio)
        response = await self._run_binary(path_call(left, right, asked))
        speech = await response.read()
        return speech, await asyncio.to_thread(joined, left, speech, right, asked)

    def websocket_connect(
        self,
        extra_query: Mapping[str, object] | None = None,
        extra_headers: Mapping[str, str] | None = None,
        websocket_connection_options: Mapping[str, Any] | None = None,
    ) -> AsyncConnecting:
        """A live connection, to be opened by `async with` or by `enter`.

        Args:
            extra_query: added to the client's query.
            extra_headers: added to the client's headers.
            websocket_connection_options: `compression`, `max_size`, `extensions`, `subprotocols`,
                `open_timeout`, `close_timeout`, `ping_interval`, `ping_timeout` and `ssl`.

        Raises:
            InvalidCall: an option does not exist.
        """
        from myna.client.aio.connection import AsyncConnecting

        opener = self._client.websocket_opener(
            "/tts/websocket", extra_query or {}, extra_headers or {}, websocket_connection_options or {}
        )
        return AsyncConnecting(opener, self._client.settings.timeouts)

    async def websocket(
        self,
        extra_query: Mapping[str, object] | None = None,
        extra_headers: Mapping[str, str] | None = None,
        websocket_connection_options: Mapping[str, Any] | None = None,
    ) -> AsyncTTSWebsocket:
        """A live connection in the form of Cartesia's second generation."""
        from myna.client.aio.backcompat import AsyncTTSWebsocket

        websocket = AsyncTTSWebsocket(
            self.websocket_connect(extra_query, extra_headers, websocket_connection_options)
        )
        await websocket.connect()
        return websocket


class AsyncTTSWithRawResponse:
    """The methods of `AsyncTTS`, returning responses with their headers."""

    def __init__(self, tts: AsyncTTS) -> None:
        raw = AsyncTTS(tts._client, "raw")
        self.generate = raw.generate
        self.generate_sse = as_raw(raw.generate_sse)
        self.infill = raw.infill
        self.sse = self.generate_sse


class AsyncTTSWithStreamingResponse:
    """The methods of `AsyncTTS`, returning responses whose body is not read yet; use them in `async with`."""

    def __init__(self, tts: AsyncTTS) -> None:
        streamed = AsyncTTS(tts._client, "streamed")
        self.generate = as_streamed_binary(streamed.generate)
        self.generate_sse = as_streamed(streamed.generate_sse)
        self.infill = as_streamed_binary(streamed.infill)
        self.sse = self.generate_sse
