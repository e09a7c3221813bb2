"""One HTTP call, as data."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypedDict, TypeVar, Unpack
from urllib.parse import quote
from uuid import uuid4

from myna.client.errors import APIError, InvalidCall
from myna.client.sentinels import NotGiven, not_given, present
from myna.client.settings import API_VERSION, Headers, Query, Settings, timeouts_of
from myna.transport.deadlines import TimeoutParts

if TYPE_CHECKING:
    import httpx

    from myna.client.uploads import FileParam, Upload

E = TypeVar("E", bound=APIError)

IDEMPOTENCY_KEY = "Idempotency-Key"
"""Header whose value stays the same over all tries of one call, so that nothing is made twice."""

TimeoutParam = float | TimeoutParts | NotGiven | None
"""Seconds, an `httpx.Timeout`, None for no limit."""


class RequestOptions(TypedDict, total=False):
    """Options of a custom call; two calls with the same `idempotency_key` make one thing."""

    headers: Headers
    params: Query
    extra_json: Mapping[str, object]
    timeout: TimeoutParam
    max_retries: int
    idempotency_key: str


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
        data: the body as the fields of a form, instead of `fields`.
        files: the files of that form.
        headers, query: besides the client's own.
        timeout: instead of the client's.
        max_retries: instead of the client's.
        version: the API version that knows this call, unless the client's user chose one.
    """

    method: str
    path: str
    fields: Mapping[str, object] | None = None
    content: bytes | None = None
    data: Mapping[str, Any] | None = None
    files: tuple[Upload, ...] = ()
    headers: Headers = field(default_factory=dict)
    query: Query = field(default_factory=dict)
    timeout: TimeoutParam = not_given
    max_retries: int | None = None
    version: str = API_VERSION

    @classmethod
    def of(
        cls,
        method: str,
        path: str,
        fields: Mapping[str, object] | None = None,
        *,
        accept: str | None = None,
        query: Query | None = None,
        files: Mapping[str, FileParam] | None = None,
        creates: bool = False,
        version: str = API_VERSION,
        **extras: Unpack[Extras],
    ) -> Call:
        """A call with the extras of its caller.

        Args:
            method: of HTTP.
            path: below the base URL.
            fields: of the body.
            accept: media type of the answer.
            query: besides the client's own.
            files: sent with `fields` as a form.
            creates: whether something is made that a second try must not make again.
            version: see `Call.version`.
            extras: of the caller.

        Raises:
            TypeError: an extra does not exist.
            InvalidCall: a file is not what a file can be.
        """
        for name in extras.keys() - Extras.__annotations__.keys():
            raise TypeError(f"There is no argument {name!r}; `extra_body` takes fields of your own.")
        headers = {"Accept": accept} if accept else {}
        if creates:
            headers[IDEMPOTENCY_KEY] = str(uuid4())
        body = present({**(fields or {}), **(extras.get("extra_body") or {})})
        call = cls(
            method=method,
            path=path,
            headers={**headers, **(extras.get("extra_headers") or {})},
            query={**present(dict(query or {})), **(extras.get("extra_query") or {})},
            timeout=extras.get("timeout", not_given),
            version=version,
        )
        if files is not None:
            return call._with_form(body, files)
        return replace(call, fields=None if fields is None and not body else body)

    @classmethod
    def custom(
        cls,
        method: str,
        path: str,
        body: object,
        options: RequestOptions,
        files: Mapping[str, FileParam] | None = None,
    ) -> Call:
        """A call of the user's own."""
        extra = dict(options.get("extra_json") or {})
        content = body if isinstance(body, bytes) else None
        if content is None and not (body is None or isinstance(body, Mapping)):
            raise InvalidCall("The body of a call is a mapping or bytes.")
        fields = {**body, **extra} if isinstance(body, Mapping) else extra or None
        key = options.get("idempotency_key")
        call = cls(
            method=method,
            path=path,
            headers={**({IDEMPOTENCY_KEY: key} if key else {}), **(options.get("headers") or {})},
            query=options.get("params") or {},
            timeout=options.get("timeout", not_given),
            max_retries=options.get("max_retries"),
        )
        if files is None:
            return replace(call, fields=fields, content=content)
        if content is not None:
            raise InvalidCall("A body that comes with files is a mapping, not bytes.")
        return call._with_form(fields or {}, files)

    def _with_form(self, fields: Mapping[str, object], files: Mapping[str, FileParam]) -> Call:
        from myna.client.uploads import Upload, form_fields

        uploads = tuple(Upload(name, given) for name, given in files.items())
        return replace(self, data=form_fields(fields), files=uploads)

    def request(
        self,
        client: httpx.Client | httpx.AsyncClient,
        settings: Settings,
        files: ExitStack,
        *,
        tried: int,
        whole: bool,
    ) -> httpx.Request:
        """The request of this call, for one try.

        Args:
            client: builds and sends it.
            settings: of the client.
            files: closes what is opened for this try.
            tried: how many tries have failed before.
            whole: whether nobody reads an unfinished answer.
        """
        import httpx

        timeouts = timeouts_of(self.timeout, settings.timeouts)
        query = settings.all_query(self.query)
        count = {"x-stainless-retry-count": str(tried)}
        return client.build_request(
            self.method,
            settings.url(self.path),
            params={name: _plain(value) for name, value in query.items()} or None,
            json=self.fields,
            content=self.content,
            data=self.data,
            files=[upload.entry(files) for upload in self.files] or None,
            headers=settings.all_headers({**count, **self.headers}, version=self.version),
            timeout=httpx.Timeout(
                connect=timeouts.connect, read=timeouts.read, write=timeouts.write, pool=timeouts.pool
            ),
            extensions={"whole": True} if whole else None,
        )

    def retries(self, settings: Settings) -> int:
        """How often this call may be tried again; not at all with a file that can be read once only."""
        if self._sent_once:
            return 0
        return settings.max_retries if self.max_retries is None else self.max_retries

    def noted(self, error: E) -> E:
        """The error of a failed call, with a note where another try might have mended it."""
        if self._sent_once and error.retryable:
            names = ", ".join(upload.field for upload in self.files if not upload.resendable)
            error.add_note(f"It was not tried again: {names} can be read once only; give bytes or a path.")
        return error

    @property
    def _sent_once(self) -> bool:
        return not all(upload.resendable for upload in self.files)


def path_of(*names: str, **ids: str) -> str:
    """The path of a resource: each id behind its name, names without one at the end.

    Example:
        >>> path_of("voices", "accents", id="a/b")
        '/voices/a%2Fb/accents'

    Raises:
        InvalidCall: an id is empty.
    """
    for label, id in ids.items():
        if not id:
            raise InvalidCall(f"Expected a non-empty value for `{label}`; give an id.")
    left = iter(quote(str(id), safe="") for id in ids.values())
    parts = (part for name in names for part in (name, next(left, None)) if part is not None)
    return "/" + "/".join(parts)


def _plain(value: object) -> Any:
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, (str, int, float, bool)) or value is None:
        return value
    return str(value)
