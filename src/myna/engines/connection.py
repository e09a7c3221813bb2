"""One worker process as the pool sees it: its socket, its process, and the job on it."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable

from myna.engines import frames
from myna.engines.link import Link, ended
from myna.engines.protocols import EngineEvent, Examination, Finding, Pcm, Utterance
from myna.speech.errors import ClipRejected, EngineCrashed, EngineError, MynaError

_log = logging.getLogger("myna.engines")

SPEAKER = "myna.engines.worker"
"""The program of a worker that speaks."""
EXAMINER = "myna.engines.examiner"
"""The program of a worker that looks into one recording."""

_HIGH = 8 << 20
_LOW = 2 << 20
"""Bytes of unread audio of an utterance above which its worker has to wait, and below which it goes on."""


class Turn:
    """An utterance or an examination on a worker: what came back and was not read yet."""

    __slots__ = ("_waiter", "ended", "error", "events", "finding", "number", "size")

    def __init__(self, number: int) -> None:
        self.number = number
        self.events: deque[EngineEvent] = deque()
        self.size = 0
        """Bytes of audio in `events`."""
        self.ended = False
        self.error: MynaError | None = None
        self.finding: Finding | None = None
        self._waiter: asyncio.Future[None] | None = None

    def put(self, event: EngineEvent) -> None:
        """Take what the worker sent."""
        self.events.append(event)
        if isinstance(event, Pcm):
            self.size += len(event.data)
        self._wake()

    def end(self, error: MynaError | None = None) -> None:
        """Nothing more comes."""
        if not self.ended:
            self.ended, self.error = True, error
            self._wake()

    async def wait(self) -> None:
        """Wait until there is an event or the end."""
        self._waiter = asyncio.get_running_loop().create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


class Connection(Link):
    """A worker, from its start to its end.

    Attributes:
        ready: what the worker said when it was up; None before.
        turn: the utterance on it; kept after an abort until the worker has said that it stopped.
    """

    def __init__(
        self,
        on_ready: Callable[[Connection], None],
        on_free: Callable[[Connection], None],
        program: str = SPEAKER,
    ) -> None:
        """Prepare a worker; `start` starts it.

        Args:
            on_ready: called once when it is up.
            on_free: called when its job has ended and when it is gone.
            program: module that runs in the process.
        """
        super().__init__(program)
        self._on_ready, self._on_free = on_ready, on_free
        self._numbers = 0
        self.ready: frames.Ready | None = None
        self.turn: Turn | None = None

    def speak(self, engine: str, utterance: Utterance) -> Turn:
        """Give the idle worker an utterance."""
        self._numbers = (self._numbers + 1) & 0xFFFFFFFF
        return self._begin_turn(frames.speak(frames.Job(self._numbers, engine, utterance)))

    def examine(self, examination: Examination) -> Turn:
        """Give the worker its only examination."""
        return self._begin_turn(frames.examine(examination))

    def _begin_turn(self, job: bytes) -> Turn:
        turn = self.turn = Turn(self._numbers)
        if self.lost:
            turn.end(ended())
            return turn
        self._touch()
        self._write(job)
        return turn

    def abandon(self, turn: Turn) -> None:
        """Nobody listens to `turn` any more: the worker is told to stop and is free when it has."""
        if self.turn is turn and not turn.ended:
            turn.ended = True
            turn.events.clear()
            self._write(frames.stop(turn.number))
            self._resume()
        turn.events.clear()

    def taken(self, turn: Turn, event: EngineEvent) -> None:
        """The reader took `event`; a worker that had to wait goes on when there is room."""
        if isinstance(event, Pcm):
            turn.size -= len(event.data)
            if self._paused and self.turn is turn and turn.size < _LOW:
                self._resume()

    def _read(self, kind: int, payload: memoryview) -> None:
        turn = self.turn
        if kind == frames.READY:
            self.ready, self.expires = frames.read_ready(payload), None
            self._on_ready(self)
        elif turn is None:
            return
        elif kind in (frames.DONE, frames.FAILED, frames.FOUND):
            error = _error(frames.read_failure(payload)) if kind == frames.FAILED else None
            if kind == frames.FOUND:
                turn.finding = frames.read_finding(payload)
            self.turn, self.expires = None, None
            turn.end(error)
            self._on_free(self)
        elif kind == frames.ALIVE:
            return
        elif not turn.ended:
            turn.put(frames.read_event(kind, payload))
            if turn.size > _HIGH:
                self._pause()

    def _gone(self, error: MynaError) -> None:
        turn, self.turn = self.turn, None
        if turn is not None:
            turn.end(error)
        self._on_free(self)


def _error(failure: frames.Failure) -> MynaError:
    if failure.unexpected:
        _log.error("an engine failed: %s", failure.message)
        return EngineCrashed("The engine failed on this; the log says where.")
    return ClipRejected(failure.message) if failure.rejected else EngineError(failure.message)
