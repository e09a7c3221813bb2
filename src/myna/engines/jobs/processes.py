"""Processes beside the workers that speak: live streams and recordings, one on each."""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Any, TypeVar

from myna.engines.jobs.job import Events, Job, JobLink
from myna.engines.jobs.places import Places
from myna.engines.jobs.stream import EngineStream
from myna.engines.link import timed_out
from myna.speech.errors import EngineCrashed, EngineTimeout, MynaError, Overloaded
from myna.speech.listening import Progress

LIVE_PER_CORE = 4
"""Live streams for each core of the machine, where nothing else is said."""
_WATCH = 0.25
"""Seconds between two looks at deadlines."""
_IDLE = 60.0
"""Seconds after which a process without work is ended, but for one."""
_FRUITLESS = 3
"""Starts in a row without a process that comes up, after which none is kept in reserve."""

Message = Callable[[int], bytes]
"""Makes the frame that begins a job, of the job's number."""
S = TypeVar("S", bound=EngineStream[Any])


class Processes:
    """Runs live streams and recordings, each on a process of its own.

    The first use starts the first process; from the first live stream on, one is kept in reserve for the
    next. A process that dies or hangs costs what was on it; a recording of which nothing was told yet, and a
    live stream of which nothing was taken, begin once more.

    Attributes:
        restarts: processes that were lost since the start.
        live: live streams that have a process.
    """

    def __init__(
        self,
        program: str,
        *,
        live: int | None = None,
        recordings: int | None = None,
        deadline: float = 20.0,
        idle: float = _IDLE,
    ) -> None:
        """Prepare; nothing is started.

        Args:
            program: module that runs in the processes.
            live: most live streams at once; `LIVE_PER_CORE` for each core by default.
            recordings: most recordings at once; one for each core by default.
            deadline: seconds without a sign of life after which a process is ended.
            idle: seconds after which a process without work is ended, but for one.
        """
        cores = os.cpu_count() or 1
        self._most = live or LIVE_PER_CORE * cores
        self._at_once = recordings or cores
        self._later = Places(self._at_once)
        self._deadline = deadline
        self._patience = idle
        self._program = program
        self._links: set[JobLink] = set()
        self._idle: list[JobLink] = []
        self._open: set[EngineStream[Any]] = set()
        self._dead: list[subprocess.Popen[bytes]] = []
        self._watching: asyncio.Task[None] | None = None
        self._fruitless = 0
        self._streams = False
        self._end: MynaError | None = None
        self.restarts = 0
        self.live = 0

    @property
    def processes(self) -> tuple[int, ...]:
        """Process ids of those that run."""
        return tuple(link.process.pid for link in self._links if link.process is not None)

    @property
    def waiting(self) -> int:
        """Recordings that wait."""
        return self._later.waiting

    @property
    def busy(self) -> int:
        """Processes with something on them."""
        return sum(link.job is not None for link in self._links)

    def _stream(self, kind: type[S], events: Events, loads: object, message: Message) -> S:
        """Begin a live stream; what is wrong with it, or too many at once, comes as its `Failed` event."""
        admitted = False

        async def bind(job: Job) -> JobLink | None:
            nonlocal admitted
            if self._end is not None:
                raise self._end
            if not admitted:
                if self.live >= self._most:
                    raise Overloaded(f"{self._most} live streams are on already; try again.", retry_after=1.0)
                self.live, admitted, self._streams = self.live + 1, True, True
            link = await self._acquire(job)
            if job.ended:
                self._give_back(link)
                return None
            link.begin(job, message)
            return link

        def release() -> None:
            nonlocal admitted
            self._open.discard(stream)
            if admitted:
                self.live, admitted = self.live - 1, False

        stream = kind(events, loads, bind, release)
        self._open.add(stream)
        return stream

    async def _recording(
        self,
        events: Events,
        loads: object,
        message: Message,
        *,
        client: str = "",
        places: Places | None = None,
    ) -> AsyncGenerator[Any, None]:
        """Work on a recording; closing the generator frees its process at once.

        Args:
            events: how its events are read and kept.
            loads: what it needs of its process.
            message: begins it.
            client: on whose behalf, as `group/name`.
            places: where it waits for its turn; with all recordings by default.

        Raises:
            MynaError: what the program has to say against it.
            EngineCrashed: the process died with something told already, or twice.
            EngineTimeout: likewise it hung.
            Overloaded: too many recordings wait, or this one waited too long.
        """
        reached = -1.0
        for attempt in (1, 2):
            if self._end is not None:
                raise self._end
            job = Job(events, loads, await (places or self._later).take(client))
            job.fresh = attempt > 1
            async with aclosing(self._attempt(job, message)) as told:
                async for event in told:
                    if isinstance(event, Progress):
                        if event.seconds < reached:  # the second attempt is not as far yet
                            continue
                        reached = event.seconds
                    yield event
            if job.error is None:
                return
            again = isinstance(job.error, EngineCrashed | EngineTimeout) and not job.told and attempt == 1
            if not again or self._end is not None:
                raise job.error

    async def _attempt(self, job: Job, message: Message) -> AsyncGenerator[Any, None]:
        """All that comes of a job, which has a place; the job then says how it ended."""
        link: JobLink | None = None
        try:
            link = await self._acquire(job)
            link.begin(job, message)
            while True:
                while job.unread:
                    event = job.take()
                    link.took(job)
                    yield event
                if job.ended:
                    return
                job.news.clear()
                await job.news.wait()
        finally:
            if link is not None:
                link.abandon(job)
            job.end()

    def close(self, error: MynaError) -> None:
        """End everything in `error`, also what is still to come; `reap` collects the processes."""
        self._end = error
        if self._watching is not None:
            self._watching.cancel()
        for stream in tuple(self._open):
            stream.fail(error)
        for link in tuple(self._links):
            link.kill(error)
            self._bury(link)
        self._links.clear()
        self._idle.clear()

    async def closed(self) -> None:
        """Wait for the end of what `close` has stopped."""
        if self._watching is not None:
            await asyncio.gather(self._watching, return_exceptions=True)

    def reap(self) -> bool:
        """Collect ended processes; whether some are left."""
        self._dead[:] = [process for process in self._dead if process.poll() is None]
        return bool(self._dead)

    def let_go(self) -> None:
        """After a fork, in the child: leave the processes to the parent."""
        self._end = EngineCrashed("The processes of this engine belong to another process.")
        for link in self._links:
            link.close_in_child()

    async def _acquire(self, job: Job) -> JobLink:
        """An idle process, at best one that has loaded what the job needs, or a new one."""
        if self._end is not None:
            raise self._end
        if self._watching is None:
            self._watching = asyncio.get_running_loop().create_task(self._watch())
        self._idle = [link for link in self._idle if link.alive]
        if job.fresh:
            return await self._start()
        for suits in (lambda link: link.loaded == job.loads, lambda link: link.loaded is None):
            for link in reversed(self._idle):
                if suits(link):
                    self._idle.remove(link)
                    return link
        return await self._start()

    async def _start(self) -> JobLink:
        link = JobLink(self._freed, self._program)
        self._links.add(link)
        try:
            await link.start(self._deadline)
        except OSError as error:
            self._links.discard(link)
            link.kill(ended := EngineCrashed(f"A process of the engine cannot be started: {error}."))
            raise ended from None
        if self._end is not None:
            self._retire(link)
            raise self._end
        return link

    def _give_back(self, link: JobLink) -> None:
        if not link.lost:
            link.since = asyncio.get_running_loop().time()
            self._idle.append(link)

    def _freed(self, link: JobLink) -> None:
        """A process has ended its job, or its life."""
        if not link.lost:
            self._fruitless = 0
            if link in self._links:
                self._give_back(link)
            return
        if link in self._idle:
            self._idle.remove(link)
        if link not in self._links:
            return
        self._links.discard(link)
        self._bury(link)
        if not link.discarded:
            self.restarts += 1
        if link.ready is None:
            self._fruitless += 1

    def _retire(self, link: JobLink) -> None:
        """End a process that is not needed."""
        self._links.discard(link)
        link.kill(EngineCrashed("The process was not needed any more."))
        self._bury(link)

    def _bury(self, link: JobLink) -> None:
        if link.process is not None and link.process not in self._dead:
            self._dead.append(link.process)

    async def _watch(self) -> None:
        """End processes that give no sign of life, keep one in reserve, bury the dead."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(min(_WATCH, self._deadline / 4))
            now = loop.time()
            for link in tuple(self._links):
                if link.expires is not None and now > link.expires:
                    link.kill(timed_out(self._deadline))
            spare = [link for link in self._idle if link.alive and self.serves_live(link.loaded)]
            for link in tuple(self._idle):
                if link not in spare[-1:] and now - link.since > self._patience:
                    self._idle.remove(link)
                    self._retire(link)
            if not spare and self._reserves:
                try:
                    self._give_back(await self._start())
                except EngineCrashed:
                    self._fruitless += 1
            self.reap()

    def serves_live(self, loaded: object) -> bool:
        """Whether a process that was used so can be the one in reserve, for a live stream."""
        return True

    @property
    def _reserves(self) -> bool:
        """Whether one more is to be started for a next live stream: such there are, and no other starts."""
        up = all(link.ready is not None for link in self._links)
        room = len(self._links) < self._most + self._at_once
        return self._streams and up and room and self._fruitless < _FRUITLESS
