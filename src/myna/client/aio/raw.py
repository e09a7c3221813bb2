"""The client's methods in their raw and streamed forms, for asyncio."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

from myna.client.aio.access_token import (
    AsyncAccessTokensWithRawResponse,
    AsyncAccessTokensWithStreamingResponse,
)
from myna.client.aio.pronunciation_dicts import (
    AsyncPronunciationDictsWithRawResponse,
    AsyncPronunciationDictsWithStreamingResponse,
)
from myna.client.aio.resource import AsyncResource, as_raw, as_streamed
from myna.client.aio.stt import AsyncSTTWithRawResponse, AsyncSTTWithStreamingResponse
from myna.client.aio.tts import AsyncTTSWithRawResponse, AsyncTTSWithStreamingResponse
from myna.client.aio.voice_changer import (
    AsyncVoiceChangerWithRawResponse,
    AsyncVoiceChangerWithStreamingResponse,
)
from myna.client.aio.voices import AsyncVoicesWithRawResponse, AsyncVoicesWithStreamingResponse
from myna.client.calls import Call, Extras
from myna.client.models import Status

if TYPE_CHECKING:
    from myna.client.aio.client import AsyncMyna


class AsyncStatusCalls(AsyncResource):
    """The calls that belong to no group."""

    async def get_status(self, **extras: Unpack[Extras]) -> Status:
        """How the server is."""
        return await self._run_as(Call.of("GET", "/", **extras), Status)


class AsyncClientWithRawResponse:
    """The client's methods, returning responses with their headers."""

    def __init__(self, client: AsyncMyna) -> None:
        self.tts = AsyncTTSWithRawResponse(client.tts)
        self.stt = AsyncSTTWithRawResponse(client.stt)
        self.voice_changer = AsyncVoiceChangerWithRawResponse(client.voice_changer)
        self.voices = AsyncVoicesWithRawResponse(client.voices)
        self.pronunciation_dicts = AsyncPronunciationDictsWithRawResponse(client.pronunciation_dicts)
        self.access_token = AsyncAccessTokensWithRawResponse(client.access_token)
        self.get_status = as_raw(AsyncStatusCalls(client, "raw").get_status)


class AsyncClientWithStreamingResponse:
    """The client's methods, returning responses whose body is not read yet; use them in `async with`."""

    def __init__(self, client: AsyncMyna) -> None:
        self.tts = AsyncTTSWithStreamingResponse(client.tts)
        self.stt = AsyncSTTWithStreamingResponse(client.stt)
        self.voice_changer = AsyncVoiceChangerWithStreamingResponse(client.voice_changer)
        self.voices = AsyncVoicesWithStreamingResponse(client.voices)
        self.pronunciation_dicts = AsyncPronunciationDictsWithStreamingResponse(client.pronunciation_dicts)
        self.access_token = AsyncAccessTokensWithStreamingResponse(client.access_token)
        self.get_status = as_streamed(AsyncStatusCalls(client, "streamed").get_status)
