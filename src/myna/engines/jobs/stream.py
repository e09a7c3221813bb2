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

    `feed` and the commands keep their order, whichever tasks call them. If the process dies before it has
    taken anything, as one may that was idle for long, another gets all of it.
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
        self._job.again = self._again
        self._bind = bind
        self._binding: asyncio.Task[None] | None = None
        self._link: JobLink | None = None
        self._order = asyncio.Lock()
        self._finished = False
        self._renewed = False
        self._sent: list[tuple[bytes, int]] = []

    async def feed(self, samples: NDArray[np.float32] | NDArray[np.int16]) -> None:
        """Take mono samples of shape (n,) at 16 kHz; waits while too much was not worked on yet."""
        async with self._order:
            for start in range(0, len(samples), _PIECE):
                piece = samples[start : start + _PIECE]
                link = await self._ready()
                if link is None:
                    return
                self._send(link, frames.samples(piece), len(piece))

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
                self._send(link, message, weight)

    def _send(self, link: JobLink, message: bytes, weight: int) -> None:
        """Send what counts as so many samples; it is kept as long as it may have to be sent again."""
        if self._job.again is None or self._job.begun:
            self._sent.clear()
        else:
            self._sent.append((message, weight))
        self._job.untaken += weight
        link.tell(message)

    async def _ready(self) -> JobLink | None:
        """The process once it can take more; None where nothing can be sent any more."""
        job = self._job
        while not (job.ended or self._finished):
            if self._link is None:
                if self._binding is None:
                    self._binding = asyncio.get_running_loop().create_task(self._find())
                await asyncio.shield(self._binding)
            elif job.untaken > MOST_UNTAKEN:
                job.room.clear()
                await job.room.wait()
            else:
                return self._link
        return None

    async def _find(self) -> None:
        """Find a process, whatever becomes of those who wait for it."""
        link: JobLink | None = None
        try:
            while link is None or self._renewed:
                self._renewed = False
                link = await self._bind(self._job)
                if link is None:
                    return
        except MynaError as error:
            self._job.end(error)
            return
        self._link = link
        for message, weight in self._sent:
            self._job.untaken += weight
            link.tell(message)

    def _again(self) -> None:
        """The process is lost before it took anything: find another."""
        self._link = None
        if self._binding is not None and not self._binding.done():
            self._renewed = True
        else:
            self._binding = asyncio.get_running_loop().create_task(self._find())
