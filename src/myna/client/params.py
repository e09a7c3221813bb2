"""Arguments of calls as typed dictionaries, for programs that gather them before they call.

Example:
    >>> asked: VoiceListParams = {"limit": 20, "is_owner": True}
    >>> page = client.voices.list(**asked)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, Required, TypeAlias, TypedDict

from myna.client.calls import Extras

if TYPE_CHECKING:
    from myna.client.uploads import FileParam
else:
    FileParam = Any

Gender: TypeAlias = Literal["male", "female"]
GenderPresentation: TypeAlias = Literal["masculine", "feminine", "gender_neutral"]
LocalizeDialect: TypeAlias = Literal["au", "in", "so", "uk", "us", "mx", "pe", "br", "eu", "ca"]

STTEncoding: TypeAlias = Literal["pcm_s16le", "pcm_s32le", "pcm_f16le", "pcm_f32le", "pcm_mulaw", "pcm_alaw"]

# Closed sets of the wire that grow with it: any text is passed on.
AttachVoiceAccent: TypeAlias = str
LocalizeTargetLanguage: TypeAlias = str
STTBatchModel: TypeAlias = str
SupportedLanguage: TypeAlias = str
VoiceAccent: TypeAlias = str


class CursorParams(TypedDict, total=False):
    """Which part of a list; see `voices.list`."""

    ending_before: str | None
    limit: int | None
    starting_after: str | None


class VoiceListParams(CursorParams, total=False):
    """Arguments of `voices.list`."""

    expand: Sequence[str] | None
    gender: str | None
    is_owner: bool | None
    is_starred: bool | None
    q: str


class VoiceGetParams(TypedDict, total=False):
    """Arguments of `voices.get` besides the id."""

    expand: Sequence[str] | None


class VoiceCloneParams(TypedDict, total=False):
    """Arguments of `voices.clone`."""

    clip: Required[FileParam]
    name: Required[str]
    language: str
    accent: str | None
    base_voice_id: str | None
    consent: bool
    description: str | None
    enhance: bool | None
    mode: str
    transcript: str | None


class VoiceChangerGenerateParams(TypedDict, total=False):
    """Arguments of `voice_changer.generate` and `generate_sse`."""

    clip: FileParam
    output_format_bit_rate: int | None
    output_format_container: str
    output_format_encoding: str | None
    output_format_sample_rate: int
    voice_id: str


class TTSInfillParams(Extras, total=False):
    """Arguments of `tts.infill` besides the recordings."""

    experimental_voice_controls: Mapping[str, Any] | None
    language: str | None
    model_id: str
    output_format: Mapping[str, Any]
    transcript: str
    voice: str | Mapping[str, Any] | None
    voice_id: str


class VoiceUpdateParams(TypedDict, total=False):
    """Arguments of `voices.update` besides the id."""

    accent: str | None
    description: str
    gender: str | None
    name: str


class VoiceLocalizeParams(TypedDict, total=False):
    """Arguments of `voices.localize`."""

    voice_id: Required[str]
    name: Required[str]
    accent: str | None
    description: str
    dialect: str | None
    language: str
    original_speaker_gender: str
    tagline: str


class VoiceAddAccentsParams(TypedDict):
    """Arguments of `voices.add_accents` besides the id."""

    accents: Sequence[str]


class MixVoiceSpecifier(TypedDict, total=False):
    """One of the voices of `voices.mix`: its `id` or its `embedding`, and how much of it."""

    id: str
    embedding: Sequence[float]
    weight: Required[float]


class PronunciationDictItemParam(TypedDict, total=False):
    """A word and how it is to be said; one of `alias` and `pronunciation`."""

    text: Required[str]
    alias: str
    pronunciation: str
    case_sensitive: bool


class PronunciationDictCreateParams(TypedDict, total=False):
    """Arguments of `pronunciation_dicts.create`."""

    name: Required[str]
    description: str | None
    items: Iterable[PronunciationDictItemParam] | None


class PronunciationDictUpdateParams(TypedDict, total=False):
    """Arguments of `pronunciation_dicts.update` besides the id."""

    name: str | None
    description: str | None
    items: Iterable[PronunciationDictItemParam] | None


class PronunciationDictListParams(CursorParams, total=False):
    """Arguments of `pronunciation_dicts.list`."""


class Grants(TypedDict, total=False):
    """What an access token allows."""

    agent: bool | None
    stt: bool | None
    tts: bool | None


class AccessTokenCreateParams(TypedDict, total=False):
    """Arguments of `access_token.create`."""

    expires_in: int | None
    grants: Grants | None


class STTTranscribeParams(TypedDict, total=False):
    """Arguments of `stt.transcribe`."""

    file: Required[FileParam]
    model: str
    encoding: STTEncoding | None
    sample_rate: int | None
    language: str
    timestamp_granularities: Sequence[str] | None


class ManualFinalizeWebsocketParams(TypedDict, total=False):
    """Arguments of `stt.manual_finalize.websocket`."""

    encoding: Required[STTEncoding]
    model: Required[str]
    sample_rate: Required[int]
    keyterm: Sequence[str]
    language: str
    max_silence_duration_secs: float
    min_volume: float


class AutoFinalizeWebsocketParams(TypedDict, total=False):
    """Arguments of `stt.auto_finalize.websocket`."""

    encoding: Required[STTEncoding]
    model: Required[str]
    sample_rate: Required[int]
    keyterm: Sequence[str]
    turn_eager_end_threshold: float
    turn_end_threshold: float
    turn_end_timeout_ms: float
    turn_start_threshold: float
