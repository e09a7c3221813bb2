"""One live stream of audio on a process of its own, whatever the process makes of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import TYPE_CHECKING, Generic, TypeVar, cast

from myna.engines import frames as plain
from myna.engines.jobs import frames
from myna.engines.jobs.job import Events, Job, JobLink
from myna.engines.protocols import HEARING_RATE
from myna.speech.errors import MynaError
from myna.speech.events import Done, Failed

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MOST_UNTAKEN = 2 * HEARING_RATE
"""Samples that may wait for a process, beside those of one `feed`; more makes the feeder wait."""
_PIECE = HEARING_RATE // 4
"""Samples that are sent at a time."""

E = TypeVar("E")


class EngineStream(Generic[E]):
    """One live stream of audio on a process of its own, which is found at the first audio.

    `feed` and the commands keep their order, whichever tasks call them.
    """

    def __init__(
        self,
        events: Events,
        loads: object,
        bind: Callable[[Job], Awaitable[JobLink | None]],
        release: Callable[[], None],
    ) -> None:
        """Prepare.

        Args:
            events: how its events are read and kept.
            loads: what it needs of its process.
            bind: finds a process for the job and begins it; None where the job has ended meanwhile.
            release: called once the stream needs no process any more.
        """
        self._job = Job(events, loads, release)
        self._bind = bind
        self._binding: asyncio.Task[None] | None = None
        self._link: JobLink | None = None
        self._order = asyncio.Lock()
        self._finished = False

    async def feed(self, samples: NDArray[np.float32] | NDArray[np.int16]) -> None:
        """Take mono samples of shape (n,) at 16 kHz; waits while too much was not worked on yet."""
        async with self._order:
            for start in range(0, len(samples), _PIECE):
                piece = samples[start : start + _PIECE]
                link = await self._ready()
                if link is None:
                    return
                self._job.untaken += len(piece)
                link.tell(frames.samples(piece))

    async def finish(self) -> None:
        """No more audio comes; `Done` follows after what is made of the last of it."""
        await self._tell(plain.frame(frames.FINISH, b""), 0)
        self._finished = True

    def cancel(self) -> None:
        """Drop everything and free the process at once; `events` ends in `Done`. Idempotent."""
        if self._link is not None:
            self._link.abandon(self._job)
        else:
            self._job.end()

    def fail(self, error: MynaError) -> None:
        """End the stream in an error; what came before can still be read."""
        if self._job.ended:
            return
        self._job.end(error)
        if self._link is not None:
            self._link.leave(self._job)

    async def events(self) -> AsyncGenerator[E | Done | Failed, None]:
        """What comes of it, `Done` or `Failed` at the end; may be iterated once, closing it cancels."""
        job = self._job
        try:
            while True:
                while job.unread:
                    event = job.take()
                    if self._link is not None:
                        self._link.took(job)
                    yield cast("E", event)
                if job.ended:
                    break
                job.news.clear()
                await job.news.wait()
            yield Failed(job.error) if job.error is not None else Done()
        finally:
            self.cancel()

    async def _tell(self, message: bytes, weight: int) -> None:
        """Send a command, which counts as so many samples."""
        async with self._order:
            link = await self._ready()
            if link is not None:
                self._job.untaken += weight
                link.tell(message)

    async def _ready(self) -> JobLink | None:
        """The process once it can take more; None where nothing can be sent any more."""
        job = self._job
        if self._link is None and not job.ended:
            if self._binding is None:
                self._binding = asyncio.get_running_loop().create_task(self._find())
            await asyncio.shield(self._binding)
        while self._link is not None and job.untaken > MOST_UNTAKEN and not job.ended:
            job.room.clear()
            await job.room.wait()
        return None if job.ended or self._finished else self._link

    async def _find(self) -> None:
        """Find a process, whatever becomes of those who wait for it."""
        try:
            self._link = await self._bind(self._job)
        except MynaError as error:
            self._job.end(error)
