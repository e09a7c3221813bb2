"""All processes of the engines on this machine, and the way to them."""

from __future__ import annotations

import asyncio
import os
import weakref
from collections.abc import AsyncGenerator

from myna.engines.changers import Changers, EngineChanging
from myna.engines.changing.protocols import Conversion, Fitting, Measuring
from myna.engines.examiners import Examiners
from myna.engines.jobs.processes import Processes
from myna.engines.listeners import Listeners
from myna.engines.listening import EngineListening
from myna.engines.protocols import EngineEvent, Examination, Finding, Hearing, Recording, Utterance
from myna.engines.speakers import Speakers, closed
from myna.speech.errors import UsageError
from myna.speech.events import AudioChunk
from myna.speech.listening import Final, Progress

_BURIAL = 0.002
"""Seconds between two looks for processes that were ended on closing."""

_pools: weakref.WeakSet[WorkerPool] = weakref.WeakSet()


class WorkerPool:
    """The processes that speak, look into recordings, listen and change voices.

    Those that speak run from `start` on, the others as they are needed. A pool belongs to the loop that
    started it.

    Attributes:
        speakers: the workers that speak.
        listeners: the processes that listen; they need no `start`.
        changers: the processes that change voices; likewise.
    """

    def __init__(
        self,
        *,
        workers: int | None = None,
        deadline: float = 10.0,
        examining_deadline: float = 30.0,
        listeners: Listeners | None = None,
        changers: Changers | None = None,
    ) -> None:
        """Prepare a pool; `start` starts it.

        Args:
            workers: how many processes; as many as there are cores by default.
            deadline: seconds without a sign of life after which a busy worker is ended.
            examining_deadline: the same of a process that examines a recording.
            listeners: the processes that listen, which are closed with the pool; by default as many as
                suit this machine.
            changers: the processes that change voices, likewise.

        Raises:
            UsageError: a number is not positive.
        """
        if (workers is not None and workers < 1) or deadline <= 0 or examining_deadline <= 0:
            raise UsageError("A pool needs at least one worker and positive deadlines.")
        self.speakers = Speakers(workers, deadline)
        self.listeners = listeners or Listeners()
        self.changers = changers or Changers()
        self._examiners = Examiners(max(self.speakers.size - 1, 1), examining_deadline, self.speakers.bury)
        self._deadline = deadline
        self._closed = False

    @property
    def engines(self) -> frozenset[str]:
        """Names of the engines that this machine has; empty before `start`."""
        return self.speakers.engines

    @property
    def missing(self) -> dict[str, str]:
        """Engines that this machine lacks, each with the reason; known after `start`."""
        return self.speakers.missing

    @property
    def size(self) -> int:
        """How many workers the pool keeps."""
        return self.speakers.size

    @property
    def busy(self) -> int:
        """Workers with an utterance on them."""
        return self.speakers.busy

    @property
    def waiting(self) -> int:
        """Utterances that wait for a worker."""
        return self.speakers.waiting

    @property
    def processes(self) -> tuple[int, ...]:
        """Process ids of the workers that are up."""
        return self.speakers.processes

    @property
    def restarts(self) -> int:
        """Workers replaced since the start."""
        return self.speakers.restarts

    @property
    def utterances(self) -> int:
        """Utterances begun since the start."""
        return self.speakers.utterances

    @property
    def examiners(self) -> tuple[int, ...]:
        """Process ids of the examinations that run."""
        return self._examiners.processes

    @property
    def beside(self) -> tuple[Processes, ...]:
        """The processes beside the workers, which start by themselves."""
        return self.listeners, self.changers

    async def start(self) -> None:
        """Start the workers that speak and wait for the first; idempotent.

        Raises:
            UsageError: the pool is closed.
            EngineCrashed: no worker comes up.
        """
        self._open()
        await self.speakers.start()

    async def aclose(self) -> None:
        """End all processes; what is on them ends in `EngineCrashed`. Idempotent."""
        self._closed = True
        _pools.discard(self)
        await self.speakers.close()
        self._examiners.close(closed())
        for beside in self.beside:
            beside.close(closed())
        for beside in self.beside:
            await beside.closed()
        await asyncio.sleep(0)
        for _ in range(round(self._deadline / _BURIAL)):
            if not any([self.speakers.reap(), *(beside.reap() for beside in self.beside)]):
                break
            await asyncio.sleep(_BURIAL)

    def synthesize(
        self, engine: str, utterance: Utterance, *, spare: float = 0.0, client: str = ""
    ) -> AsyncGenerator[EngineEvent, None]:
        """Speak `utterance` on a worker; see `Speakers.synthesize`."""
        _pools.add(self)
        return self.speakers.synthesize(engine, utterance, spare=spare, client=client)

    async def examine(self, examination: Examination) -> Finding:
        """Look into a recording, in a process of its own; a cancelled call ends it at once.

        At most one fewer than there are workers run at once (but one), the others wait their turn.

        Raises:
            ClipRejected: no voice can be made of it; the message says why, and what would help.
            EngineError: it could not be examined.
            EngineCrashed: two processes died over it.
            EngineTimeout: likewise they hung.
            Overloaded: too many recordings wait, or this one waited too long.
        """
        await self.start()
        return await self._examiners.examine(examination)

    def listen(self, hearing: Hearing, *, client: str = "") -> EngineListening:
        """Begin to listen to a live stream, on a process of its own that its first audio finds.

        What is wrong with it, or too many streams at once, comes as its `Failed` event.

        Args:
            hearing: what is asked.
            client: on whose behalf, as `group/name`.

        Raises:
            UsageError: the pool is closed.
        """
        self._open()
        return self.listeners.listen(hearing)

    def transcribe(self, recording: Recording, *, client: str = "") -> AsyncGenerator[Final | Progress, None]:
        """Write a recording down; closing the generator frees its process at once.

        Args:
            recording: what is asked.
            client: on whose behalf, as `group/name`; clients take turns.

        Raises:
            AudioRejected: nothing can be heard in the file, or it is too long.
            InvalidRequest: the engine does not know the language.
            ModelNotFound: there is no such model on this machine.
            EngineError: the engine failed, its process died (`EngineCrashed`) or hung (`EngineTimeout`);
                what was final before was given.
            Overloaded: too many recordings wait, or this one waited too long.
            UsageError: the pool is closed.
        """
        self._open()
        return self.listeners.transcribe(recording, client=client)

    def change(self, target: bytes, *, client: str = "") -> EngineChanging:
        """Begin to change the voice of a live stream, on a process of its own that its first audio finds.

        What is wrong with it, or too many streams at once, comes as its `Failed` event.

        Args:
            target: whose voice it gets, as `measure` found it.
            client: on whose behalf, as `group/name`.

        Raises:
            UsageError: the pool is closed.
        """
        self._open()
        return self.changers.change(target)

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
            EngineError: the engine failed, its process died (`EngineCrashed`) or hung (`EngineTimeout`);
                what came before was given.
            Overloaded: too many recordings wait, or this one waited too long.
            UsageError: the pool is closed.
        """
        self._open()
        return self.changers.convert(conversion, client=client)

    async def measure(self, measuring: Measuring) -> bytes:
        """Measure the voice in a recording, for others to be changed into it.

        Raises:
            ClipRejected, AudioRejected, EngineError, Overloaded, UsageError: as from `convert`.
        """
        self._open()
        return await self.changers.measure(measuring)

    def fit(self, fitting: Fitting, *, client: str = "") -> AsyncGenerator[AudioChunk, None]:
        """Make speech join what comes before and after it; closing the generator frees its process.

        Raises:
            ClipRejected, AudioRejected, EngineError, Overloaded, UsageError: as from `convert`.
        """
        self._open()
        return self.changers.fit(fitting, client=client)

    def let_go(self) -> None:
        """After a fork, in the child: leave the processes to the parent."""
        self._closed = True
        self.speakers.let_go()
        self._examiners.let_go()
        for beside in self.beside:
            beside.let_go()

    def _open(self) -> None:
        if self._closed:
            raise UsageError("This pool is closed; make a new one.")
        _pools.add(self)


def _after_fork() -> None:
    for pool in _pools:
        pool.let_go()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
