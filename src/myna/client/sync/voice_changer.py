"""Changing voices, for threads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, Unpack

from myna.client.calls import Extras
from myna.client.changed import PATH, Throat, change_call
from myna.client.events import Event
from myna.client.sentinels import Omit, omit, present
from myna.client.sync.resource import Resource, as_raw, as_streamed, as_streamed_binary
from myna.client.sync.responses import BinaryAPIResponse
from myna.client.sync.stream import Stream, changed_stream

if TYPE_CHECKING:
    from myna.client.settings import Headers, Query
    from myna.client.sync.voice_stream import VoiceStream
    from myna.client.uploads import FileParam

    Source = Iterable[bytes]


class VoiceChanger(Resource):
    """The same words and melody in another voice: of recordings, or live.

    Example:
        >>> response = client.voice_changer.generate(
        ...     clip="speech.wav",
        ...     voice_id="Ada",
        ...     output_format_container="wav",
        ...     output_format_encoding="pcm_s16le",
        ...     output_format_sample_rate=44100,
        ... )
        >>> response.write_to_file("changed.wav")
    """

    @cached_property
    def with_raw_response(self) -> VoiceChangerWithRawResponse:
        """The same methods, returning responses with their headers."""
        return VoiceChangerWithRawResponse(self)

    @cached_property
    def with_streaming_response(self) -> VoiceChangerWithStreamingResponse:
        """The same methods, returning responses whose body is not read yet; use them in `with`."""
        return VoiceChangerWithStreamingResponse(self)

    def generate(
        self,
        *,
        clip: FileParam | Omit = omit,
        output_format_bit_rate: int | Omit | None = omit,
        output_format_container: str | Omit = omit,
        output_format_encoding: str | Omit | None = omit,
        output_format_sample_rate: int | Omit = omit,
        voice_id: str | Omit = omit,
        **extras: Unpack[Extras],
    ) -> BinaryAPIResponse:
        """Change the voice of a recording and wait for all of the audio, which is as long as the recording.

        The whole recording is looked at first, which brings it nearer to the voice.

        Args:
            clip: the recording: bytes, a path, a file opened in binary mode, or a tuple of file name, one
                of these and perhaps its media type.
            output_format_bit_rate: of an mp3, in bit/s.
            output_format_container: "raw", "wav" or "mp3".
            output_format_encoding: of raw and wav, such as "pcm_s16le".
            output_format_sample_rate: in Hz.
            voice_id: whose voice it gets.
            extras: `extra_headers`, `extra_query`, `extra_body` and `timeout` of this call; a recording
                without a container is told by `encoding` and `sample_rate` in `extra_query`.

        Raises:
            InvalidCall: the clip is missing, or cannot be read.
            APIStatusError: the server refused, with a class for each status.
            APIConnectionError: no connection, or it broke.
            APITimeoutError: nothing came in time.
        """
        call = change_call(
            "/voice-changer/bytes",
            clip,
            voice_id,
            output_format_container,
            output_format_sample_rate,
            output_format_encoding,
            output_format_bit_rate,
            accept="audio/wav",
            **extras,
        )
        return self._run_binary(call)

    def generate_sse(
        self,
        *,
        clip: FileParam | Omit = omit,
        output_format_bit_rate: int | Omit | None = omit,
        output_format_container: str | Omit = omit,
        output_format_encoding: str | Omit | None = omit,
        output_format_sample_rate: int | Omit = omit,
        voice_id: str | Omit = omit,
        **extras: Unpack[Extras],
    ) -> Stream[Event]:
        """Change the voice of a recording and give the audio as it comes; it comes soon.

        Each event of type "chunk" has `audio`, decoded, and `sample_rate`.

        Args:
            clip: the recording, as of `generate`.
            output_format_bit_rate: of an mp3, in bit/s.
            output_format_container: "raw", or what else the server streams.
            output_format_encoding: such as "pcm_s16le".
            output_format_sample_rate: in Hz.
            voice_id: whose voice it gets.
            extras: as of `generate`.

        Raises:
            InvalidCall: the clip is missing, or cannot be read.
            APIStatusError: the server refused, with a class for each status.
            APIConnectionError: no connection, or it broke; also while iterating.
            APITimeoutError: nothing came in time; also while iterating.
        """
        call = change_call(
            "/voice-changer/sse",
            clip,
            voice_id,
            output_format_container,
            output_format_sample_rate,
            output_format_encoding,
            output_format_bit_rate,
            accept="text/event-stream",
            **extras,
        )
        return self._run(call, changed_stream, stream=True)

    change_voice_bytes = generate
    change_voice_sse = generate_sse

    def bytes(self, **request: Any) -> Iterator[bytes]:
        """The form of the second generation: audio in pieces as it comes, asked for at the first one.

        Args:
            request: arguments of `generate`.
        """
        with self.with_streaming_response.generate(**request) as response:
            yield from response.iter_bytes()

    def sse(self, **request: Any) -> Iterator[Event]:
        """The form of the second generation: events as they come, asked for at the first one.

        Args:
            request: arguments of `generate_sse`.
        """
        with self.generate_sse(**request) as stream:
            yield from stream

    def stream(
        self,
        audio: Source | None = None,
        *,
        voice_id: str,
        encoding: str,
        sample_rate: int,
        output_encoding: str | Omit | None = omit,
        output_sample_rate: int | Omit | None = omit,
        extra_query: Query | None = None,
        extra_headers: Headers | None = None,
        websocket_connection_options: Mapping[str, Any] | None = None,
    ) -> VoiceStream:
        """Change a voice while it speaks, over a live connection: of Myna's servers and this machine.

        Args:
            audio: pieces of raw mono audio, cut anywhere; None where they are given to `send`.
            voice_id: whose voice it gets, by id or name.
            encoding: of the audio, such as "pcm_s16le".
            sample_rate: of the audio, in Hz.
            output_encoding: of what comes back; where it is possible, that of the audio.
            output_sample_rate: of what comes back, in Hz; where it is possible, that of the audio.
            extra_query: added to the client's query.
            extra_headers: added to the client's headers.
            websocket_connection_options: as of `tts.websocket_connect`.

        Raises:
            InvalidCall: an option does not exist.
        """
        from myna.client.sync.voice_stream import VoiceStream

        asked: dict[str, object] = {
            "voice": voice_id,
            "encoding": encoding,
            "sample_rate": sample_rate,
            "output_encoding": output_encoding or omit,
            "output_sample_rate": output_sample_rate or omit,
        }
        query = {**present(asked), **(extra_query or {})}
        connect = self._client.websocket_opener(
            PATH,
            query,
            extra_headers or {},
            websocket_connection_options or {},
        )
        return VoiceStream(connect, self._client.settings.timeouts, Throat(query), audio)


class VoiceChangerWithRawResponse:
    """The methods of `VoiceChanger`, returning responses with their headers."""

    def __init__(self, voice_changer: VoiceChanger) -> None:
        raw = VoiceChanger(voice_changer._client, "raw")
        self.generate = self.change_voice_bytes = raw.generate
        self.generate_sse = self.change_voice_sse = as_raw(raw.generate_sse)


class VoiceChangerWithStreamingResponse:
    """The methods of `VoiceChanger`, returning responses whose body is not read yet.

    Use them in `with`.
    """

    def __init__(self, voice_changer: VoiceChanger) -> None:
        streamed = VoiceChanger(voice_changer._client, "streamed")
        self.generate = self.change_voice_bytes = as_streamed_binary(streamed.generate)
        self.generate_sse = self.change_voice_sse = as_streamed(streamed.generate_sse)
