"""What is done from time to time: closing to revoked keys, keeping what was used."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Iterable

from myna.server.access.admission import Admission
from myna.server.access.keyring import Keyring
from myna.server.access.tally import Tally
from myna.speech.errors import MynaError

logger = logging.getLogger("myna.server")

ROUND_SECONDS = 0.5
"""How long a revoked key may go on with what it had begun."""

KEEP_ROUNDS = 8
"""Rounds after which what was used is kept."""


class Upkeep:
    """A task beside the requests.

    Args:
        keyring: asked which keys are still good.
        tally: kept every few seconds, and at the end.
        admission: tidied.
        inside: the keys of those who are inside; None for those who showed none.
        expel: ends everything of a key.
    """

    def __init__(
        self,
        keyring: Keyring,
        tally: Tally,
        admission: Admission,
        inside: Callable[[], Iterable[str | None]],
        expel: Callable[[str | None], None],
    ) -> None:
        self._keyring = keyring
        self._tally = tally
        self._admission = admission
        self._inside = inside
        self._expel = expel
        self._task: asyncio.Task[None] | None = None
        self._ending = asyncio.Event()

    def start(self) -> None:
        """Begin; idempotent."""
        if self._task is None:
            self._ending.clear()
            self._task = asyncio.create_task(self._run(), name="myna upkeep")

    async def stop(self) -> None:
        """Keep what was used, and end; idempotent."""
        task, self._task = self._task, None
        if task is not None:
            self._ending.set()
            await task
            await self._tally.keep()

    async def _run(self) -> None:
        turn, failing = 0, False
        while not self._ending.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._ending.wait(), ROUND_SECONDS)
            turn += 1
            try:
                await self._close_to_revoked()
                if turn % KEEP_ROUNDS == 0:
                    await self._tally.keep()
                    self._admission.tidy()
            except MynaError as error:
                if not failing:
                    logger.warning("keys cannot be looked after, it is tried again: %s", error.message)
                failing = True
            except Exception:
                if not failing:
                    logger.exception("keys cannot be looked after, it is tried again")
                failing = True
            else:
                failing = False

    async def _close_to_revoked(self) -> None:
        await self._keyring.refresh()
        for key_id in list(self._inside()):
            good = not self._keyring.needed if key_id is None else await self._keyring.get(key_id)
            if not good:
                self._expel(key_id)
