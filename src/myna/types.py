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
from myna.client.models import Status as GetStatusResponse
from myna.client.models import Voice, VoiceAccent, VoiceLocale

__all__ = [
    "Chunk",
    "Done",
    "Error",
    "Event",
    "FlushDone",
    "GetStatusResponse",
    "OutputFormat",
    "PhonemeTimestamps",
    "PhonemeTimestampsData",
    "TTSSSEEvent",
    "Timestamps",
    "UnknownEvent",
    "Voice",
    "VoiceAccent",
    "VoiceLocale",
    "VoiceSpecifierParam",
    "WebsocketResponse",
    "WordTimestamps",
]
