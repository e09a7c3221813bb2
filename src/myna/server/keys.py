"""Who may come in: the documented ways to show a key."""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256

from myna.speech.errors import AuthError

QUERY_SECRETS = ("api_key", "access_token")
"""Parameters of the query whose values are never logged."""


class Keys:
    """Compares what a client shows with the keys that the server was given, in constant time."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._digests = [_digest(key) for key in keys]

    def check(self, headers: Mapping[str, str], query: Mapping[str, str]) -> None:
        """Let a request pass; the first credential that is valid counts.

        Raises:
            AuthError: none was shown or none is valid.
        """
        if not self._digests:
            return
        shown = [secret for secret in _credentials(headers, query) if secret]
        if not shown:
            raise AuthError(
                "No API key was sent; send it as 'Authorization: Bearer KEY', as 'X-API-Key: KEY' "
                "or as the query parameter api_key."
            )
        if not any(self._known(secret) for secret in shown):
            raise AuthError("This API key is not known here; check it for typing errors.")

    def _known(self, secret: str) -> bool:
        digest = _digest(secret)
        found = False
        for known in self._digests:
            found |= hmac.compare_digest(digest, known)
        return found


def _credentials(headers: Mapping[str, str], query: Mapping[str, str]) -> Iterable[str]:
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        yield token.strip()
    yield headers.get("x-api-key", "").strip()
    for name in QUERY_SECRETS:
        yield query.get(name, "")


def _digest(secret: str) -> bytes:
    return sha256(secret.encode(errors="surrogatepass")).digest()
