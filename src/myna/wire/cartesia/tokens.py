"""`POST /access-token`: what is asked for and what is answered."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

DEFAULT_SECONDS = 60
LONGEST_SECONDS = 3600


class Grants(Struct, kw_only=True, omit_defaults=True):
    """What a token is to allow; what is not there is not allowed."""

    tts: bool | None = None
    stt: bool | None = None
    agent: bool | None = None

    @property
    def names(self) -> list[str]:
        """What is allowed."""
        return [name for name in ("agent", "stt", "tts") if getattr(self, name)]


class TokenRequest(Struct, kw_only=True, omit_defaults=True):
    """The body of a request for a token; `expires_in` is how long it is to be good, in seconds."""

    grants: Grants | None = None
    expires_in: Annotated[int, Meta(ge=1, le=LONGEST_SECONDS)] | None = None


class TokenResponse(Struct, kw_only=True):
    """The answer to it."""

    token: str
