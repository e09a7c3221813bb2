"""Connecting again after a loss, where the caller wants that."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypedDict

from myna.client.errors import WebSocketQueueFullError
from myna.client.settings import Headers, Query
from myna.speech.errors import ConnectionLost

if TYPE_CHECKING:
    from myna.client.ear import Ear

RECOVERABLE = frozenset({1001, 1005, 1006, 1011, 1012, 1013, 1015})
"""Codes of closes after which it is worth it to connect again."""
MAX_QUEUE_BYTES = 1 << 20


@dataclass(frozen=True)
class ReconnectingEvent:
    """A try to connect again, as told to `on_reconnecting`.

    Attributes:
        attempt: number of this try, from 1.
        max_attempts: how many there will be.
        delay: seconds before it.
        close_code: how the connection was closed.
        extra_query, extra_headers: with which it will be opened.
        lost_audio_bytes: audio that was sent and that no final text covers, about. It is lost with the
            connection: the new one has heard nothing; send it again where you kept it.
    """

    attempt: int
    max_attempts: int
    delay: float
    close_code: int
    extra_query: Query
    extra_headers: Headers
    lost_audio_bytes: int = 0


class ReconnectingOverrides(TypedDict, total=False):
    """What `on_reconnecting` may answer; `abort` gives up."""

    extra_query: Query
    extra_headers: Headers
    abort: bool


OnReconnecting = Callable[[ReconnectingEvent], ReconnectingOverrides | None]


@dataclass
class Reconnecting:
    """How a connection is opened, and opened again.

    Attributes:
        handler: asked before each try; None for no tries.
        max_retries: tries after one loss, one after the other without anything heard.
        initial_delay, max_delay: seconds before the first try, doubled up to the longest.
        query, headers: besides those of the client.
    """

    handler: OnReconnecting | None = None
    max_retries: int = 5
    initial_delay: float = 0.5
    max_delay: float = 8.0
    query: Query = field(default_factory=dict)
    headers: Headers = field(default_factory=dict)
    _tried: int = 0

    def worth(self, lost: ConnectionLost) -> bool:
        """Whether to try at all after this loss."""
        return self.handler is not None and (lost.code or 1006) in RECOVERABLE

    def delay(self, lost: ConnectionLost, ear: Ear) -> float | None:
        """Seconds before the next try, after the handler was asked; None where there is none."""
        if ear.progress:
            self._tried, ear.progress = 0, False
        if self.handler is None or self._tried >= self.max_retries:
            return None
        self._tried += 1
        longest = min(self.initial_delay * 2 ** (self._tried - 1), self.max_delay)
        event = ReconnectingEvent(
            attempt=self._tried,
            max_attempts=self.max_retries,
            delay=longest * random.uniform(0.75, 1.0),
            close_code=lost.code or 1006,
            extra_query=self.query,
            extra_headers=self.headers,
            lost_audio_bytes=ear.lost_bytes,
        )
        answer = self.handler(event) or {}
        if answer.get("abort"):
            return None
        self.query = answer.get("extra_query", self.query)
        self.headers = answer.get("extra_headers", self.headers)
        return event.delay


class SendQueue:
    """Messages that wait for a connection, of `limit` bytes at most.

    Example:
        >>> queue = SendQueue()
        >>> queue.put("finalize")
        >>> queue.take()
        ['finalize']
    """

    def __init__(self, limit: int = MAX_QUEUE_BYTES) -> None:
        self._limit = limit
        self._size = 0
        self._messages: list[object] = []

    def put(self, message: object) -> None:
        """Keep a message.

        Raises:
            WebSocketQueueFullError: too much waits already.
        """
        size = len(as_text(message).encode())
        if self._size + size > self._limit:
            raise WebSocketQueueFullError("Too much waits to be sent; enter the connection first.")
        self._size += size
        self._messages.append(message)

    def take(self) -> list[object]:
        """All of them, which are kept no more."""
        messages, self._messages, self._size = self._messages, [], 0
        return messages


def as_text(message: object) -> str:
    """A message as the text that would be sent."""
    if isinstance(message, str):
        return message
    return json.dumps(dict(message) if isinstance(message, Mapping) else message, default=_plain)


def _plain(value: object) -> Any:
    for name in ("to_dict", "model_dump"):
        convert = getattr(value, name, None)
        if callable(convert):
            return convert()
    raise TypeError(f"{type(value).__name__} cannot be sent.")
