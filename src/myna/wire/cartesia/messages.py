"""The messages of `/tts/*` as typed structs.

Requests keep the wire's leniency: every optional field may be null, unknown fields are ignored. Numbers
and enumerations are checked where requests become speech values, so that an error can name its context.
"""

from __future__ import annotations

from typing import Any, ClassVar

from msgspec import UNSET, Struct, UnsetType, field


class RawFormat(Struct, kw_only=True):
    """`output_format`; which fields count depends on `container`."""

    container: str
    sample_rate: int
    encoding: str | None = None
    bit_rate: int | None = None


class GenerationConfig(Struct, kw_only=True, omit_defaults=True):
    """`generation_config`."""

    volume: float | None = None
    speed: float | None = None
    emotion: str | None = None


class ExperimentalControls(Struct, kw_only=True, omit_defaults=True):
    """`voice.__experimental_controls` of the first two generations."""

    speed: float | str | None = None
    emotion: list[str] | str | None = None


class VoiceSpecifier(Struct, kw_only=True, omit_defaults=True):
    """`voice` in its object forms; a plain string is read as `id`."""

    mode: str | None = None
    id: str | None = None
    embedding: list[float] | None = None
    experimental_controls: ExperimentalControls | None = field(default=None, name="__experimental_controls")


class SpeechFields(Struct, kw_only=True, omit_defaults=True):
    """What every request for speech shares."""

    model_id: str | None = None
    transcript: str | None = None
    voice: str | VoiceSpecifier | None = None
    output_format: RawFormat | None = None
    language: str | None = None
    locale: str | None = None
    normalization: str | None = None
    generation_config: GenerationConfig | None = None
    speed: str | float | None = None
    duration: float | None = None
    pronunciation_dict_id: str | None = None
    add_timestamps: bool | None = None
    add_phoneme_timestamps: bool | None = None
    use_normalized_timestamps: bool | None = None
    context_id: str | None = None


class BytesRequest(SpeechFields, kw_only=True, omit_defaults=True):
    """Body of `POST /tts/bytes`."""

    save: bool | None = None


class SseRequest(SpeechFields, kw_only=True, omit_defaults=True):
    """Body of `POST /tts/sse`."""


class GenerationRequest(SpeechFields, kw_only=True, omit_defaults=True):
    """A client's message on `/tts/websocket`; one with `cancel` true cancels its context."""

    continue_: bool | None = field(default=None, name="continue")
    flush: bool | None = None
    max_buffer_delay_ms: float | None = None
    cancel: bool | None = None


class Times(Struct, kw_only=True):
    """`word_timestamps`: parallel arrays, seconds from the start of the context's audio."""

    words: list[str]
    start: list[float]
    end: list[float]


class PhonemeTimesArrays(Struct, kw_only=True):
    """`phoneme_timestamps`: parallel arrays, seconds from the start of the context's audio."""

    phonemes: list[str]
    start: list[float]
    end: list[float]


class Chunk(Struct, kw_only=True, tag_field="type", tag="chunk"):
    """Audio; `data` is bytes here and base64 text on the wire. `step_time` is in milliseconds.

    `sample_rate`, in Hz, comes where a voice is changed.
    """

    type: ClassVar[str] = "chunk"
    context_id: str | None = None
    data: bytes
    step_time: float = 0.0
    status_code: int = 206
    done: bool = False
    flush_id: int | UnsetType = UNSET
    sample_rate: int | UnsetType = UNSET


class Timestamps(Struct, kw_only=True, tag_field="type", tag="timestamps"):
    """Word times."""

    type: ClassVar[str] = "timestamps"
    context_id: str | None = None
    word_timestamps: Times | None = None
    status_code: int = 206
    done: bool = False
    flush_id: int | UnsetType = UNSET


class PhonemeTimestamps(Struct, kw_only=True, tag_field="type", tag="phoneme_timestamps"):
    """Phoneme times."""

    type: ClassVar[str] = "phoneme_timestamps"
    context_id: str | None = None
    phoneme_timestamps: PhonemeTimesArrays | None = None
    status_code: int = 206
    done: bool = False
    flush_id: int | UnsetType = UNSET


class FlushDone(Struct, kw_only=True, tag_field="type", tag="flush_done"):
    """A segment between flushes is out."""

    type: ClassVar[str] = "flush_done"
    context_id: str | None = None
    flush_id: int
    flush_done: bool = True
    status_code: int = 206
    done: bool = False


class Done(Struct, kw_only=True, tag_field="type", tag="done"):
    """The context has ended well."""

    type: ClassVar[str] = "done"
    context_id: str | None = None
    status_code: int = 206
    done: bool = True


class Error(Struct, kw_only=True, tag_field="type", tag="error"):
    """The superset of every generation's error fields."""

    type: ClassVar[str] = "error"
    context_id: str | None = None
    status_code: int | None = None
    done: bool = True
    error: str | None = None
    title: str | None = None
    message: str | None = None
    error_code: str | None = None
    request_id: str | None = None
    doc_url: str | UnsetType = UNSET


class Unknown(Struct, kw_only=True):
    """An event of a type that this version of Myna does not know; `fields` is the whole object."""

    type: str
    fields: dict[str, Any]
    context_id: str | None = None
    done: bool = False


ServerMessage = Chunk | Timestamps | PhonemeTimestamps | FlushDone | Done | Error
ServerEvent = ServerMessage | Unknown
