"""The values that calls take and give, under the names that Cartesia's clients have for them."""

from __future__ import annotations

from myna.client.contexts import FormatParam as OutputFormat
from myna.client.contexts import VoiceParam as VoiceSpecifierParam
from myna.client.events import (
    Chunk,
    Done,
    Error,
    Event,
    FlushDone,
    PhonemeTimestamps,
    Timestamps,
    UnknownEvent,
)
from myna.client.events import Event as TTSSSEEvent
from myna.client.events import Event as WebsocketResponse
from myna.client.events import PhonemeTimes as PhonemeTimestampsData
from myna.client.events import WordTimes as WordTimestamps
from myna.client.models import (
    Accent,
    AccessToken,
    EmbeddingResponse,
    ListAccentsResponse,
    PronunciationDict,
    PronunciationDictItem,
    Voice,
    VoiceLocale,
    VoiceMetadata,
)
from myna.client.models import AccessToken as AccessTokenCreateResponse
from myna.client.models import Status as GetStatusResponse
from myna.client.params import (
    AccessTokenCreateParams,
    AttachVoiceAccent,
    Gender,
    GenderPresentation,
    Grants,
    LocalizeDialect,
    LocalizeTargetLanguage,
    MixVoiceSpecifier,
    PronunciationDictCreateParams,
    PronunciationDictItemParam,
    PronunciationDictListParams,
    PronunciationDictUpdateParams,
    SupportedLanguage,
    VoiceAccent,
    VoiceAddAccentsParams,
    VoiceCloneParams,
    VoiceGetParams,
    VoiceListParams,
    VoiceLocalizeParams,
    VoiceUpdateParams,
)

__all__ = [
    "Accent",
    "AccessToken",
    "AccessTokenCreateParams",
    "AccessTokenCreateResponse",
    "AttachVoiceAccent",
    "Chunk",
    "Done",
    "EmbeddingResponse",
    "Error",
    "Event",
    "FlushDone",
    "Gender",
    "GenderPresentation",
    "GetStatusResponse",
    "Grants",
    "ListAccentsResponse",
    "LocalizeDialect",
    "LocalizeTargetLanguage",
    "MixVoiceSpecifier",
    "OutputFormat",
    "PhonemeTimestamps",
    "PhonemeTimestampsData",
    "PronunciationDict",
    "PronunciationDictCreateParams",
    "PronunciationDictItem",
    "PronunciationDictItemParam",
    "PronunciationDictListParams",
    "PronunciationDictUpdateParams",
    "SupportedLanguage",
    "TTSSSEEvent",
    "Timestamps",
    "UnknownEvent",
    "Voice",
    "VoiceAccent",
    "VoiceAddAccentsParams",
    "VoiceCloneParams",
    "VoiceGetParams",
    "VoiceListParams",
    "VoiceLocale",
    "VoiceLocalizeParams",
    "VoiceMetadata",
    "VoiceSpecifierParam",
    "VoiceUpdateParams",
    "WebsocketResponse",
    "WordTimestamps",
]
