"""Functions that are called with the events of a connection."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import Any, Literal, Self, TypeVar, overload

from myna.client.errors import CartesiaError
from myna.client.heard import STTError, STTEvent

EventHandler = Callable[..., Any]
"""Called with the event; what it returns is awaited by connections for asyncio, if it can be."""
H = TypeVar("H", bound=EventHandler)


class Handlers:
    """Handlers by type of event, in the order in which they were added."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._by_type: dict[str, list[tuple[EventHandler, bool]]] = {}

    def add(self, event_type: str, handler: EventHandler, *, once: bool) -> None:
        """Add one; the same one may be there several times."""
        with self._lock:
            self._by_type.setdefault(event_type, []).append((handler, once))

    def remove(self, event_type: str, handler: EventHandler) -> None:
        """Remove the first that is this one, if there is any."""
        with self._lock:
            known = self._by_type.get(event_type, [])
            for place, (each, _) in enumerate(known):
                if each == handler:
                    del known[place]
                    return

    def take(self, event: STTEvent) -> list[EventHandler]:
        """Those to be called with an event: of its type, then of "event".

        Raises:
            CartesiaError: it is an error, and nobody handles it.
        """
        with self._lock:
            found = [each for name in (event.type, "event") for each in self._by_type.get(name, ())]
            for name in (event.type, "event"):
                if name in self._by_type:
                    self._by_type[name] = [each for each in self._by_type[name] if not each[1]]
        if isinstance(event, STTError) and not found:
            raise CartesiaError(f"WebSocket error: {event.error}", request_id=event.request_id)
        return [handler for handler, _ in found]


class Handling:
    """What has handlers: a connection, or what opens it.

    Example:
        >>> connecting = client.stt.auto_finalize.websocket(
        ...     model="ink-2", encoding="pcm_s16le", sample_rate=16000
        ... )
        >>> @connecting.on("turn.end")
        ... def show(event):
        ...     print(event.transcript)
        >>> with connecting as connection:
        ...     connection.send_raw(recording)
        ...     connection.send({"type": "close"})
        ...     connection.dispatch_events()
        the quick brown
    """

    _handlers: Handlers

    @overload
    def on(self, event_type: str, handler: EventHandler) -> Self: ...

    @overload
    def on(self, event_type: str, handler: None = None) -> Callable[[H], H]: ...

    def on(self, event_type: str, handler: EventHandler | None = None) -> Self | Callable[[H], H]:
        """Have `handler` called by `dispatch_events` with each event of this type; "event" is any.

        Without a handler it is a decorator.
        """
        return self._add(event_type, handler, once=False)

    @overload
    def once(self, event_type: str, handler: EventHandler) -> Self: ...

    @overload
    def once(self, event_type: str, handler: None = None) -> Callable[[H], H]: ...

    def once(self, event_type: str, handler: EventHandler | None = None) -> Self | Callable[[H], H]:
        """Like `on`, for the next such event only."""
        return self._add(event_type, handler, once=True)

    def off(self, event_type: str, handler: EventHandler) -> Self:
        """Have a handler called no more."""
        self._handlers.remove(event_type, handler)
        return self

    def _add(
        self, event_type: str, handler: EventHandler | None, *, once: Literal[True, False]
    ) -> Self | Callable[[H], H]:
        if handler is not None:
            self._handlers.add(event_type, handler, once=once)
            return self

        def decorate(function: H) -> H:
            self._handlers.add(event_type, function, once=once)
            return function

        return decorate
