"""Events of an HTTP response, for asyncio."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from types import TracebackType
from typing import TYPE_CHECKING, Generic, Self, TypeVar

from myna.client.changed import parse_changed
from myna.client.errors import APIConnectionError
from myna.client.events import Event, parse_event
from myna.client.reading import raise_typed
from myna.transport.sse import EventStream

if TYPE_CHECKING:
    import httpx

T = TypeVar("T")


class AsyncStream(Generic[T]):
    """Events as they come; iterate over it once.

    Attributes:
        response: the response of `httpx`.

    Example:
        >>> async with await client.tts.generate_sse(**request) as stream:
        ...     async for event in stream:
        ...         if event.type == "chunk":
        ...             play(event.audio)
    """

    def __init__(self, response: httpx.Response, read: Callable[[bytes], T]) -> None:
        self.response = response
        self._read = read
        self._events = self._iterate()

    async def __anext__(self) -> T:
        return await anext(self._events)

    def __aiter__(self) -> AsyncIterator[T]:
        return self._events

    async def close(self) -> None:
        """Give up what was not read, and free the connection."""
        await self.response.aclose()

    async def _iterate(self) -> AsyncIterator[T]:
        stream = EventStream()
        terminal = False
        try:
            async for chunk in self.response.aiter_bytes():
                for data in stream.feed(chunk):
                    event = self._read(data)
                    terminal = getattr(event, "terminal", True)
                    yield event
        except GeneratorExit:
            raise
        except BaseException as error:
            raise_typed(error, self.response)
            raise
        finally:
            await self.response.aclose()
        if not terminal:
            raise APIConnectionError(
                message="The stream ended before its last event; ask again.", request=self.response.request
            )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()


async def event_stream(response: httpx.Response) -> AsyncStream[Event]:
    """The speech events of a response."""
    return AsyncStream(response, parse_event)


async def changed_stream(response: httpx.Response) -> AsyncStream[Event]:
    """The events of a recording that is changed."""
    return AsyncStream(response, parse_changed)


STREAMS = (event_stream, changed_stream)
"""What reads bodies as they come."""
