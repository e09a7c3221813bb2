"""The library: one database and one place for clips, opened together."""

from __future__ import annotations

import logging
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from myna.speech.errors import MynaError, UsageError

if TYPE_CHECKING:
    from myna.library.clips import Clips
    from myna.library.database import Database
    from myna.library.lock import Serving

SETTLED_SECONDS = 3600.0
"""How old a clip without a voice must be before it is removed, where others may be adding one."""

_log = logging.getLogger(__name__)


class Library:
    """What is kept, in a data folder or elsewhere. Calls block; threads may share it.

    Attributes:
        voices: voices that users made, and their clips.
        dictionaries: pronunciation dictionaries.
        keys: API keys.
        usage: what was used with each key.
    """

    def __init__(self, database: Database, clips: Clips, serving: Serving | None = None) -> None:
        from myna.library.dictionaries import Dictionaries
        from myna.library.keys import Keys
        from myna.library.usage import UsageCounts
        from myna.library.voices import Voices

        self._database = database
        self._clips = clips
        self._serving = serving
        self.voices = Voices(database, clips)
        self.dictionaries = Dictionaries(database)
        self.keys = Keys(database)
        self.usage = UsageCounts(database)

    @classmethod
    def open(
        cls, data: Path, *, database: str | None = None, clips: str | None = None, serving: bool = False
    ) -> Library:
        """Open a library, and make it where there is none.

        Args:
            data: folder of this machine; it is made with access for its owner only.
            database: `postgresql://…`; None for SQLite in `data`.
            clips: URL of where clips are kept (`s3://BUCKET/PREFIX`); None for a folder in `data`.
            serving: whether a server opens it: no second one can, and what an earlier one left half made
                is removed. Other programs may open it at the same time without this.

        Raises:
            UsageError: it cannot be opened; another server serves this folder; a newer Myna made it.
        """
        from myna.library.database import Database
        from myna.library.lock import Serving

        try:
            data.parent.mkdir(parents=True, exist_ok=True)
            for folder in (data, data / "clips"):
                folder.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise UsageError(f"The data folder {data} cannot be made: {error.strerror}.") from None
        lock = Serving(data / "serving.lock") if serving else None
        try:
            opened = Database(database, data)
            try:
                library = cls(opened, _place(clips, data, opened.library_id), lock)
            except BaseException:
                opened.close()
                raise
        except BaseException:
            if lock is not None:
                lock.close()
            raise
        if serving:
            library._tidy()
        return library

    def generation(self) -> int | None:
        """A number that changes whenever anything was written by any process; None where only asking tells.

        As long as it stays the same, keys found earlier are still good. Costs microseconds.
        """
        return self._database.generation()

    def close(self) -> None:
        """Give back everything; idempotent."""
        self._database.close()
        self._clips.close()
        if self._serving is not None:
            self._serving.close()

    def __enter__(self) -> Library:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _tidy(self) -> None:
        alone = self._clips.settles and not self._database.shared
        try:
            self.voices.sweep(0.0 if alone else SETTLED_SECONDS)
        except (MynaError, OSError) as error:  # the library works without; the next start tries again
            _log.warning("Clips without a voice could not be removed: %s", error)


def _place(clips: str | None, data: Path, library_id: str) -> Clips:
    from myna.library.clips import Folder

    if clips is None:
        return Folder(data / "clips" / library_id)
    raise UsageError("Only folders so far.")
