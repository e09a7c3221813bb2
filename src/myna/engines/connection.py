"""One worker process as the pool sees it: its socket, its process, and the job on it."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import subprocess
import sys
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import cast

from myna.engines import frames
from myna.engines.protocols import EngineEvent, Examination, Finding, Pcm, Utterance
from myna.speech.errors import ClipRejected, EngineCrashed, EngineError, EngineTimeout, MynaError

_log = logging.getLogger("myna.engines")

SPEAKER = "myna.engines.worker"
"""The program of a worker that speaks."""
EXAMINER = "myna.engines.examiner"
"""The program of a worker that looks into one recording."""

_STARTING = 10.0
"""Seconds that a process has to come up at least: a busy machine loads it slowly, which is no fault of it."""
_BUFFER = 64 << 10
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


class Connection(asyncio.BufferedProtocol):
    """A worker, from its start to its end.

    Attributes:
        ready: what the worker said when it was up; None before.
        turn: the utterance on it; kept after an abort until the worker has said that it stopped.
        expires: loop time by which it must give a sign of life; None while nothing is asked of it.
        lost: whether it is gone.
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
        self._program = program
        self._on_ready, self._on_free = on_ready, on_free
        self._buffer = bytearray(_BUFFER)
        self._view = memoryview(self._buffer)
        self._begin = self._end = 0
        self._transport: asyncio.Transport | None = None
        self._numbers = 0
        self._paused = False
        self._deadline = 0.0
        self.process: subprocess.Popen[bytes] | None = None
        self.socket: socket.socket | None = None
        self.ready: frames.Ready | None = None
        self.turn: Turn | None = None
        self.expires: float | None = None
        self.lost = False

    async def start(self, deadline: float) -> None:
        """Start the process, which has `deadline` seconds for each sign of life, and some for the first."""
        loop = asyncio.get_running_loop()
        self._deadline = deadline
        self.expires = loop.time() + max(deadline, _STARTING)
        ours, theirs = socket.socketpair()
        with theirs:
            self.process = spawn(theirs.fileno(), self._program)
        ours.setblocking(False)
        self.socket = ours
        await loop.create_connection(lambda: self, sock=ours)

    @property
    def alive(self) -> bool:
        """Whether its process runs, as far as the system can tell."""
        return not self.lost and self.process is not None and self.process.poll() is None

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
            turn.end(_ended())
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

    def kill(self, error: MynaError) -> None:
        """End the process at once; its utterance ends in `error`."""
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
        self._lose(error)

    def close_in_child(self) -> None:
        """After a fork, in the child: let go of the socket, so that the worker ends with its true parent."""
        if self.socket is not None:
            self.socket.close()

    # asyncio.BufferedProtocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember the transport."""
        self._transport = cast("asyncio.Transport", transport)

    def get_buffer(self, sizehint: int) -> memoryview:
        """Room behind the bytes not read yet; a frame longer than the buffer makes it grow."""
        if len(self._buffer) - self._end < _BUFFER // 2:
            if self._begin:
                rest = self._end - self._begin
                self._buffer[:rest] = self._buffer[self._begin : self._end]
                self._begin, self._end = 0, rest
            else:
                fresh = bytearray(2 * len(self._buffer))
                fresh[: self._end] = self._buffer
                self._buffer, self._view = fresh, memoryview(fresh)
        return self._view[self._end :]

    def buffer_updated(self, nbytes: int) -> None:
        """Read every whole frame that has arrived."""
        self._end += nbytes
        if self.expires is not None:
            self._touch()
        size = frames.HEADER.size
        while self._end - self._begin >= size:
            length, kind = frames.HEADER.unpack_from(self._buffer, self._begin)
            start = self._begin + size
            if length > frames.MAX_PAYLOAD:
                self.kill(EngineCrashed("The engine's worker sent garbage; try again."))
                return
            if start + length > self._end:
                return
            self._begin = start + length
            self._read(kind, self._view[start : start + length])
        if self._begin == self._end:
            self._begin = self._end = 0

    def eof_received(self) -> None:
        """The process is gone or going."""

    def connection_lost(self, exc: Exception | None) -> None:
        """The process is gone."""
        self._lose(_ended())

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
            if turn.size > _HIGH and not self._paused and self._transport is not None:
                self._paused, self.expires = True, None
                self._transport.pause_reading()

    def _resume(self) -> None:
        if self._paused and self._transport is not None:
            self._paused = False
            self._touch()
            self._transport.resume_reading()

    def _touch(self) -> None:
        self.expires = asyncio.get_running_loop().time() + self._deadline

    def _write(self, data: bytes) -> None:
        if self._transport is not None and not self.lost:
            self._transport.write(data)

    def _lose(self, error: MynaError) -> None:
        if self.lost:
            return
        self.lost, self.expires = True, None
        if self._transport is not None:
            self._transport.abort()
        elif self.socket is not None:
            self.socket.close()
        turn, self.turn = self.turn, None
        if turn is not None:
            turn.end(error)
        self._on_free(self)


def _error(failure: frames.Failure) -> MynaError:
    if failure.unexpected:
        _log.error("an engine failed: %s", failure.message)
        return EngineCrashed("The engine failed on this; the log says where.")
    return ClipRejected(failure.message) if failure.rejected else EngineError(failure.message)


def _ended() -> EngineCrashed:
    return EngineCrashed("The engine's worker process ended unexpectedly; try again.")


def timed_out(seconds: float) -> EngineTimeout:
    """The error of a worker that gave no sign of life for so many seconds."""
    return EngineTimeout(f"The engine gave no sign of life for {seconds:g} s and was ended; try again.")


def spawn(descriptor: int, program: str = SPEAKER) -> subprocess.Popen[bytes]:
    """Start a worker on an inherited descriptor; it finds modules exactly where this process does."""
    package_root = str(Path(__file__).resolve().parents[2])
    path = [os.path.abspath(entry) for entry in sys.path]
    if package_root not in path:
        path.append(package_root)
    return subprocess.Popen(
        [sys.executable, "-P", "-S", "-m", program, str(descriptor)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        pass_fds=(descriptor,),
        env=os.environ | {"PYTHONPATH": os.pathsep.join(path), "OPENBLAS_NUM_THREADS": "1"},
    )
