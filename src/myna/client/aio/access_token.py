"""Access tokens, for asyncio."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Unpack

from myna.client.aio.resource import AsyncResource, as_raw, as_streamed
from myna.client.calls import Call, Extras
from myna.client.models import AccessToken
from myna.client.sentinels import Omit, omit


class AsyncAccessTokens(AsyncResource):
    """Tokens that programs which must not know the key, such as web pages, show instead of it."""

    @cached_property
    def with_raw_response(self) -> AsyncAccessTokensWithRawResponse:
        """The same methods, returning responses with their headers."""
        return AsyncAccessTokensWithRawResponse(self)

    @cached_property
    def with_streaming_response(self) -> AsyncAccessTokensWithStreamingResponse:
        """The same methods, returning responses whose body is not read yet; use them in `async with`."""
        return AsyncAccessTokensWithStreamingResponse(self)

    async def create(
        self,
        *,
        expires_in: int | Omit | None = omit,
        grants: Mapping[str, bool | None] | Omit | None = omit,
        **extras: Unpack[Extras],
    ) -> AccessToken:
        """Make a token.

        Args:
            expires_in: seconds for which it is good, 3600 at most.
            grants: what it allows, such as `{"tts": True}`; nothing where omitted.
            extras: `extra_headers`, `extra_query`, `extra_body` and `timeout` of this call.

        Raises:
            BadRequestError: more seconds than a token may last, or fewer than one.
            AuthenticationError: the key is wrong, or it is a token itself.
            PermissionDeniedError: the key may not make tokens, or not with these grants.
        """
        fields = {"expires_in": expires_in, "grants": grants}
        return await self._run_as(Call.of("POST", "/access-token", fields, **extras), AccessToken)


class AsyncAccessTokensWithRawResponse:
    """The methods of `AsyncAccessTokens`, returning responses with their headers."""

    def __init__(self, tokens: AsyncAccessTokens) -> None:
        raw = AsyncAccessTokens(tokens._client, "raw")
        self.create = as_raw(raw.create)


class AsyncAccessTokensWithStreamingResponse:
    """The methods of `AsyncAccessTokens`, returning unread responses; use them in `async with`."""

    def __init__(self, tokens: AsyncAccessTokens) -> None:
        streamed = AsyncAccessTokens(tokens._client, "streamed")
        self.create = as_streamed(streamed.create)
