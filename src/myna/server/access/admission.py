"""How much is going on, in all and for each key, and what more may begin."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from myna.server.settings import Limits
from myna.speech.access import KeyLimits
from myna.speech.errors import Overloaded

MINUTE = 60.0

SOCKETS_PER_CONTEXT = 10
"""WebSockets of a key for each stream of speech that it may have, where nothing else is set."""
_COUNTED = "texts, live streams and recordings together"
"""What counts as a stream of speech."""


@dataclass(slots=True)
class Presence:
    """What one key has at the moment, and when its requests of the last minute came."""

    contexts: int = 0
    sockets: int = 0
    requests: deque[float] = field(default_factory=deque)


class Admission:
    """Counts what has begun and not ended; keeps nothing of a key of which nothing is left.

    Without a key (`key_id` None) the limits of the whole server alone hold. What is refused is not
    counted.

    Attributes:
        contexts: streams of speech, in all.
        sockets: WebSockets, in all.
    """

    def __init__(self, limits: Limits, clock: Callable[[], float] = time.monotonic) -> None:
        self._limits = limits
        self._clock = clock
        self._present: dict[str, Presence] = {}
        self.contexts = 0
        self.sockets = 0

    @property
    def present(self) -> dict[str, Presence]:
        """What the keys have; a copy without those that have nothing."""
        return dict(self._present)

    def request(self, key_id: str | None, own: KeyLimits) -> None:
        """Count a request.

        Raises:
            Overloaded: the key has had as many within a minute as it may.
        """
        most = own.requests_per_minute or self._limits.requests_per_minute
        if key_id is None or most is None:
            return
        now = self._clock()
        presence = self._of(key_id)
        requests = presence.requests
        while requests and requests[0] <= now - MINUTE:
            requests.popleft()
        if len(requests) >= most:
            raise Overloaded(
                f"This key may make {_count(most, 'request')} a minute; wait before the next.",
                retry_after=requests[0] + MINUTE - now,
            )
        requests.append(now)

    def check_context(self, key_id: str | None, own: KeyLimits) -> None:
        """Whether one more stream of speech may begin.

        Raises:
            Overloaded: there are too many.
        """
        if self.contexts >= self._limits.contexts:
            raise Overloaded(
                f"The server has {self.contexts} in work already, {_COUNTED}; try again soon.",
                retry_after=1.0,
            )
        most = own.contexts or self._limits.contexts_per_key
        if key_id is not None and self._has(key_id).contexts >= most:
            raise Overloaded(
                f"This key may have {most} in work at once, {_COUNTED}, and has as many already; "
                "wait until one has ended.",
                retry_after=1.0,
            )

    def begin_context(self, key_id: str | None, own: KeyLimits) -> None:
        """Count a stream of speech until its `end_context`; raises as `check_context` does."""
        self.check_context(key_id, own)
        self.contexts += 1
        if key_id is not None:
            self._of(key_id).contexts += 1

    def end_context(self, key_id: str | None) -> None:
        """A stream of speech has ended."""
        self.contexts -= 1
        if key_id is not None:
            self._of(key_id).contexts -= 1
            self._forget(key_id)

    def open_socket(self, key_id: str | None, own: KeyLimits) -> None:
        """Count a WebSocket until its `close_socket`.

        Raises:
            Overloaded: there are too many.
        """
        if self.sockets >= self._limits.sockets:
            raise Overloaded(
                f"The server has {_count(self.sockets, 'open socket')} already; try again soon.",
                retry_after=5.0,
            )
        if key_id is not None:
            most = own.sockets or self._limits.sockets_per_key
            most = most or SOCKETS_PER_CONTEXT * (own.contexts or self._limits.contexts_per_key)
            if self._has(key_id).sockets >= most:
                raise Overloaded(
                    f"This key may have {_count(most, 'open socket')} and has them already; close one; "
                    "a socket for speech takes several contexts at once.",
                    retry_after=5.0,
                )
            self._of(key_id).sockets += 1
        self.sockets += 1

    def close_socket(self, key_id: str | None) -> None:
        """A WebSocket has closed."""
        self.sockets -= 1
        if key_id is not None:
            self._of(key_id).sockets -= 1
            self._forget(key_id)

    def tidy(self) -> None:
        """Forget the requests of more than a minute ago."""
        old = self._clock() - MINUTE
        for key_id, presence in list(self._present.items()):
            if presence.requests and presence.requests[-1] <= old:
                presence.requests.clear()
                self._forget(key_id)

    def _has(self, key_id: str) -> Presence:
        return self._present.get(key_id) or _NOTHING

    def _of(self, key_id: str) -> Presence:
        return self._present.setdefault(key_id, Presence())

    def _forget(self, key_id: str) -> None:
        presence = self._present[key_id]
        if not (presence.contexts or presence.sockets or presence.requests):
            del self._present[key_id]


_NOTHING = Presence()


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
