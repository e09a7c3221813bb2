"""How long a call may take, and the time that is left of it."""

from __future__ import annotations

from dataclasses import dataclass
from time import monotonic
from typing import Protocol


class TimeoutParts(Protocol):
    """What `httpx.Timeout` offers."""

    connect: float | None
    read: float | None
    write: float | None
    pool: float | None


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds for the parts of a call; None waits as long as it takes.

    Attributes:
        connect: to get a connection, handshake included.
        read: without anything arriving.
        write: without anything leaving.
        pool: for a free connection of the pool.
    """

    connect: float | None = 5.0
    read: float | None = 60.0
    write: float | None = 60.0
    pool: float | None = 60.0

    @classmethod
    def of(cls, timeout: float | TimeoutParts | None) -> Timeouts:
        """From seconds for every part, from an `httpx.Timeout`, or from None for no limit at all."""
        if timeout is None or isinstance(timeout, int | float):
            return cls(timeout, timeout, timeout, timeout)
        return cls(timeout.connect, timeout.read, timeout.write, timeout.pool)


class Deadline:
    """A moment that many waits share."""

    __slots__ = ("_end",)

    def __init__(self, seconds: float | None) -> None:
        self._end = None if seconds is None else monotonic() + seconds

    def left(self) -> float | None:
        """Seconds left, at least 0; None for ever."""
        return None if self._end is None else max(self._end - monotonic(), 0.0)

    def passed(self) -> bool:
        """Whether no time is left."""
        return self._end is not None and monotonic() >= self._end
