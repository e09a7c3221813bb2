"""Places for work that may wait, which clients get on equal terms."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from myna.engines.fairness import FairQueue
from myna.speech.errors import Overloaded

_BACKLOG = 64
"""Most recordings that wait."""
_PATIENCE = 600.0
"""Most seconds that one waits."""


class Places:
    """So many recordings are worked on at once, the others wait.

    Who has the fewest places gets the next, and among equals who had them for the shortest time.
    """

    def __init__(self, most: int) -> None:
        """Offer `most` places."""
        self._free = most
        self._queue = FairQueue[asyncio.Future[None]]()

    @property
    def waiting(self) -> int:
        """How many wait."""
        return len(self._queue)

    async def take(self, client: str) -> Callable[[], None]:
        """Wait for a place; what is returned gives it back, and may be called more than once.

        Args:
            client: on whose behalf, as `group/name`.

        Raises:
            Overloaded: too many wait, or this one waited too long.
        """
        loop = asyncio.get_running_loop()
        if self._free:
            self._free -= 1
            self._queue.begin(client)
        else:
            await self._wait(client)
        since, held = loop.time(), True

        def give_back() -> None:
            nonlocal held
            if held:
                held = False
                self._give_back(client, loop.time() - since, loop.time())

        return give_back

    async def _wait(self, client: str) -> None:
        if len(self._queue) >= _BACKLOG:
            raise Overloaded("Too many recordings wait for their turn; try again.", retry_after=10.0)
        loop = asyncio.get_running_loop()
        future: asyncio.Future[None] = loop.create_future()
        ticket = self._queue.push(client, loop.time(), future)
        try:
            async with asyncio.timeout(_PATIENCE):
                await future
        except BaseException as error:
            if future.done() and not future.cancelled():
                self._give_back(client, 0.0, loop.time())
            else:
                self._queue.remove(ticket)
            if isinstance(error, TimeoutError):
                raise Overloaded(
                    "Nobody was free in time for this recording; try again.", retry_after=10.0
                ) from None
            raise

    def _give_back(self, client: str, seconds: float, now: float) -> None:
        self._queue.end(client, seconds)
        while (first := self._queue.pop(now)) is not None:
            other, future = first
            if not future.done():
                future.set_result(None)
                return
            self._queue.end(other, 0.0)
        self._free += 1
