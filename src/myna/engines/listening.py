"""What a process that listens is doing, as the pool sees it: its line, the job on it, a live stream."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import TYPE_CHECKING

from myna.engines import frames as plain
from myna.engines.hearing import frames
from myna.engines.link import Link, ended
from myna.engines.protocols import HEARING_RATE, Hearing
from myna.speech.errors import (
    AudioRejected,
    EngineCrashed,
    EngineError,
    InvalidRequest,
    ModelNotFound,
    MynaError,
)
from myna.speech.events import Done, Failed
from myna.speech.listening import ListeningEvent, Partial, Progress, Turns, TurnUpdate

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_log = logging.getLogger("myna.engines")

LISTENER = "myna.engines.hearing.worker"
"""The program of a process that listens."""

MOST_UNHEARD = 2 * HEARING_RATE
"""Samples that may wait for a process, beside those of one `feed`; more makes the feeder wait."""
_PIECE = HEARING_RATE // 4
"""Samples that are sent at a time."""
_HIGH, _LOW = 4096, 1024
"""Unread events of a job above which its process has to wait, and below which it goes on."""
_GRACE = 0.2
"""Seconds in which a process may stop by itself what nobody listens to any more."""


class Job:
    """A live stream or a recording: what came back and was not read yet.

    Attributes:
        loads: engine and model that it needs.
        told: whether anything but progress came.
        unheard: samples that were sent and not heard yet.
        news, room: set when there is an event or the end, and when samples were heard or nothing more is.
    """

    def __init__(self, loads: tuple[str, str | None], on_end: Callable[[], None]) -> None:
        self.loads = loads
        self.number = 0
        self.events: deque[frames.EngineHeard] = deque()
        self.told = False
        self.unheard = 0
        self.ended = False
        self.error: MynaError | None = None
        self.news = asyncio.Event()
        self.room = asyncio.Event()
        self._on_end = on_end

    def put(self, event: frames.EngineHeard) -> None:
        """Take what the process sent; what supersedes something unread takes its place."""
        self.told |= not isinstance(event, Progress)
        if self.events and type(event) is type(self.events[-1]) and isinstance(event, Partial | TurnUpdate):
            self.events.pop()
        self.events.append(event)
        self.news.set()

    def end(self, error: MynaError | None = None) -> None:
        """Nothing more comes."""
        if not self.ended:
            self.ended, self.error = True, error
            self._on_end()
            self.news.set()
            self.room.set()


class ListenerLink(Link):
    """A process that listens, from its start to its end.

    Attributes:
        ready: what it said when it was up; None before.
        job: what it does; kept after an abort until the process has said that it stopped.
        loaded: engine and model that it has loaded, as far as is known.
        since: loop time at which it became idle.
        discarded: whether it was ended because nobody listened any more.
    """

    def __init__(self, on_free: Callable[[ListenerLink], None], program: str = LISTENER) -> None:
        """Prepare a process.

        Args:
            on_free: called when its job has ended and when it is gone.
            program: module that runs in it.
        """
        super().__init__(program)
        self._on_free = on_free
        self._numbers = 0
        self.ready: plain.Ready | None = None
        self.job: Job | None = None
        self.loaded: tuple[str, str | None] | None = None
        self.since = 0.0
        self.discarded = False

    def begin(self, job: Job, message: Callable[[int], bytes]) -> None:
        """Give the idle process a job; `message` makes the frame of its number."""
        self._numbers = job.number = (self._numbers + 1) & 0xFFFFFFFF
        self.job, self.loaded = job, job.loads
        if self.lost:
            self.job = None
            job.end(ended())
            return
        if self.ready is not None:
            self._touch()
        self._write(message(job.number))

    def tell(self, data: bytes) -> None:
        """Send a frame that belongs to the job."""
        self._write(data)

    def took(self, job: Job) -> None:
        """Somebody read events of the job; a process that had to wait goes on when there is room."""
        if self._paused and self.job is job and len(job.events) < _LOW:
            self._resume()

    def abandon(self, job: Job) -> None:
        """Nobody listens to the job any more: the process stops, or is ended."""
        if self.job is job and not job.ended:
            self._write(plain.stop(job.number))
            self._resume()
            asyncio.get_running_loop().call_later(_GRACE, self._end_if_on, job)
        job.end()
        job.events.clear()

    def _end_if_on(self, job: Job) -> None:
        if self.job is job:
            self.discarded = True
            self.kill(EngineCrashed("The process was ended."))

    def _read(self, kind: int, payload: memoryview) -> None:
        job = self.job
        if kind == plain.READY:
            self.ready, self.expires = plain.read_ready(payload), None
            if job is not None:
                self._touch()
        elif job is None or kind == plain.ALIVE:
            return
        elif kind in (plain.DONE, frames.TROUBLE):
            self.job, self.expires = None, None
            job.end(_error(frames.read_trouble(payload)) if kind == frames.TROUBLE else None)
            self._on_free(self)
        elif job.ended:
            return
        elif kind == frames.EVENT:
            job.put(frames.read_event(payload))
            if len(job.events) > _HIGH:
                self._pause()
        elif kind == frames.TAKEN:
            job.unheard -= frames.read_taken(payload)
            job.room.set()

    def _gone(self, error: MynaError) -> None:
        job, self.job = self.job, None
        if job is not None:
            job.end(error)
        self._on_free(self)


class EngineListening:
    """One live stream of audio on a process of its own, which is found at the first audio.

    `feed` and the commands keep their order, whichever tasks call them.
    """

    def __init__(
        self,
        hearing: Hearing,
        bind: Callable[[Job], Awaitable[ListenerLink | None]],
        release: Callable[[], None],
    ) -> None:
        """Prepare.

        Args:
            hearing: what is asked.
            bind: finds a process for the job and begins it; None where the job has ended meanwhile.
            release: called once the stream needs no process any more.
        """
        self._hearing = hearing
        self._job = Job((hearing.engine, hearing.model), release)
        self._bind = bind
        self._binding: asyncio.Task[None] | None = None
        self._link: ListenerLink | None = None
        self._order = asyncio.Lock()
        self._finished = False

    async def feed(self, samples: NDArray[np.float32] | NDArray[np.int16]) -> None:
        """Take mono samples of shape (n,) at `HEARING_RATE`; waits while too much is unheard."""
        async with self._order:
            for start in range(0, len(samples), _PIECE):
                piece = samples[start : start + _PIECE]
                link = await self._bound()
                while link is not None and self._job.unheard > MOST_UNHEARD and not self._job.ended:
                    self._job.room.clear()
                    await self._job.room.wait()
                if link is None or self._job.ended or self._finished:
                    return
                self._job.unheard += len(piece)
                link.tell(frames.samples(piece))

    async def finalize(self) -> None:
        """Make all that was fed final, then tell `Finalized`."""
        await self._tell(plain.frame(frames.FINALIZE, b""), frames.COMMAND)

    async def configure(self, turns: Turns) -> None:
        """Take other thresholds from here on."""
        await self._tell(frames.configure(turns), frames.COMMAND)

    async def finish(self) -> None:
        """No more audio comes; `Done` follows after the last text."""
        await self._tell(plain.frame(frames.FINISH, b""), 0)
        self._finished = True

    def cancel(self) -> None:
        """Drop everything and free the process at once; `events` ends in `Done`. Idempotent."""
        if self._link is not None:
            self._link.abandon(self._job)
        else:
            self._job.end()

    def fail(self, error: MynaError) -> None:
        """End the stream in an error."""
        if self._job.ended:
            return
        if self._link is not None:
            kept = list(self._job.events)
            self._link.abandon(self._job)
            self._job.events.extend(kept)
        else:
            self._job.end()
        self._job.error = error

    async def events(self) -> AsyncGenerator[ListeningEvent, None]:
        """What is heard, `Done` or `Failed` at the end; may be iterated once, closing it cancels."""
        job = self._job
        try:
            while True:
                while job.events:
                    event = job.events.popleft()
                    if self._link is not None:
                        self._link.took(job)
                    yield event  # type: ignore[misc]  # no progress comes of a live stream
                if job.ended:
                    break
                job.news.clear()
                await job.news.wait()
            yield Failed(job.error) if job.error is not None else Done()
        finally:
            self.cancel()

    async def _tell(self, message: bytes, weight: int) -> None:
        async with self._order:
            link = await self._bound()
            while link is not None and self._job.unheard > MOST_UNHEARD and not self._job.ended:
                self._job.room.clear()
                await self._job.room.wait()
            if link is not None and not self._job.ended and not self._finished:
                self._job.unheard += weight
                link.tell(message)

    async def _bound(self) -> ListenerLink | None:
        if self._link is None and not self._job.ended:
            if self._binding is None:
                self._binding = asyncio.get_running_loop().create_task(self._find())
            await asyncio.shield(self._binding)
        return self._link

    async def _find(self) -> None:
        """Find a process, whatever becomes of those who wait for it."""
        try:
            self._link = await self._bind(self._job)
        except MynaError as error:
            self._job.end(error)


def _error(trouble: frames.Trouble) -> MynaError:
    if trouble.blame == "defect":
        _log.error("a recogniser failed: %s", trouble.message)
        return EngineCrashed("The engine failed on this; the log says where.")
    kinds: dict[frames.Blame, type[MynaError]] = {
        "request": InvalidRequest,
        "model": ModelNotFound,
        "recording": AudioRejected,
    }
    return kinds.get(trouble.blame, EngineError)(trouble.message)
