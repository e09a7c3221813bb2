"""What a client is set to: where it talks to, with which key, headers and patience."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from myna._version import __version__
from myna.client.errors import InvalidCall
from myna.client.sentinels import NotGiven, Omit, not_given
from myna.transport.addresses import Address, with_query
from myna.transport.deadlines import TimeoutParts, Timeouts

if TYPE_CHECKING:
    import httpx

    from myna.transport.protocols import Target

V = TypeVar("V")

API_VERSION = "2026-08-14"
"""The API version that clients speak unless `cartesia-version` says otherwise."""
CLOUD = "https://api.cartesia.ai"
DEFAULT_MAX_RETRIES = 2

Headers = Mapping[str, "str | Omit"]
Query = Mapping[str, object]
Body = object


@dataclass(frozen=True, slots=True)
class Settings:
    """All that a client was told, with the environment read.

    Attributes:
        address: the server; None for this machine's own engines.
        api_key, token: sent as a bearer token; the key wins.
        timeout: as given; `not_given` for the default.
        max_retries: how often a failed request is sent again.
        headers, query: added to every request.
        base_url, websocket_base_url: as given or read from the environment.
        data: folder of this machine's library; None for this user's.
    """

    address: Address | None
    api_key: str | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)
    base_url: str | None = None
    websocket_base_url: str | None = None
    timeout: float | TimeoutParts | NotGiven | None = not_given
    max_retries: int = DEFAULT_MAX_RETRIES
    headers: Mapping[str, str | Omit] = field(default_factory=dict, repr=False)
    query: Mapping[str, object] = field(default_factory=dict, repr=False)
    data: Path | None = None

    @property
    def timeouts(self) -> Timeouts:
        """Seconds for the parts of a call."""
        return timeouts_of(self.timeout, Timeouts())

    def all_headers(self, more: Headers | None = None, *, version: str = API_VERSION) -> dict[str, str]:
        """Headers of a request; `Omit` takes one away. `version` is spoken unless they say otherwise."""
        key = self.api_key or self.token
        merged: dict[str, tuple[str, str | Omit]] = {}
        usual = {
            "cartesia-version": version,
            "User-Agent": user_agent(),
            "X-Cartesia-Client": user_agent(),
        }
        if key:
            usual["Authorization"] = f"Bearer {key}"
        for source in (usual, self.headers, more or {}):
            for name, value in source.items():
                merged[name.lower()] = (name, value)
        return {name: value for name, value in merged.values() if not isinstance(value, Omit)}

    def all_query(self, more: Query | None = None) -> dict[str, object]:
        """Query parameters of a request."""
        merged = {**self.query, **(more or {})}
        return {key: value for key, value in merged.items() if not isinstance(value, Omit | NotGiven)}

    def url(self, path: str) -> str:
        """The HTTP URL of `path`, which may be a whole URL already."""
        if "://" in path:
            return path
        base = self.address.http if self.address is not None else LOCAL_URL
        return f"{base}/{path.lstrip('/')}"

    def target(self, path: str, *, query: Query, headers: Headers, options: Mapping[str, Any]) -> Target:
        """Where and how to open the WebSocket of `path`.

        Raises:
            InvalidCall: an option does not exist.
        """
        from myna.transport.protocols import Target

        assert self.address is not None
        chosen = {key: value for key, value in options.items() if key not in _TUNING_ELSEWHERE}
        if "open_timeout" not in chosen:
            chosen["open_timeout"] = self.timeouts.connect
        for name in ("extensions", "subprotocols"):
            chosen[name] = chosen.get(name) or ()
        url = with_query(f"{self.address.websocket}/{path.lstrip('/')}", self.all_query(query))
        try:
            return Target(url=url, headers=self.all_headers(headers), **chosen)
        except TypeError as error:
            raise InvalidCall(f"websocket_connection_options: {error}.") from None

    def version(self, query: Query, headers: Headers) -> str | None:
        """The API version of a connection that is opened with these."""
        named = {name.lower(): value for name, value in self.all_headers(headers).items()}
        asked = self.all_query(query).get("cartesia_version") or named.get("cartesia-version")
        return None if asked is None else str(asked)

    def changed(self, **changes: Any) -> Settings:
        """These settings with some replaced, and the address read anew."""
        changed = replace(self, **changes)
        if changed.base_url is None:
            return changed
        return replace(changed, address=Address.of(changed.base_url, changed.websocket_base_url))


LOCAL_URL = "http://myna.local"
"""Stands for this machine's own engines where something wants a URL."""

