"""The client's methods in their raw and streamed forms, for threads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

from myna.client.calls import Call, Extras
from myna.client.models import Status
from myna.client.sync.access_token import AccessTokensWithRawResponse, AccessTokensWithStreamingResponse
from myna.client.sync.pronunciation_dicts import (
    PronunciationDictsWithRawResponse,
    PronunciationDictsWithStreamingResponse,
)
from myna.client.sync.resource import Resource, as_raw, as_streamed
from myna.client.sync.stt import STTWithRawResponse, STTWithStreamingResponse
from myna.client.sync.tts import TTSWithRawResponse, TTSWithStreamingResponse
from myna.client.sync.voice_changer import VoiceChangerWithRawResponse, VoiceChangerWithStreamingResponse
from myna.client.sync.voices import VoicesWithRawResponse, VoicesWithStreamingResponse

if TYPE_CHECKING:
    from myna.client.sync.client import Myna


class StatusCalls(Resource):
    """The calls that belong to no group."""

    def get_status(self, **extras: Unpack[Extras]) -> Status:
        """How the server is."""
        return self._run_as(Call.of("GET", "/", **extras), Status)


class ClientWithRawResponse:
    """The client's methods, returning responses with their headers."""

    def __init__(self, client: Myna) -> None:
        self.tts = TTSWithRawResponse(client.tts)
        self.stt = STTWithRawResponse(client.stt)
        self.voice_changer = VoiceChangerWithRawResponse(client.voice_changer)
        self.voices = VoicesWithRawResponse(client.voices)
        self.pronunciation_dicts = PronunciationDictsWithRawResponse(client.pronunciation_dicts)
        self.access_token = AccessTokensWithRawResponse(client.access_token)
        self.get_status = as_raw(StatusCalls(client, "raw").get_status)


class ClientWithStreamingResponse:
    """The client's methods, returning responses whose body is not read yet; use them in `with`."""

    def __init__(self, client: Myna) -> None:
        self.tts = TTSWithStreamingResponse(client.tts)
        self.stt = STTWithStreamingResponse(client.stt)
        self.voice_changer = VoiceChangerWithStreamingResponse(client.voice_changer)
        self.voices = VoicesWithStreamingResponse(client.voices)
        self.pronunciation_dicts = PronunciationDictsWithStreamingResponse(client.pronunciation_dicts)
        self.access_token = AccessTokensWithStreamingResponse(client.access_token)
        self.get_status = as_streamed(StatusCalls(client, "streamed").get_status)
