"""The processes that listen, beside the workers that speak."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any

from myna.engines.hearing import frames
from myna.engines.jobs.processes import Processes
from myna.engines.listening import HEARD, EngineListening
from myna.engines.protocols import Hearing, Recording
from myna.speech.listening import Final, Progress

LISTENER = "myna.engines.hearing.worker"
"""The program of a process that listens."""


class Listeners(Processes):
    """Listens to live streams and writes down recordings, each on a process of its own."""

    def __init__(self, *, program: str = LISTENER, **options: Any) -> None:
        """Prepare; nothing is started.

        Args:
            program: module that runs in the processes.
            options: as of `Processes`.
        """
        super().__init__(program, **options)

    def listen(self, hearing: Hearing) -> EngineListening:
        """Begin a live stream; what is wrong with it, or too many at once, comes as its `Failed` event."""
        return self._stream(
            EngineListening,
            HEARD,
            (hearing.engine, hearing.model),
            lambda number: frames.hear(frames.HearingJob(number, hearing)),
        )

    def transcribe(self, recording: Recording, *, client: str = "") -> AsyncGenerator[Final | Progress, None]:
        """Write a recording down; closing the generator frees its process at once.

        Args:
            recording: what is asked.
            client: on whose behalf, as `group/name`; clients take turns.

        Raises:
            AudioRejected: nothing can be heard in the file, or it is too long.
            InvalidRequest: the engine does not know the language.
            ModelNotFound: there is no such model on this machine.
            EngineError: the engine failed; what was final before was given.
            EngineCrashed: the process died with something told already, or twice.
            EngineTimeout: likewise it hung.
            Overloaded: too many recordings wait, or this one waited too long.
        """
        return self._recording(
            HEARD,
            (recording.engine, recording.model),
            lambda number: frames.transcribe(frames.RecordingJob(number, recording)),
            client=client,
        )
