"""What was used, per key and day."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from myna.library.database import Database
from myna.library.tables import usage
from myna.speech.access import Usage

_COUNTED = ("requests", "characters", "audio_seconds", "heard_seconds")


class UsageCounts:
    """Sums, added to in batches."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, used: Iterable[Usage]) -> None:
        """Add to what is counted so far; all of it or, where it raises, nothing.

        Raises:
            Overloaded: the library cannot be used at the moment.
        """
        sums: dict[tuple[str, int], list[float]] = {}
        for one in used:
            total = sums.setdefault((one.key_id or "", one.day.toordinal()), [0, 0, 0.0, 0.0])
            for place, name in enumerate(_COUNTED):
                total[place] += getattr(one, name)
        if not sums:
            return
        # in one order everywhere: two servers would otherwise wait for each other
        values = [
            {"key_id": key_id, "day": day, **dict(zip(_COUNTED, total, strict=True))}
            for (key_id, day), total in sorted(sums.items())
        ]
        insert = (postgresql.insert if self._database.shared else sqlite.insert)(usage)
        added = {name: usage.c[name] + insert.excluded[name] for name in _COUNTED}
        statement = insert.on_conflict_do_update(index_elements=["key_id", "day"], set_=added)
        with self._database.writing() as connection:
            connection.execute(statement, values)

    def of(self, key_id: str | None, since: date) -> list[Usage]:
        """What was used with a key (None: without one) on each day from `since` on, oldest first."""
        query = (
            sa.select(usage)
            .where(usage.c.key_id == (key_id or ""), usage.c.day >= since.toordinal())
            .order_by(usage.c.day)
        )
        with self._database.reading() as connection:
            return [
                Usage(
                    row.key_id or None,
                    date.fromordinal(row.day),
                    row.requests,
                    row.characters,
                    row.audio_seconds,
                    row.heard_seconds,
                )
                for row in connection.execute(query)
            ]
