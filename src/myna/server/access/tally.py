"""What was used, until it is kept."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from myna.speech.access import Usage
from myna.speech.errors import MynaError

if TYPE_CHECKING:
    from myna.library import Library

logger = logging.getLogger("myna.server")


class Tally:
    """Adds up per key and day, and gives the sums to the library from time to time.

    A process that is killed loses what it had not given yet.
    """

    def __init__(self, library: Library | None = None) -> None:
        self._library = library
        self._sums: dict[tuple[str | None, date], Usage] = {}
        self._used: dict[str, datetime] = {}
        self._failing = False

    def add(
        self,
        key_id: str | None,
        *,
        requests: int = 0,
        characters: int = 0,
        audio_seconds: float = 0.0,
        heard_seconds: float = 0.0,
    ) -> None:
        """Add to what was used with a key (None: without one) today."""
        if self._library is None:
            return
        now = datetime.now(UTC)
        place = key_id, now.date()
        before = self._sums.get(place) or Usage(*place)
        self._sums[place] = replace(
            before,
            requests=before.requests + requests,
            characters=before.characters + characters,
            audio_seconds=before.audio_seconds + audio_seconds,
            heard_seconds=before.heard_seconds + heard_seconds,
        )
        if key_id is not None:
            self._used[key_id] = now

    async def keep(self) -> None:
        """Give everything to the library; what it does not take is kept for the next time."""
        if self._library is None or not (self._sums or self._used):
            return
        sums, self._sums = self._sums, {}
        used, self._used = self._used, {}
        try:
            await asyncio.to_thread(self._library.usage.add, list(sums.values()))
            sums = {}
            await asyncio.to_thread(self._library.keys.touch, used)
            used = {}
            self._failing = False
        except MynaError as error:
            self._complain(error)
        finally:
            for (key_id, day), usage in sums.items():
                self._put_back(key_id, day, usage)
            self._used = {**used, **self._used}

    def _put_back(self, key_id: str | None, day: date, usage: Usage) -> None:
        since = self._sums.get((key_id, day)) or Usage(key_id, day)
        self._sums[key_id, day] = replace(
            since,
            requests=since.requests + usage.requests,
            characters=since.characters + usage.characters,
            audio_seconds=since.audio_seconds + usage.audio_seconds,
            heard_seconds=since.heard_seconds + usage.heard_seconds,
        )

    def _complain(self, error: MynaError) -> None:
        if not self._failing:
            logger.warning("what was used could not be kept, it is tried again: %s", error.message)
        self._failing = True
