"""Progress bars for work on several files at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from myna.cli import terminal

if TYPE_CHECKING:
    from rich.progress import Progress

Told = Callable[[float, float | None], None]
"""Called with the seconds that are done and, where known, the seconds of all."""
_NAME = 32
"""Columns for the name of a file."""


class Bars:
    """A bar for each file that is worked on, and one for all; only where a person watches.

    Example:
        >>> with Bars(2, quiet=False) as bars, bars.one("talk.mp3") as told:
        ...     told(12.0, 60.0)
    """

    def __init__(self, files: int, *, quiet: bool) -> None:
        """Prepare.

        Args:
            files: how many there are.
            quiet: show nothing.
        """
        self._files = files
        self._shown = not quiet and terminal.interactive()
        self._progress: Progress | None = None

    def __enter__(self) -> Self:
        if self._shown:
            from rich.progress import BarColumn, Progress, SpinnerColumn, TaskProgressColumn, TextColumn

            self._progress = Progress(
                SpinnerColumn(),
                TextColumn("{task.description}", markup=False),
                BarColumn(),
                TaskProgressColumn(),
                TextColumn("[cyan]{task.fields[so_far]}[/]"),
                console=terminal.remarks(),
                transient=True,
            )
            self._progress.start()
            if self._files > 1:
                self._all = self._progress.add_task("All", total=self._files, so_far=f"0 of {self._files}")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._progress is not None:
            self._progress.stop()

    @contextmanager
    def one(self, name: str) -> Iterator[Told]:
        """Show the work on one file while it goes on."""
        progress = self._progress
        if progress is None:
            yield lambda seconds, total: None
            return
        bar = progress.add_task(_short(name), total=None, so_far="")

        def told(seconds: float, total: float | None) -> None:
            progress.update(bar, completed=seconds, total=total, so_far=_span(seconds, total))

        try:
            yield told
        finally:
            progress.remove_task(bar)
            if self._files > 1:
                progress.advance(self._all)
                done = round(progress.tasks[0].completed)
                progress.update(self._all, so_far=f"{done} of {self._files}")


def _short(name: str) -> str:
    name = Path(name).name
    return name if len(name) <= _NAME else f"{name[: _NAME - 1]}…"


def _span(seconds: float, total: float | None) -> str:
    return terminal.clock(seconds) + (f" of {terminal.clock(total)}" if total else "")
