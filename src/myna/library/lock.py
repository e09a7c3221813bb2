"""Locks between processes on files; the system frees them when a process ends, however it ends."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from myna.speech.errors import LibraryUnavailable, MynaError, Overloaded, UsageError

_POLL_SECONDS = 0.01

if sys.platform == "win32":
    import msvcrt

    _FAR = 1 << 30
    """A byte behind the content, so that the content can be read while it is locked."""

    def _lock(file: int, *, shared: bool) -> bool:
        os.lseek(file, _FAR, os.SEEK_SET)
        try:
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _lock(file: int, *, shared: bool) -> bool:
        try:
            fcntl.flock(file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


def _opened(path: Path, kind: type[MynaError]) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise kind(f"{path} cannot be opened: {error.strerror}.") from None


class Serving:
    """The right to be the one server of a data folder, until it is closed or the process ends."""

    def __init__(self, path: Path) -> None:
        """Take it.

        Raises:
            UsageError: another server has it, whose process the message names; or the file cannot be opened.
        """
        self._file: int | None = _opened(path, UsageError)
        if not _lock(self._file, shared=False):
            holder = os.pread(self._file, 20, 0) if sys.platform != "win32" else os.read(self._file, 20)
            self.close()
            who = f" (process {int(holder)})" if holder.strip().isdigit() else ""
            raise UsageError(
                f"Another server{who} uses the data folder {path.parent}: end it, or serve another folder "
                "with --data."
            )
        os.ftruncate(self._file, 0)
        os.lseek(self._file, 0, os.SEEK_SET)
        os.write(self._file, b"%d\n" % os.getpid())

    def close(self) -> None:
        """Give it back; idempotent."""
        file, self._file = self._file, None
        if file is not None:
            os.close(file)


class Guard:
    """Many may hold it shared, or one alone. On Windows one at a time in both cases."""

    def __init__(self, path: Path) -> None:
        """Use a file, which is made where it is missing."""
        self._path = path

    @contextlib.contextmanager
    def held(self, *, shared: bool, within_seconds: float) -> Iterator[None]:
        """Hold it beside others, or alone.

        Raises:
            Overloaded: somebody else held it for too long.
            LibraryUnavailable: the file cannot be opened.
        """
        file = _opened(self._path, LibraryUnavailable)
        try:
            deadline = time.monotonic() + within_seconds
            while not _lock(file, shared=shared):
                if time.monotonic() > deadline:
                    raise Overloaded(f"Another process holds {self._path}; try again.", retry_after=1.0)
                time.sleep(_POLL_SECONDS)
            yield
        finally:
            os.close(file)
