"""The values that calls take and give, under the names that Cartesia's clients have for them."""

from __future__ import annotations

from myna.client.changed import VoiceChangerChunk
from myna.client.changed import VoiceChangerChunk as VoiceChangerSSEChunk
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
from myna.client.events import Done as VoiceChangerSSEDone
from myna.client.events import Error as VoiceChangerSSEError
from myna.client.events import Event as TTSSSEEvent
from myna.client.events import Event as VoiceChangerSSEEvent
from myna.client.events import Event as WebsocketResponse
from myna.client.events import PhonemeTimes as PhonemeTimestampsData
from myna.client.events import WordTimes as WordTimestamps
from myna.client.heard import (
    STTConnected,
    STTDone,
    STTError,
    STTEvent,
    STTFlushDone,
    STTTranscript,
    STTTurnEagerEnd,
    STTTurnEnd,
    STTTurnResume,
    STTTurnStart,
    STTTurnUpdate,
    Transcription,
    Word,
)
from myna.client.heard import STTError as STTErrorResponse
from myna.client.heard import Transcription as STTTranscribeResponse
from myna.client.heard import Transcription as SttTranscribeResponse
from myna.client.heard import Transcription as TranscriptionResponse
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
    STTBatchModel,
    STTEncoding,
    STTTranscribeParams,
    SupportedLanguage,
    TTSInfillParams,
    VoiceAccent,
    VoiceAddAccentsParams,
    VoiceChangerGenerateParams,
    VoiceCloneParams,
    VoiceGetParams,
    VoiceListParams,
    VoiceLocalizeParams,
    VoiceUpdateParams,
)
from myna.client.params import STTTranscribeParams as SttTranscribeParams
from myna.client.params import VoiceChangerGenerateParams as VoiceChangerChangeVoiceBytesParams
from myna.client.params import VoiceChangerGenerateParams as VoiceChangerChangeVoiceSseParams
from myna.client.params import VoiceChangerGenerateParams as VoiceChangerGenerateSSEParams
from myna.client.reconnecting import ReconnectingEvent, ReconnectingOverrides
from myna.types import stt

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
    "ReconnectingEvent",
    "ReconnectingOverrides",
    "STTBatchModel",
    "STTConnected",
    "STTDone",
    "STTEncoding",
    "STTError",
    "STTErrorResponse",
    "STTEvent",
    "STTFlushDone",
    "STTTranscribeParams",
    "STTTranscribeResponse",
    "STTTranscript",
    "STTTurnEagerEnd",
    "STTTurnEnd",
    "STTTurnResume",
    "STTTurnStart",
    "STTTurnUpdate",
    "SttTranscribeParams",
    "SttTranscribeResponse",
    "SupportedLanguage",
    "TTSInfillParams",
    "TTSSSEEvent",
    "Timestamps",
    "Transcription",
    "TranscriptionResponse",
    "UnknownEvent",
    "Voice",
    "VoiceAccent",
    "VoiceAddAccentsParams",
    "VoiceChangerChangeVoiceBytesParams",
    "VoiceChangerChangeVoiceSseParams",
    "VoiceChangerChunk",
    "VoiceChangerGenerateParams",
    "VoiceChangerGenerateSSEParams",
    "VoiceChangerSSEChunk",
    "VoiceChangerSSEDone",
    "VoiceChangerSSEError",
    "VoiceChangerSSEEvent",
    "VoiceCloneParams",
    "VoiceGetParams",
    "VoiceListParams",
    "VoiceLocale",
    "VoiceLocalizeParams",
    "VoiceMetadata",
    "VoiceSpecifierParam",
    "VoiceUpdateParams",
    "WebsocketResponse",
    "Word",
    "WordTimestamps",
    "stt",
]
