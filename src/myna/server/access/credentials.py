"""The documented ways to show a credential."""

from __future__ import annotations

import re
from collections.abc import Mapping

QUERY_SECRETS = ("api_key", "access_token")
"""Parameters of the query whose values are never logged."""

_TOKEN = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*", re.ASCII)
_ANYWHERE = re.compile(r"sk_(?:myna|car)_\w+|eyJ[\w-]+\.[\w-]+\.[\w-]*", re.ASCII)


def shown(headers: Mapping[str, str], query: Mapping[str, str]) -> list[str]:
    """The secrets that a request shows, in the order in which they count."""
    scheme, _, bearer = headers.get("authorization", "").partition(" ")
    secrets = [bearer.strip()] if scheme.lower() == "bearer" else []
    secrets.append(headers.get("x-api-key", "").strip())
    secrets += [query.get(name, "") for name in QUERY_SECRETS]
    return [secret for secret in secrets if secret]


def is_token(secret: str) -> bool:
    """Whether a secret has the three parts of an access token."""
    return _TOKEN.fullmatch(secret) is not None


def masked(text: str) -> str:
    """A text without what looks like a key or a token, wherever somebody put it by mistake."""
    return _ANYWHERE.sub("***", text)
