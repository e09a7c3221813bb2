"""The clips that voices were made of, as files in a folder."""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path
from typing import Protocol

from myna.library.lock import Guard
from myna.speech.errors import LibraryUnavailable, NotFound

_PART = ".part"
"""Ending of a file that is not yet whole."""

WAIT_SECONDS = 15.0
"""How long the adding of clips and the sweeping of them wait for each other."""

Owned = Callable[[Sequence[str]], Collection[str]]
"""Which of some clips belong to a voice."""


class Clips(Protocol):
    """Where clips are kept, each under an id; threads may share it.

    Attributes:
        settles: whether `sweep` can tell at once that nobody is about to use a clip; else it needs their age.
    """

    settles: bool

    def adding(self) -> contextlib.AbstractContextManager[object]:
        """Held from before a clip is put until its voice is kept: no sweep of any process comes between."""
        ...

    def put(self, id: str, source: Path | bytes) -> None:
        """Keep a copy of a file, or bytes; whole or not at all, and for good when it returns.

        Raises:
            LibraryUnavailable: there is no room, or no way to it.
        """
        ...

    def get(self, id: str) -> bytes:
        """The clip's content.

        Raises:
            NotFound: it is not there.
        """
        ...

    def remove(self, id: str) -> None:
        """Forget a clip; one that is not there is no error."""
        ...

    def sweep(self, owned: Owned, older_than_seconds: float) -> int:
        """Remove what no voice has, and what is half made; gives how many files went."""
        ...

    def close(self) -> None:
        """Give back what is held open; idempotent."""
        ...


class Folder:
    """Clips in a folder of this machine."""

    settles = True

    def __init__(self, folder: Path) -> None:
        """Use a folder, and make it where it is missing."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder = folder
        self._guard = Guard(folder.with_name(folder.name + ".lock"))

    def adding(self) -> contextlib.AbstractContextManager[object]:
        """See `Clips`."""
        return self._guard.held(shared=True, within_seconds=WAIT_SECONDS)

    def put(self, id: str, source: Path | bytes) -> None:
        """See `Clips`."""
        part = self._folder / (id + _PART)
        # opened apart: that the caller's file is missing is no fault of the folder
        with io.BytesIO(source) if isinstance(source, bytes) else source.open("rb") as read, _told():
            try:
                with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as target:
                    shutil.copyfileobj(read, target, 1 << 20)
                    target.flush()
                    os.fsync(target.fileno())
                part.rename(self._folder / id)
            except BaseException:
                with contextlib.suppress(OSError):
                    part.unlink(missing_ok=True)
                raise
            self._settle()

    def get(self, id: str) -> bytes:
        """See `Clips`."""
        with _told():
            try:
                return (self._folder / id).read_bytes()
            except FileNotFoundError:
                raise NotFound("The clip of this voice is gone.") from None

    def remove(self, id: str) -> None:
        """See `Clips`."""
        (self._folder / id).unlink(missing_ok=True)

    def sweep(self, owned: Owned, older_than_seconds: float) -> int:
        """See `Clips`."""
        removed = 0
        newest = time.time() - older_than_seconds
        with self._guard.held(shared=False, within_seconds=WAIT_SECONDS):
            for paths in _parts(self._folder.iterdir()):
                kept = owned([path.name for path in paths])
                for path in paths:
                    if path.name not in kept and path.stat().st_mtime <= newest:
                        path.unlink(missing_ok=True)
                        removed += 1
        return removed

    def close(self) -> None:
        """See `Clips`."""

    def _settle(self) -> None:
        """Make the names in the folder survive a power cut."""
        if os.name == "nt":  # folders cannot be opened there
            return
        folder = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


@contextlib.contextmanager
def _told() -> Iterator[None]:
    """Tell of a folder that is full or closed to us."""
    try:
        yield
    except OSError as error:
        raise LibraryUnavailable(f"The folder of the clips cannot be used: {error.strerror}.") from error


def _parts(paths: Iterator[Path], size: int = 500) -> Iterator[list[Path]]:
    part: list[Path] = []
    for path in paths:
        part.append(path)
        if len(part) == size:
            yield part
            part = []
    if part:
        yield part
