"""The worker pools of this process: one for each event loop, shared by all who do not bring their own."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Protocol

from myna.engines.changers import EngineChanging
from myna.engines.changing.protocols import Conversion, Fitting, Measuring
from myna.engines.listening import EngineListening
from myna.engines.pool import WorkerPool
from myna.engines.protocols import EngineEvent, Examination, Finding, Hearing, Recording, Utterance
from myna.speech.events import AudioChunk
from myna.speech.listening import Final, Progress


class Pool(Protocol):
    """What speaks utterances; see `WorkerPool`."""

    @property
    def engines(self) -> frozenset[str]:
        """Names of the engines there are; empty before `start`."""
        ...

    async def start(self) -> None:
        """Get ready; idempotent."""
        ...

    async def aclose(self) -> None:
        """End everything; idempotent."""
        ...

    def synthesize(
        self, engine: str, utterance: Utterance, *, spare: float = 0.0, client: str = ""
    ) -> AsyncGenerator[EngineEvent, None]:
        """Speak to a listener with `spare` seconds of audio left; closing the generator ends it at once.

        Clients in equal need take turns.
        """
        ...

    async def examine(self, examination: Examination) -> Finding:
        """Look into a recording.

        Raises:
            ClipRejected: no voice can be made of it; the message says why.
            EngineError: it could not be examined.
            Overloaded: too many recordings wait.
        """
        ...

    def listen(self, hearing: Hearing, *, client: str = "") -> EngineListening:
        """Begin to listen to a live stream; needs no `start`."""
        ...

    def transcribe(self, recording: Recording, *, client: str = "") -> AsyncGenerator[Final | Progress, None]:
        """Write a recording down; closing the generator ends it at once. Needs no `start`."""
        ...

    def change(self, target: bytes, *, client: str = "") -> EngineChanging:
        """Begin to change the voice of a live stream into a measured one; needs no `start`."""
        ...

    def convert(
        self, conversion: Conversion, *, client: str = ""
    ) -> AsyncGenerator[AudioChunk | Progress, None]:
        """Change the voice of a recording; closing the generator ends it at once. Needs no `start`."""
        ...

    async def measure(self, measuring: Measuring) -> bytes:
        """Measure the voice in a recording, for others to be changed into it; needs no `start`."""
        ...

    def fit(self, fitting: Fitting, *, client: str = "") -> AsyncGenerator[AudioChunk, None]:
        """Make speech join its neighbours; closing the generator ends it. Needs no `start`."""
        ...


@dataclass(slots=True)
class _Shared:
    pool: WorkerPool
    loop: asyncio.AbstractEventLoop
    process: int
    users: int = 0


_shared: dict[int, _Shared] = {}


class Lease:
    """The right to use the shared pool of the running event loop, until it is given back."""

    def __init__(self, shared: _Shared) -> None:
        self._shared = shared
        self._held = True
        shared.users += 1

    @property
    def pool(self) -> WorkerPool:
        """The pool; started by whoever uses it first."""
        return self._shared.pool

    @property
    def is_usable(self) -> bool:
        """Whether the pool belongs to this process and to the running event loop."""
        here = self._shared.process == os.getpid() and self._shared.loop is asyncio.get_running_loop()
        return self._held and here

    async def give_back(self) -> None:
        """Let go; the last one to do so ends the workers. Idempotent."""
        if not self._held:
            return
        self._held = False
        self._shared.users -= 1
        if self._shared.users:
            return
        if _shared.get(id(self._shared.loop)) is self._shared:
            del _shared[id(self._shared.loop)]
        if self._shared.process == os.getpid() and self._shared.loop is asyncio.get_running_loop():
            await self._shared.pool.aclose()


def lease() -> Lease:
    """Share the pool of the running event loop, which must be running."""
    loop = asyncio.get_running_loop()
    for key in [
        key for key, entry in _shared.items() if entry.process != os.getpid() or entry.loop.is_closed()
    ]:
        stale = _shared.pop(key)
        if stale.process == os.getpid():
            stale.pool.let_go()
    entry = _shared.get(id(loop))
    if entry is None:
        entry = _shared[id(loop)] = _Shared(WorkerPool(), loop, os.getpid())
    return Lease(entry)
