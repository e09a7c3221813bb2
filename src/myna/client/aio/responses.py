"""HTTP responses as they came, for asyncio."""

from __future__ import annotations

import asyncio
import datetime
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

from myna.client.casting import read_as
from myna.client.reading import typed_errors

if TYPE_CHECKING:
    import httpx

T = TypeVar("T")
R = TypeVar("R")


class AsyncAPIResponse(Generic[T]):
    """A response with its headers; `parse` gives what the plain method would have returned.

    Attributes:
        http_response: the response of `httpx`.
        retries_taken: tries that had failed before.

    Example:
        >>> response = await client.voices.with_raw_response.get("Ada")
        >>> response.headers["content-type"], (await response.parse()).name
    """

    def __init__(
        self,
        http_response: httpx.Response,
        parse: Callable[[httpx.Response], Awaitable[T]],
        retries_taken: int = 0,
    ) -> None:
        self.http_response = http_response
        self.retries_taken = retries_taken
        self._parse = parse

    @property
    def headers(self) -> httpx.Headers:
        """The response's headers."""
        return self.http_response.headers

    @property
    def status_code(self) -> int:
        """The HTTP status."""
        return self.http_response.status_code

    @property
    def http_request(self) -> httpx.Request:
        """The request that was sent."""
        return self.http_response.request

    @property
    def url(self) -> httpx.URL:
        """The URL that was asked."""
        return self.http_response.url

    @property
    def method(self) -> str:
        """The method that was used."""
        return self.http_request.method

    @property
    def http_version(self) -> str:
        """The version of HTTP."""
        return self.http_response.http_version

    @property
    def elapsed(self) -> datetime.timedelta:
        """Time from the request to the end of the response."""
        return self.http_response.elapsed

    @property
    def is_closed(self) -> bool:
        """Whether the body was read or given up."""
        return self.http_response.is_closed

    @property
    def request_id(self) -> str | None:
        """To be told to whoever runs the server."""
        value: str | None = self.headers.get("x-request-id")
        return value

    @overload
    async def parse(self) -> T: ...

    @overload
    async def parse(self, *, to: type[R]) -> R: ...

    async def parse(self, *, to: type[R] | None = None) -> T | R:
        """What the plain method would have returned, or the body as `to`."""
        if to is None:
            return await self._parse(self.http_response)
        await self.read()
        return read_as(self.http_response, to)

    async def read(self) -> bytes:
        """The whole body.

        Raises:
            StreamAlreadyConsumed: it was iterated over before.
            APIConnectionError: the connection broke.
        """
        with typed_errors(self.http_response):
            return await self.http_response.aread()

    async def text(self) -> str:
        """The whole body as text."""
        await self.read()
        return self.http_response.text

    async def json(self) -> Any:
        """The whole body, decoded from JSON."""
        await self.read()
        return self.http_response.json()

    async def iter_bytes(self, chunk_size: int | None = None) -> AsyncIterator[bytes]:
        """The body piece by piece, as it comes or in pieces of `chunk_size` bytes."""
        with typed_errors(self.http_response):
            async for chunk in self.http_response.aiter_bytes(chunk_size):
                yield chunk

    async def iter_text(self, chunk_size: int | None = None) -> AsyncIterator[str]:
        """The body as text, piece by piece."""
        with typed_errors(self.http_response):
            async for text in self.http_response.aiter_text(chunk_size):
                yield text

    async def iter_lines(self) -> AsyncIterator[str]:
        """The body as text, line by line."""
        with typed_errors(self.http_response):
            async for line in self.http_response.aiter_lines():
                yield line

    async def close(self) -> None:
        """Give up what was not read, and free the connection."""
        await self.http_response.aclose()

    async def __aenter__(self) -> AsyncAPIResponse[T]:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} [{self.status_code} {self.http_response.reason_phrase}]>"


class AsyncBinaryAPIResponse(AsyncAPIResponse[bytes]):
    """Audio, read already.

    Example:
        >>> response = await client.tts.generate(**request)
        >>> await response.write_to_file("hello.wav")
    """

    async def write_to_file(self, file: str | os.PathLike[str]) -> None:
        """Write the audio to `file`; a WAV header that could not know the length is set right."""
        data = await self.read()
        await asyncio.to_thread(_write, file, data)


class AsyncStreamedBinaryAPIResponse(AsyncAPIResponse[bytes]):
    """Audio that is still coming.

    Example:
        >>> async with client.tts.with_streaming_response.generate(**request) as response:
        ...     await response.stream_to_file("hello.wav")
    """

    async def stream_to_file(self, file: str | os.PathLike[str], *, chunk_size: int | None = None) -> None:
        """Write the audio to `file` as it comes; a WAV header is set right at the end."""
        from myna.client.sealing import WavSealer

        with await asyncio.to_thread(open, file, "wb") as target:
            sealer = WavSealer(target)
            async for chunk in self.iter_bytes(chunk_size):
                await asyncio.to_thread(sealer.write, chunk)
            await asyncio.to_thread(sealer.finish)

    write_to_file = stream_to_file


class AsyncResponseOpener(Generic[R]):
    """Sends the request on entering `with`, and frees the connection on leaving it."""

    def __init__(self, open: Callable[[], Awaitable[R]]) -> None:
        self._open = open
        self._response: R | None = None

    async def open(self) -> R:
        """Send the request; close the response yourself."""
        self._response = await self._open()
        return self._response

    async def __aenter__(self) -> R:
        return await self.open()

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        response: Any = self._response
        if response is not None:
            await response.close()


def _write(file: str | os.PathLike[str], data: bytes) -> None:
    from myna.client.sealing import sealed

    with open(file, "wb") as target:
        target.write(sealed(data))
