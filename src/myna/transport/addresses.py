"""From what people write as a base URL to the two URLs that are used."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote, urlencode, urlsplit

from myna.speech.errors import UsageError

_SECURE = {"http": False, "https": True, "ws": False, "wss": True}
_LOOPBACK_NAMES = ("localhost", "::1", "0.0.0.0")


@dataclass(frozen=True, slots=True)
class Address:
    """Where a server is.

    Attributes:
        http: base URL of its HTTP endpoints, without a slash at the end.
        websocket: base URL of its WebSockets, without a slash at the end.

    Example:
        >>> Address.of("localhost:8000")
        Address(http='http://localhost:8000', websocket='ws://localhost:8000')
    """

    http: str
    websocket: str

    @classmethod
    def of(cls, base_url: str, websocket_base_url: str | None = None) -> Address:
        """Read a base URL in any of its spellings.

        Host, host:port and URLs of scheme http, https, ws or wss are read, with or without a path.
        Without a scheme, this machine is spoken to in plain text and any other with TLS.

        Raises:
            UsageError: not a URL of these forms.
        """
        secure, rest = _read(base_url)
        websocket_secure, websocket_rest = secure, rest
        if websocket_base_url is not None:
            websocket_secure, websocket_rest = _read(websocket_base_url)
        return cls(
            http=("https://" if secure else "http://") + rest,
            websocket=("wss://" if websocket_secure else "ws://") + websocket_rest,
        )


def with_query(url: str, query: dict[str, object]) -> str:
    """`url` with these parameters appended; lists repeat their key."""
    if not query:
        return url
    pairs = query_pairs(query)
    return f"{url}{'&' if '?' in url else '?'}{urlencode(pairs, quote_via=quote)}"


def query_pairs(query: dict[str, object]) -> list[tuple[str, str]]:
    """Parameters as names and values; lists repeat their name."""
    return [(key, _plain(item)) for key, value in query.items() for item in _each(value)]


def _read(text: str) -> tuple[bool, str]:
    text = text.strip()
    scheme, separator, _ = text.partition("://")
    if not separator:
        host = urlsplit("//" + text).hostname or ""
        text = f"{'http' if _is_this_machine(host) else 'https'}://{text}"
        scheme = text.partition("://")[0]
    if scheme.lower() not in _SECURE:
        raise UsageError(f"The base URL must start with http, https, ws or wss, not {scheme[:20]!r}.")
    parts = urlsplit(text)
    try:
        valid = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        valid = False
    if not valid or any(character.isspace() for character in text):
        raise UsageError(f"{text[:80]!r} is not a URL; write it like http://localhost:8000.")
    return _SECURE[scheme.lower()], parts.netloc + parts.path.rstrip("/")


def _is_this_machine(host: str) -> bool:
    return host in _LOOPBACK_NAMES or host.endswith(".localhost") or host.startswith("127.")


def _each(value: object) -> list[object]:
    return list(value) if isinstance(value, (list, tuple)) else [value]


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
