"""Recordings that are worked on several at a time."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from myna.cli import terminal
from myna.cli.bars import Bars, Told
from myna.cli.recordings import Recording
from myna.cli.stopping import first_error
from myna.speech.errors import (
    AudioRejected,
    AuthError,
    ClipRejected,
    InvalidRequest,
    MynaError,
    NotOffered,
    UsageError,
)

T = TypeVar("T")

_OF_ONE = (AudioRejected.error_code, ClipRejected.error_code)


class Together:
    """Work on recordings, as many at a time as there are cores; one that fails does no harm to the others.

    Attributes:
        failed: how many have failed so far; each of them was told on standard error.
    """

    def __init__(self, bars: Bars) -> None:
        self._bars = bars
        self.failed = 0

    async def run(
        self,
        every: Sequence[Recording],
        work: Callable[[Recording, Told], Awaitable[T]],
        done: Callable[[Recording, T], None] = lambda recording, result: None,
    ) -> None:
        """Work on all of them.

        Args:
            every: the recordings.
            work: what is done with one; it is given where to tell its progress.
            done: called with what came of each that did not fail, in their order.

        Raises:
            MynaError: what is wrong with all of them.
        """
        room = asyncio.Semaphore(min(os.cpu_count() or 1, len(every)))
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(self._one(each, work, room)) for each in every]
                for recording, task in zip(every, tasks, strict=True):
                    for result in await task:
                        done(recording, result)
        except ExceptionGroup as errors:
            raise first_error(errors) from None

    async def _one(
        self, recording: Recording, work: Callable[[Recording, Told], Awaitable[T]], room: asyncio.Semaphore
    ) -> list[T]:
        """What came of one; nothing where it failed."""
        async with room:
            try:
                _check_readable(recording)
                with self._bars.one(recording.name) as told:
                    return [await work(recording, told)]
            except MynaError as error:
                if _concerns_all(error):
                    raise
                self.failed += 1
                terminal.complain(f"{recording.name}: {terminal.told(error)}")
                return []


def _check_readable(recording: Recording) -> None:
    if not recording.path.is_file():
        reason = "is not a file" if recording.path.exists() else "does not exist"
        raise AudioRejected(f"It {reason}; give a recording.")
    if not os.access(recording.path, os.R_OK):
        raise AudioRejected("It cannot be read: permission denied.")


def _concerns_all(error: MynaError) -> bool:
    """Whether every other recording would fail in the same way."""
    if isinstance(error, AudioRejected) or error.error_code in _OF_ONE:
        return False
    return isinstance(error, InvalidRequest | AuthError | NotOffered | UsageError)