_TUNING_ELSEWHERE = frozenset({"max_queue", "write_limit"})
"""Options of the `websockets` library about buffers that Myna bounds itself."""


def merged(
    what: str, now: Mapping[str, V], added: Mapping[str, V] | None, instead: Mapping[str, V] | None
) -> Mapping[str, V]:
    """What there is now with something added, or something else instead.

    Raises:
        InvalidCall: both were given.
    """
    if added is not None and instead is not None:
        raise InvalidCall(f"default_{what} and set_default_{what} exclude each other; give one of them.")
    return instead if instead is not None else {**now, **(added or {})}


def timeouts_of(timeout: float | TimeoutParts | NotGiven | None, otherwise: Timeouts) -> Timeouts:
    """The parts of a timeout, or `otherwise` where none was given."""
    return otherwise if isinstance(timeout, NotGiven) else Timeouts.of(timeout)


def myna_settings(
    *, base_url: str | httpx.URL | None, api_key: str | None, has_http_client: bool, **rest: Any
) -> Settings:
    """Settings of `Myna`: without a URL it speaks on this machine, whatever keys there are.

    Raises:
        InvalidCall: an HTTP client was given, but no URL for it; or a data folder and a URL.
        UsageError: the URL cannot be read.
    """
    url = _text(base_url) or os.environ.get("MYNA_BASE_URL") or None
    if url is None and has_http_client:
        raise InvalidCall("An http_client needs a server to talk to; give base_url too.")
    if url is not None and not api_key:
        api_key = os.environ.get("MYNA_API_KEY") or None
    return _settings(url, api_key, rest)


def cartesia_settings(
    *, base_url: str | httpx.URL | None, api_key: str | None, has_http_client: bool, **rest: Any
) -> Settings:
    """Settings of `Cartesia`: the cloud, unless a URL says otherwise; this machine with neither key nor URL.

    Raises:
        InvalidCall: a data folder was given, but this is not this machine.
        UsageError: the URL cannot be read.
    """
    if not api_key and not rest.get("token"):
        api_key = os.environ.get("CARTESIA_API_KEY") or None
    url = _text(base_url) or os.environ.get("CARTESIA_BASE_URL") or None
    if url is None and (api_key or rest.get("token") or rest.get("websocket_base_url")):
        url = CLOUD
    custom = os.environ.get("CARTESIA_CUSTOM_HEADERS", "")
    pairs = (line.partition(":") for line in custom.split("\n"))
    rest["headers"] = {
        **{name.strip(): value.strip() for name, colon, value in pairs if colon},
        **(rest.get("headers") or {}),
    }
    return _settings(url, api_key, rest)


def _settings(url: str | None, api_key: str | None, rest: dict[str, Any]) -> Settings:
    websocket = _text(rest.pop("websocket_base_url", None))
    data = rest.pop("data", None)
    if data is not None and url is not None:
        raise InvalidCall(f"data is a folder of this machine, but {url} is a server; leave one of them out.")
    rest["headers"] = dict(rest.get("headers") or {})
    rest["query"] = dict(rest.get("query") or {})
    return Settings(
        address=Address.of(url, websocket) if url is not None else None,
        api_key=api_key or None,
        base_url=url,
        websocket_base_url=websocket,
        data=None if data is None else Path(data),
        **rest,
    )


def _text(url: str | httpx.URL | None) -> str | None:
    return None if url is None else str(url)


def user_agent() -> str:
    """How clients introduce themselves."""
    return f"myna-python/{__version__}"
