"""What resources share: how a call is run and in which form its answer is given."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from typing import TYPE_CHECKING, Any, Literal, ParamSpec, TypeVar, cast

from myna.client.aio.pages import AsyncCursorIDPage
from myna.client.aio.responses import (
    AsyncAPIResponse,
    AsyncBinaryAPIResponse,
    AsyncResponseOpener,
    AsyncStreamedBinaryAPIResponse,
)
from myna.client.calls import Call, Extras
from myna.client.casting import read_as
from myna.client.models import Model
from myna.client.paging import fields_of

if TYPE_CHECKING:
    import httpx

    from myna.client.aio.client import AsyncMyna

P = ParamSpec("P")
R = TypeVar("R")
M = TypeVar("M", bound=Model)
Form = Literal["parsed", "raw", "streamed"]


class AsyncResource:
    """A group of calls of one client.

    `form` says what its methods return: what the answer means, the response, or an opener of one.
    """

    def __init__(self, client: AsyncMyna, form: Form = "parsed") -> None:
        self._client = client
        self._form = form

    async def _run(
        self, call: Call, parse: Callable[[httpx.Response], Awaitable[R]], *, stream: bool = False
    ) -> R:
        """Run a call whose answer `parse` reads; `stream` leaves the body to it."""
        if self._form == "parsed":
            return await parse((await self._client.send(call, stream=stream))[0])
        if self._form == "raw":
            response, retries = await self._client.send(call, stream=stream)
            return cast(R, AsyncAPIResponse(response, parse, retries))

        async def open() -> AsyncAPIResponse[R]:
            return AsyncAPIResponse(*await self._open(call, parse))

        return cast(R, AsyncResponseOpener(open))

    async def _run_binary(self, call: Call) -> AsyncBinaryAPIResponse:
        """Run a call whose answer is audio."""
        if self._form == "streamed":

            async def open() -> AsyncStreamedBinaryAPIResponse:
                return AsyncStreamedBinaryAPIResponse(*await self._open(call, _content))

            return cast(AsyncBinaryAPIResponse, AsyncResponseOpener(open))
        response, retries = await self._client.send(call)
        return AsyncBinaryAPIResponse(response, _content, retries)

    async def _run_as(self, call: Call, kind: type[R]) -> R:
        """Run a call whose answer is a model."""

        async def parse(response: httpx.Response) -> R:
            return read_as(response, kind)

        return await self._run(call, parse)

    async def _page(
        self, path: str, kind: type[M], query: dict[str, object], extras: Extras
    ) -> AsyncCursorIDPage[M]:
        """Run a call whose answer is one page of a list."""

        async def parse(response: httpx.Response) -> AsyncCursorIDPage[M]:
            async def following(query: dict[str, object]) -> AsyncCursorIDPage[M]:
                return await AsyncResource(self._client)._page(path, kind, query, extras)

            return AsyncCursorIDPage(fields_of(read_as(response, object)), kind, query, following)

        return await self._run(Call.of("GET", path, query=query, **extras), parse)

    async def _open(
        self, call: Call, parse: Callable[[httpx.Response], Awaitable[R]]
    ) -> tuple[httpx.Response, Callable[[httpx.Response], Awaitable[R]], int]:
        response, retries = await self._client.send(call, stream=True)
        return response, _reading(parse), retries


def as_raw(method: Callable[P, Awaitable[R]]) -> Callable[P, Coroutine[None, None, AsyncAPIResponse[R]]]:
    """The type of a method of a resource whose form is raw."""
    return cast("Callable[P, Coroutine[None, None, AsyncAPIResponse[R]]]", method)


def as_streamed(method: Callable[P, Awaitable[R]]) -> Callable[P, AsyncResponseOpener[AsyncAPIResponse[R]]]:
    """The type of a method of a resource whose form is streamed."""
    return cast("Callable[P, AsyncResponseOpener[AsyncAPIResponse[R]]]", _opening(method))


def as_streamed_binary(
    method: Callable[P, Awaitable[AsyncBinaryAPIResponse]],
) -> Callable[P, AsyncResponseOpener[AsyncStreamedBinaryAPIResponse]]:
    """The type of a method that gives audio, of a resource whose form is streamed."""
    return cast("Callable[P, AsyncResponseOpener[AsyncStreamedBinaryAPIResponse]]", _opening(method))


def _opening(method: Callable[..., Any]) -> Callable[..., AsyncResponseOpener[Any]]:
    """A plain function that opens what the coroutine function `method` gives an opener for."""

    def opener(*args: Any, **options: Any) -> AsyncResponseOpener[Any]:
        async def open() -> Any:
            return await (await method(*args, **options)).open()

        return AsyncResponseOpener(open)

    return opener


async def _content(response: httpx.Response) -> bytes:
    await response.aread()
    return response.content


def _reading(parse: Callable[[httpx.Response], Awaitable[R]]) -> Callable[[httpx.Response], Awaitable[R]]:
    """`parse`, for a body that was not read; streams of events read it themselves."""
    from myna.client.aio.stream import STREAMS

    if parse in STREAMS:
        return parse

    async def read(response: httpx.Response) -> R:
        await response.aread()
        return await parse(response)

    return read
