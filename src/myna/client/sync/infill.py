"""Speech between recordings as the second generation asks for it, for threads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Unpack

from myna.client.calls import Extras
from myna.client.infilled import asked_of
from myna.client.sentinels import Omit, omit
from myna.client.sync.resource import Resource

if TYPE_CHECKING:
    from myna.client.uploads import FileParam


class Infill(Resource):
    """What `tts.infill` does, with the names of the second generation.

    Example:
        >>> pieces = client.infill.bytes(
        ...     left_audio="speech.wav",
        ...     model_id="sonic-2",
        ...     transcript="and so on",
        ...     voice_id="Ada",
        ...     output_format_container="wav",
        ...     output_format_encoding="pcm_s16le",
        ...     output_format_sample_rate=44100,
        ... )
        >>> audio = b"".join([piece for piece in pieces])
    """

    def bytes(
        self,
        *,
        left_audio: FileParam | Omit | None = omit,
        right_audio: FileParam | Omit | None = omit,
        model_id: str | Omit = omit,
        language: str | Omit | None = omit,
        transcript: str | Omit = omit,
        voice_id: str | Omit = omit,
        output_format_container: str | Omit = omit,
        output_format_sample_rate: int | Omit = omit,
        output_format_encoding: str | Omit | None = omit,
        output_format_bit_rate: int | Omit | None = omit,
        voice_experimental_controls_speed: str | float | Omit | None = omit,
        voice_experimental_controls_emotion: Any = omit,
        **extras: Unpack[Extras],
    ) -> Iterator[bytes]:
        """Speak between two recordings, one of which may be missing; asked for at the first piece.

        Args:
            left_audio: what comes before, as of `tts.infill`.
            right_audio: what comes after.
            model_id: model, such as "sonic-2".
            language: language of the text.
            transcript: what is said.
            voice_id: who speaks, by id or name.
            output_format_container: "raw", "wav" or "mp3".
            output_format_sample_rate: in Hz.
            output_format_encoding: of raw and wav, such as "pcm_s16le".
            output_format_bit_rate: of an mp3, in bit/s.
            voice_experimental_controls_speed: -1.0 to 1.0, or a word such as "fast".
            voice_experimental_controls_emotion: list of emotions.
            extras: `extra_headers`, `extra_query`, `extra_body` and `timeout` of this call.

        Raises:
            InvalidCall: both recordings are missing, or one cannot be read.
            APIStatusError: the server refused, with a class for each status.
            APIConnectionError: no connection, or it broke; also while iterating.
            APITimeoutError: nothing came in time; also while iterating.
        """
        fields = {
            "model_id": model_id,
            "language": language,
            "transcript": transcript,
            "voice_id": voice_id,
            "output_format_container": output_format_container,
            "output_format_sample_rate": output_format_sample_rate,
            "output_format_encoding": output_format_encoding,
            "output_format_bit_rate": output_format_bit_rate,
            "voice_experimental_controls_speed": voice_experimental_controls_speed,
            "voice_experimental_controls_emotion": voice_experimental_controls_emotion,
        }
        streaming = self._client.tts.with_streaming_response
        with streaming.infill(
            left_audio=left_audio, right_audio=right_audio, **asked_of(fields, extras)
        ) as response:
            yield from response.iter_bytes()
