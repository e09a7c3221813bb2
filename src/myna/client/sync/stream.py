"""Events of an HTTP response, for threads."""

from __future__ import annotations

from collections.abc import Callable, Iterator
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


class Stream(Generic[T]):
    """Events as they come; iterate over it once.

    Attributes:
        response: the response of `httpx`.

    Example:
        >>> with client.tts.generate_sse(**request) as stream:
        ...     for event in stream:
        ...         if event.type == "chunk":
        ...             play(event.audio)
    """

    def __init__(self, response: httpx.Response, read: Callable[[bytes], T]) -> None:
        self.response = response
        self._read = read
        self._events = self._iterate()

    def __next__(self) -> T:
        return next(self._events)

    def __iter__(self) -> Iterator[T]:
        return self._events

    def close(self) -> None:
        """Give up what was not read, and free the connection."""
        self.response.close()

    def _iterate(self) -> Iterator[T]:
        stream = EventStream()
        terminal = False
        try:
            for chunk in self.response.iter_bytes():
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
            self.response.close()
        if not terminal:
            raise APIConnectionError(
                message="The stream ended before its last event; ask again.", request=self.response.request
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


def event_stream(response: httpx.Response) -> Stream[Event]:
    """The speech events of a response."""
    return Stream(response, parse_event)


def changed_stream(response: httpx.Response) -> Stream[Event]:
    """The events of a recording that is changed."""
    return Stream(response, parse_changed)


STREAMS = (event_stream, changed_stream)
"""What reads bodies as they come."""
