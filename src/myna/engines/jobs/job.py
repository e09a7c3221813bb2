"""What a process is doing, as the pool sees it: the job on it, and the line to it."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from myna.engines import frames as plain
from myna.engines.jobs import frames
from myna.engines.link import Link, ended
from myna.speech.errors import (
    AudioRejected,
    ClipRejected,
    EngineCrashed,
    EngineError,
    InvalidRequest,
    ModelNotFound,
    MynaError,
)
from myna.speech.listening import Progress

_log = logging.getLogger("myna.engines")

_GRACE = 0.2
"""Seconds in which a process may stop by itself what nobody wants any more."""


@dataclass(frozen=True, slots=True)
class Events:
    """How the events of a job are read, and how many are kept.

    Attributes:
        read: an event of the content of its frame.
        most: weight of unread events above which the process has to wait; it goes on at a quarter of that.
        weigh: the weight of an event.
        supersedes: whether an event takes the place of the one before, if nobody has read that yet.
    """

    read: Callable[[memoryview], Any]
    most: int
    weigh: Callable[[Any], int] = lambda event: 1
    supersedes: Callable[[Any, Any], bool] = lambda event, before: False


class Job:
    """A live stream or a recording: what came back and was not read yet.

    Attributes:
        loads: what it needs of its process; a process that has it already is preferred.
        told: whether anything but progress came.
        untaken: samples that were sent and not worked on yet.
        begun: whether anything came of it, be it only that samples were taken.
        again: begins it on another process, where its first is lost before; at most once.
        fresh: whether it wants a process that has just started: those that were idle may be lost as well.
        news, room: set when there is an event or the end, and when samples were taken or nothing more is.
    """

    def __init__(self, events: Events, loads: object, on_end: Callable[[], None]) -> None:
        self.loads = loads
        self.number = 0
        self.told = False
        self.begun = False
        self.again: Callable[[], None] | None = None
        self.fresh = False
        self.untaken = 0
        self.ended = False
        self.error: MynaError | None = None
        self.news = asyncio.Event()
        self.room = asyncio.Event()
        self._events = events
        self._unread: deque[Any] = deque()
        self._weight = 0
        self._on_end = on_end

    @property
    def unread(self) -> int:
        """How many events were not read yet."""
        return len(self._unread)

    @property
    def is_full(self) -> bool:
        """Whether too much is unread for more to come."""
        return self._weight > self._events.most

    @property
    def has_room(self) -> bool:
        """Whether so little is unread that more may come."""
        return self._weight < max(self._events.most // 4, 1)

    def put(self, payload: memoryview) -> None:
        """Take what the process sent; what supersedes something unread takes its place."""
        event = self._events.read(payload)
        self.told |= not isinstance(event, Progress)
        if self._unread and self._events.supersedes(event, self._unread[-1]):
            self._weight -= self._events.weigh(self._unread.pop())
        self._unread.append(event)
        self._weight += self._events.weigh(event)
        self.news.set()

    def take(self) -> Any:
        """The next unread event; there must be one."""
        event = self._unread.popleft()
        self._weight -= self._events.weigh(event)
        return event

    def drop(self) -> None:
        """Nobody reads what is unread."""
        self._unread.clear()
        self._weight = 0

    def lose(self, error: MynaError) -> None:
        """Its process is gone: the end of it too, if it cannot begin again."""
        again, self.again = self.again, None
        if again is None or self.begun or self.ended or not isinstance(error, EngineCrashed):
            self.end(error)
        else:
            self.untaken, self.fresh = 0, True
            again()
            self.room.set()

    def end(self, error: MynaError | None = None) -> None:
        """Nothing more comes."""
        if not self.ended:
            self.ended, self.error = True, error
            self._on_end()
            self.news.set()
            self.room.set()


class JobLink(Link):
    """A process that does one job at a time, from its start to its end.

    Attributes:
        ready: what it said when it was up; None before.
        job: what it does; kept after an abort until the process has said that it stopped.
        loaded: what its last job needed of it, as far as is known.
        since: loop time at which it became idle.
        discarded: whether it was ended because nobody wanted its work any more.
    """

    def __init__(self, on_free: Callable[[JobLink], None], program: str) -> None:
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
        self.loaded: object = None
        self.since = 0.0
        self.discarded = False

    def begin(self, job: Job, message: Callable[[int], bytes]) -> None:
        """Give the idle process a job; `message` makes the frame of its number."""
        self._numbers = job.number = (self._numbers + 1) & 0xFFFFFFFF
        self.job, self.loaded = job, job.loads
        if self.lost:
            self.job = None
            job.lose(ended())
            return
        if self.ready is not None:
            self._touch()
        self._write(message(job.number))

    def tell(self, data: bytes) -> None:
        """Send a frame that belongs to the job."""
        self._write(data)

    def took(self, job: Job) -> None:
        """Somebody read events of the job; a process that had to wait goes on when there is room."""
        if self._paused and self.job is job and job.has_room:
            self._resume()

    def abandon(self, job: Job) -> None:
        """Nobody wants the job any more, nor what came of it: the process stops, or is ended."""
        if not job.ended:
            job.end()
            self.leave(job)
        job.drop()

    def leave(self, job: Job) -> None:
        """The job has ended before its process did: the process stops, or is ended."""
        if self.job is job:
            self._write(plain.stop(job.number))
            self._resume()
            asyncio.get_running_loop().call_later(_GRACE, self._end_if_on, job)

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
            job.begun = True
            job.put(payload)
            if job.is_full:
                self._pause()
        elif kind == frames.TAKEN:
            job.begun = True
            job.untaken -= frames.read_taken(payload)
            job.room.set()

    def _gone(self, error: MynaError) -> None:
        job, self.job = self.job, None
        if job is not None:
            job.lose(error)
        self._on_free(self)


def _error(trouble: frames.Trouble) -> MynaError:
    if trouble.blame == "defect":
        _log.error("an engine failed: %s", trouble.message)
        return EngineCrashed("The engine failed on this; the log says where.")
    kinds: dict[frames.Blame, type[MynaError]] = {
        "request": InvalidRequest,
        "model": ModelNotFound,
        "recording": AudioRejected,
        "clip": ClipRejected,
    }
    return kinds.get(trouble.blame, EngineError)(trouble.message)
