"""`POST /access-token`."""

from __future__ import annotations

from myna.conversation.calls import JSON, Answer, Asked, Call
from myna.server.access.tokens import Tokens
from myna.speech.access import SCOPES
from myna.speech.errors import PermissionDenied
from myna.wire.cartesia.codec import decode_body, encode
from myna.wire.cartesia.tokens import DEFAULT_SECONDS, Grants, TokenRequest, TokenResponse


class Issuing:
    """Makes access tokens for callers who have shown a key that may."""

    def __init__(self, tokens: Tokens) -> None:
        self._tokens = tokens

    def call(self) -> Call:
        """The call, for the table of the server."""
        return Call(
            "POST", "/access-token", self._make, "Make an access token",
            takes=TokenRequest, gives=(TokenResponse,),
        )  # fmt: skip

    async def _make(self, asked: Asked) -> Answer:
        wanted = decode_body(asked.body.strip() or b"{}", TokenRequest)
        grants = (wanted.grants or Grants()).names
        for grant in grants:
            if grant in SCOPES and grant not in asked.caller.scopes:
                raise PermissionDenied(f"This API key is not allowed {grant} itself; use a key that is.")
        token = self._tokens.make(asked.caller.key_id, grants, wanted.expires_in or DEFAULT_SECONDS)
        head = {"content-type": JSON, "cache-control": "no-store"}
        return Answer(200, head, encode(TokenResponse(token=token)))
