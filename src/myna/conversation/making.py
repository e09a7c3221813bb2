"""Makes things once, however often a client tries."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import TypeVar, cast

from myna.speech.errors import InvalidRequest, Overloaded
from myna.speech.voices import IDEMPOTENCY_SECONDS

RETRY_SECONDS = 600.0
"""How long after the first try one that is marked as another is known for it."""
UNMARKED_RETRY_SECONDS = 30.0
"""The same for clients that do not mark them."""
MOST_KEY = 255
"""Most characters of an idempotency key."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try of a client to have something made.

    Attributes:
        key: the same for all tries of one thing.
        window_seconds: how long ago another try may be that this one repeats; 0 where this is the first.
    """

    key: str
    window_seconds: float

    @classmethod
    def of(cls, headers: Mapping[str, str], *what: str | bytes) -> Attempt:
        """The try that a request is.

        A key that the client gives counts for a day. Without one, the content does: clients that try again
        send the same bytes. Some say so (`x-stainless-retry-count`), others are known for it (`x-fern-…`).
        Whoever asks twice for the same without saying so gets two.

        Args:
            headers: of the request, names in lower case.
            what: what is asked for.

        Raises:
            InvalidRequest: the key is too long.
        """
        given = headers.get("idempotency-key", "").strip()
        if len(given) > MOST_KEY:
            raise InvalidRequest(f"Idempotency-Key has {len(given)} characters; use {MOST_KEY} at most.")
        if given:
            return cls(_digest("given", given), IDEMPOTENCY_SECONDS)
        count = headers.get("x-stainless-retry-count", "")
        if count.isdecimal() and int(count[:9]) > 0:
            window = RETRY_SECONDS
        elif any(name.startswith("x-fern-") for name in headers):
            window = UNMARKED_RETRY_SECONDS
        else:
            window = 0.0
        return cls(_digest("content", *what), window)


class Making:
    """What is being made at the moment.

    Something that was begun is finished also when its client goes: the next try gets it. Only so many are
    made at once.
    """

    def __init__(self, most: int = 16) -> None:
        """Begin.

        Args:
            most: things made at once.
        """
        self._most = most
        self._running: set[asyncio.Task[object]] = set()
        self._by_key: dict[tuple[str, str], asyncio.Task[object]] = {}

    async def make(self, owner: str, attempt: Attempt, work: Callable[[], Awaitable[T]]) -> T:
        """Do the work, or wait for another try of the same that goes on.

        Args:
            owner: who asks; different owners' tries have nothing to do with each other.
            attempt: which try it is.
            work: begins the work at once; it is called where the work is not going on already.

        Raises:
            Overloaded: too much is made at once.
        """
        key = (owner, attempt.key)
        task = self._by_key.get(key) if attempt.window_seconds else None
        if task is None:
            if len(self._running) >= self._most:
                raise Overloaded(
                    f"{self._most} things are being made already; try again soon.", retry_after=2.0
                )
            task = asyncio.ensure_future(work())
            self._running.add(task)
            self._by_key[key] = task
            task.add_done_callback(lambda done: self._ended(key, done))
        return cast(T, await asyncio.shield(task))

    async def aclose(self, patience_seconds: float) -> None:
        """Wait so long for what is being made, then give it up."""
        if self._running:
            await asyncio.wait(tuple(self._running), timeout=patience_seconds)
        for task in tuple(self._running):
            task.cancel()

    def _ended(self, key: tuple[str, str], task: asyncio.Task[object]) -> None:
        self._running.discard(task)
        if self._by_key.get(key) is task:
            del self._by_key[key]
        if not task.cancelled():
            task.exception()  # nobody may be left to hear of it


def _digest(*what: str | bytes) -> str:
    whole = sha256()
    for part in what:
        data = part.encode(errors="surrogatepass") if isinstance(part, str) else part
        whole.update(len(data).to_bytes(8, "big") + data)
    return whole.hexdigest()
