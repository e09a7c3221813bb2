"""The library: one database and one place for clips, opened together."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING
from uuid import uuid4

from myna.speech.errors import InvalidRequest, MynaError, PermissionDenied, UsageError
from myna.speech.voices import IDEMPOTENCY_SECONDS

if TYPE_CHECKING:
    from myna.library.clips import Clips
    from myna.library.database import Database
    from myna.library.lock import Serving
    from myna.speech.voices import Voice

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
            clips: URL of where clips are kept, see `objects.Objects`; None for a folder in `data`.
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
                if serving:
                    library._tidy()
                return library
            except BaseException:
                opened.close()
                raise
        except BaseException:
            if lock is not None:
                lock.close()
            raise

    def generation(self) -> int | None:
        """A number that changes whenever anything was written by any process; None where only asking tells.

        As long as it stays the same, keys found earlier are still good. Costs microseconds.
        """
        return self._database.generation()

    def export(self, id: str) -> bytes:
        """One voice with its clip as a parcel, the content of one file; see `parcel`.

        Raises:
            VoiceNotFound: there is none with this id.
        """
        from myna.library import parcel

        return parcel.pack(self.voices.get(id), self.voices.clip(id))

    def import_(
        self,
        file: Path | bytes,
        owner: str | None,
        *,
        anew: bool = False,
        require_consent: bool = False,
        idempotency_key: str | None = None,
        idempotency_window_seconds: float = IDEMPOTENCY_SECONDS,
    ) -> Voice:
        """Keep the voice of a parcel.

        Args:
            file: the parcel, or its content.
            owner: whose the voice is from now on.
            anew: give it a new id, so that it is a second voice where there already is one of it.
            require_consent: refuse a clone whose speaker was not declared to agree.
            idempotency_key: as of `voices.add`.
            idempotency_window_seconds: as of `voices.add`.

        Raises:
            InvalidRequest: no good parcel, or its voice is here already.
            PermissionDenied: a clone without declared consent.
        """
        from myna.library import parcel

        voice, clip = parcel.unpack(file, owner)
        cloned = clip is not None or voice.provenance is not None
        if require_consent and cloned and not (voice.provenance and voice.provenance.consent):
            raise PermissionDenied(
                "This server keeps clones only of speakers who agreed, which the parcel does not say; "
                "clone the recording here, with consent=true once they did."
            )
        if anew:
            voice = replace(voice, id=str(uuid4()), created_at=datetime.now(UTC))
        try:
            return self.voices.add(
                voice,
                clip=clip,
                idempotency_key=idempotency_key,
                idempotency_window_seconds=idempotency_window_seconds,
            )
        except UsageError:
            raise InvalidRequest(
                f"The voice {voice.id} is here already: delete it first, or import the file as a new voice."
            ) from None

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
    """Where clips are kept: apart from those of other libraries, whose sweeps must not see them."""
    if clips is None:
        from myna.library.clips import Folder

        return Folder(data / "clips" / library_id)
    from myna.library.objects import Objects

    return Objects(clips, library_id)
