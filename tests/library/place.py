"""Where a library of the tests is kept."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from myna.library import Library


@dataclass(frozen=True)
class Place:
    """Where a library is kept; `here` where that is SQLite and a folder."""

    data: Path
    database: str | None = None
    clips: str | None = None

    @property
    def here(self) -> bool:
        return self.database is None and self.clips is None

    def open(self, **options: Any) -> Library:
        return Library.open(self.data, database=self.database, clips=self.clips, **options)
