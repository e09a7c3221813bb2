"""Access tokens, for threads."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Unpack

from myna.client.calls import Call, Extras
from myna.client.models import AccessToken
from myna.client.sentinels import Omit, omit
from myna.client.sync.resource import Resource, as_raw, as_streamed


class AccessTokens(Resource):
    """Tokens that programs which must not know the key, such as web pages, show instead of it."""

    @cached_property
    def with_raw_response(self) -> AccessTokensWithRawResponse:
        """The same methods, returning responses with their headers."""
        return AccessTokensWithRawResponse(self)

    @cached_property
    def with_streaming_response(self) -> AccessTokensWithStreamingResponse:
        """The same methods, returning responses whose body is not read yet; use them in `with`."""
        return AccessTokensWithStreamingResponse(self)

    def create(
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
        return self._run_as(Call.of("POST", "/access-token", fields, **extras), AccessToken)


class AccessTokensWithRawResponse:
    """The methods of `AccessTokens`, returning responses with their headers."""

    def __init__(self, tokens: AccessTokens) -> None:
        raw = AccessTokens(tokens._client, "raw")
        self.create = as_raw(raw.create)


class AccessTokensWithStreamingResponse:
    """The methods of `AccessTokens`, returning unread responses; use them in `with`."""

    def __init__(self, tokens: AccessTokens) -> None:
        streamed = AccessTokens(tokens._client, "streamed")
        self.create = as_streamed(streamed.create)
