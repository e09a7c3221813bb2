"""The line to an engine's process: its start, its frames, its signs of life and its end."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import cast

from myna.engines import frames
from myna.speech.errors import EngineCrashed, EngineTimeout, MynaError

_STARTING = 10.0
"""Seconds that a process has to come up at least: a busy machine loads it slowly, which is no fault of it."""
_BUFFER = 64 << 10


class Link(asyncio.BufferedProtocol):
    """A process with a program of ours, from its start to its end.

    Attributes:
        expires: loop time by which it must give a sign of life; None while nothing is asked of it.
        lost: whether it is gone.
    """

    def __init__(self, program: str) -> None:
        """Prepare a process; `start` starts it.

        Args:
            program: module that runs in it.
        """
        self._program = program
        self._buffer = bytearray(_BUFFER)
        self._view = memoryview(self._buffer)
        self._begin = self._end = 0
        self._transport: asyncio.Transport | None = None
        self._paused = False
        self._deadline = 0.0
        self.process: subprocess.Popen[bytes] | None = None
        self.socket: socket.socket | None = None
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

    def kill(self, error: MynaError) -> None:
        """End the process at once; what it was doing ends in `error`."""
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
        self._lose(ended())

    def _read(self, kind: int, payload: memoryview) -> None:
        """A frame came."""
        raise NotImplementedError

    def _gone(self, error: MynaError) -> None:
        """The process is gone; told once."""
        raise NotImplementedError

    def _pause(self) -> None:
        """Read nothing more: the process will have to wait, which is no fault of it."""
        if not self._paused and self._transport is not None:
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
        self._gone(error)


def ended() -> EngineCrashed:
    """The error of a worker that is gone."""
    return EngineCrashed("The engine's worker process ended unexpectedly; try again.")


def timed_out(seconds: float) -> EngineTimeout:
    """The error of a worker that gave no sign of life for so many seconds."""
    return EngineTimeout(f"The engine gave no sign of life for {seconds:g} s and was ended; try again.")


def spawn(descriptor: int, program: str) -> subprocess.Popen[bytes]:
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
