"""One HTTP call, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypedDict, Unpack

from myna.client.errors import InvalidCall
from myna.client.sentinels import NotGiven, not_given, present
from myna.client.settings import Headers, Query, Settings, timeouts_of
from myna.transport.deadlines import TimeoutParts

if TYPE_CHECKING:
    import httpx

TimeoutParam = float | TimeoutParts | NotGiven | None
"""Seconds, an `httpx.Timeout`, None for no limit."""


class RequestOptions(TypedDict, total=False):
    """Options of a custom call."""

    headers: Headers
    params: Query
    extra_json: Mapping[str, object]
    timeout: TimeoutParam
    max_retries: int


class Extras(TypedDict, total=False):
    """What every method takes besides its own arguments.

    Attributes:
        extra_headers: added to the client's, or `omit` to take one away.
        extra_query: added to the client's.
        extra_body: added to the body's fields.
        timeout: instead of the client's.
    """

    extra_headers: Headers | None
    extra_query: Query | None
    extra_body: Mapping[str, object] | None
    timeout: TimeoutParam


@dataclass(frozen=True, slots=True)
class Call:
    """One HTTP call.

    Attributes:
        method: of HTTP.
        path: below the base URL, or a whole URL.
        fields: the body as JSON fields; None for no body. Omitted values are left out.
        content: the body as it is, instead of `fields`.
        headers, query: besides the client's own.
        timeout: instead of the client's.
        max_retries: instead of the client's.
    """

    method: str
    path: str
    fields: Mapping[str, object] | None = None
    content: bytes | None = None
    headers: Headers = field(default_factory=dict)
    query: Query = field(default_factory=dict)
    timeout: TimeoutParam = not_given
    max_retries: int | None = None

    @classmethod
    def of(
        cls,
        method: str,
        path: str,
        fields: Mapping[str, object] | None = None,
        *,
        accept: str | None = None,
        query: Query | None = None,
        **extras: Unpack[Extras],
    ) -> Call:
        """A call with the extras of its caller."""
        body = present({**(fields or {}), **(extras.get("extra_body") or {})})
        return cls(
            method=method,
            path=path,
            fields=None if fields is None and not body else body,
            headers={**({"Accept": accept} if accept else {}), **(extras.get("extra_headers") or {})},
            query={**present(dict(query or {})), **(extras.get("extra_query") or {})},
            timeout=extras.get("timeout", not_given),
        )

    @classmethod
    def custom(cls, method: str, path: str, body: object, options: RequestOptions) -> Call:
        """A call of the user's own."""
        extra = dict(options.get("extra_json") or {})
        content = body if isinstance(body, bytes) else None
        if content is None and not (body is None or isinstance(body, Mapping)):
            raise InvalidCall("The body of a call is a mapping or bytes.")
        fields = {**body, **extra} if isinstance(body, Mapping) else extra or None
        return cls(
            method=method,
            path=path,
            fields=fields,
            content=content,
            headers=options.get("headers") or {},
            query=options.get("params") or {},
            timeout=options.get("timeout", not_given),
            max_retries=options.get("max_retries"),
        )

    def request(
        self, client: httpx.Client | httpx.AsyncClient, settings: Settings, *, whole: bool
    ) -> httpx.Request:
        """The request of this call, for one try; `whole` where nobody reads an unfinished answer."""
        import httpx

        timeouts = timeouts_of(self.timeout, settings.timeouts)
        query = settings.all_query(self.query)
        return client.build_request(
            self.method,
            settings.url(self.path),
            params={name: _plain(value) for name, value in query.items()} or None,
            json=self.fields,
            content=self.content,
            headers=settings.all_headers(self.headers),
            timeout=httpx.Timeout(
                connect=timeouts.connect, read=timeouts.read, write=timeouts.write, pool=timeouts.pool
            ),
            extensions={"whole": True} if whole else None,
        )

    def retries(self, settings: Settings) -> int:
        """How often this call may be tried again."""
        return settings.max_retries if self.max_retries is None else self.max_retries


def _plain(value: object) -> Any:
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, (str, int, float, bool)) or value is None:
        return value
    return str(value)
