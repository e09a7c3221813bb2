"""What resources share: how a call is run and in which form its answer is given."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal, ParamSpec, TypeVar, cast

from myna.client.calls import Call, Extras
from myna.client.casting import read_as
from myna.client.models import Model
from myna.client.paging import fields_of
from myna.client.sync.pages import CursorIDPage
from myna.client.sync.responses import (
    APIResponse,
    BinaryAPIResponse,
    ResponseOpener,
    StreamedBinaryAPIResponse,
)

if TYPE_CHECKING:
    import httpx

    from myna.client.sync.client import Myna

P = ParamSpec("P")
R = TypeVar("R")
M = TypeVar("M", bound=Model)
Form = Literal["parsed", "raw", "streamed"]


class Resource:
    """A group of calls of one client.

    `form` says what its methods return: what the answer means, the response, or an opener of one.
    """

    def __init__(self, client: Myna, form: Form = "parsed") -> None:
        self._client = client
        self._form = form

    def _run(self, call: Call, parse: Callable[[httpx.Response], R], *, stream: bool = False) -> R:
        """Run a call whose answer `parse` reads; `stream` leaves the body to it."""
        if self._form == "parsed":
            return parse(self._client.send(call, stream=stream)[0])
        if self._form == "raw":
            response, retries = self._client.send(call, stream=stream)
            return cast(R, APIResponse(response, parse, retries))
        return cast(R, ResponseOpener(lambda: APIResponse(*self._open(call, parse))))

    def _run_binary(self, call: Call) -> BinaryAPIResponse:
        """Run a call whose answer is audio."""
        if self._form == "streamed":
            opener = ResponseOpener(lambda: StreamedBinaryAPIResponse(*self._open(call, _content)))
            return cast(BinaryAPIResponse, opener)
        response, retries = self._client.send(call)
        return BinaryAPIResponse(response, _content, retries)

    def _run_as(self, call: Call, kind: type[R]) -> R:
        """Run a call whose answer is a model."""
        return self._run(call, lambda response: read_as(response, kind))

    def _page(self, path: str, kind: type[M], query: dict[str, object], extras: Extras) -> CursorIDPage[M]:
        """Run a call whose answer is one page of a list."""

        def parse(response: httpx.Response) -> CursorIDPage[M]:
            def following(query: dict[str, object]) -> CursorIDPage[M]:
                return Resource(self._client)._page(path, kind, query, extras)

            return CursorIDPage(fields_of(read_as(response, object)), kind, query, following)

        return self._run(Call.of("GET", path, query=query, **extras), parse)

    def _open(self, call: Call, parse: Callable[[httpx.Response], R]) -> tuple[httpx.Response, Any, int]:
        response, retries = self._client.send(call, stream=True)
        return response, _reading(parse), retries


def as_raw(method: Callable[P, R]) -> Callable[P, APIResponse[R]]:
    """The type of a method of a resource whose form is raw."""
    return cast(Callable[P, APIResponse[R]], method)


def as_streamed(method: Callable[P, R]) -> Callable[P, ResponseOpener[APIResponse[R]]]:
    """The type of a method of a resource whose form is streamed."""
    return cast(Callable[P, ResponseOpener[APIResponse[R]]], method)


def as_streamed_binary(
    method: Callable[P, BinaryAPIResponse],
) -> Callable[P, ResponseOpener[StreamedBinaryAPIResponse]]:
    """The type of a method that gives audio, of a resource whose form is streamed."""
    return cast(Callable[P, ResponseOpener[StreamedBinaryAPIResponse]], method)


def _content(response: httpx.Response) -> bytes:
    response.read()
    return response.content


def _reading(parse: Callable[[httpx.Response], R]) -> Callable[[httpx.Response], R]:
    """`parse`, for a body that was not read; streams of events read it themselves."""
    from myna.client.sync.stream import STREAMS

    if parse in STREAMS:
        return parse

    def read(response: httpx.Response) -> R:
        response.read()
        return parse(response)

    return read
