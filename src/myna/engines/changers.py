"""The processes that change voices, beside the workers that speak."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from myna.engines.changing import frames
from myna.engines.changing.protocols import CHANGING_RATE, Conversion, Fitting, Measuring
from myna.engines.jobs.job import Events
from myna.engines.jobs.places import Places
from myna.engines.jobs.processes import Processes
from myna.engines.jobs.stream import EngineStream
from myna.speech.errors import EngineError
from myna.speech.events import AudioChunk
from myna.speech.listening import Progress

CHANGER = "myna.engines.changing.worker"
"""The program of a process that changes voices."""
_SOON, _LATER = "soon", "later"
"""What a process was used for: one that changed a recording stands behind for good."""
_PER_CORE = 4
"""Recordings for each core: each takes little, and one that is read slowly keeps its place for long."""
_UNREAD_SECONDS = 20.0
"""Audio of a job that may be unread before its process has to wait."""


def _weigh(event: frames.Event) -> int:
    return len(event.samples) if isinstance(event, AudioChunk) else 1


def _supersedes(event: frames.Event, before: frames.Event) -> bool:
    return isinstance(event, Progress) and isinstance(before, Progress)


CHANGED = Events(frames.read_event, round(_UNREAD_SECONDS * CHANGING_RATE), _weigh, _supersedes)
"""What processes that change voices tell."""


class EngineChanging(EngineStream[AudioChunk]):
    """One live stream whose voice is changed, on a process of its own."""


class Changers(Processes):
    """Changes the voices of live streams and recordings, each on a process of its own.

    What somebody waits for, as to be measured or to be joined, does not wait for recordings to be changed.
    """

    def __init__(self, *, program: str = CHANGER, recordings: int | None = None, **options: Any) -> None:
        """Prepare; nothing is started.

        Args:
            program: module that runs in the processes.
            recordings: most recordings at once; four for each core by default.
            options: as of `Processes`.
        """
        cores = os.cpu_count() or 1
        super().__init__(program, recordings=recordings or _PER_CORE * cores, **options)
        self._soon = Places(cores)

    def change(self, target: bytes) -> EngineChanging:
        """Begin a live stream; what is wrong with it, or too many at once, comes as its `Failed` event."""
        return self._stream(
            EngineChanging,
            CHANGED,
            _SOON,
            lambda number: frames.job(frames.CHANGE, frames.Job(number, target)),
        )

    def convert(
        self, conversion: Conversion, *, client: str = ""
    ) -> AsyncGenerator[AudioChunk | Progress, None]:
        """Change the voice of a recording; closing the generator frees its process at once.

        Args:
            conversion: what is asked.
            client: on whose behalf, as `group/name`; clients take turns.

        Raises:
            ClipRejected: nobody speaks in it, or it is too short.
            AudioRejected: nothing can be heard in the file, or it is too long.
            EngineError: the engine failed; what came before was given.
            EngineCrashed: the process died with some audio told already, or twice.
            EngineTimeout: likewise it hung.
            Overloaded: too many recordings wait, or this one waited too long.
        """
        return self._recording(
            CHANGED,
            _LATER,
            lambda number: frames.job(frames.CONVERT, frames.Job(number, conversion)),
            client=client,
        )

    async def measure(self, measuring: Measuring) -> bytes:
        """Measure the voice in a recording, for others to be changed into it.

        Raises:
            ClipRejected, AudioRejected, EngineError, Overloaded: as from `convert`.
        """
        told = self._recording(
            CHANGED,
            _SOON,
            lambda number: frames.job(frames.MEASURE, frames.Job(number, measuring)),
            places=self._soon,
        )
        async with aclosing(told) as events:
            async for event in events:
                if isinstance(event, bytes):
                    return event
        raise EngineError("The voice was not measured; try again.")

    def fit(self, fitting: Fitting, *, client: str = "") -> AsyncGenerator[AudioChunk, None]:
        """Make speech join what comes before and after it; closing the generator frees its process.

        Raises:
            ClipRejected, AudioRejected, EngineError, Overloaded: as from `convert`.
        """
        return self._recording(
            CHANGED,
            _SOON,
            lambda number: frames.job(frames.FIT, frames.Job(number, fitting)),
            client=client,
            places=self._soon,
        )

    def serves_live(self, loaded: object) -> bool:
        """Whether a process does not stand behind."""
        return loaded != _LATER
