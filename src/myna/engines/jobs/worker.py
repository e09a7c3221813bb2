"""The program of a process that does one job at a time: a live stream, or a recording.

It is started as `python -m PROGRAM FD`, like a worker that speaks. Recordings are strangers' files, decoders
and engines native code: whatever happens here, it happens to one job.
"""

from __future__ import annotations

import gc
import os
import signal
import socket
import threading
from collections.abc import Callable
from contextlib import suppress

from myna.engines import frames as plain
from myna.engines.inbox import Inbox, end_with
from myna.engines.jobs import frames
from myna.engines.jobs.line import Line
from myna.speech.errors import AudioRejected, ClipRejected, EngineError, MynaError

LOADING = 600.0
"""Most seconds that an engine takes to load; large models may be fetched first."""
PIECE = 4000
"""Samples that are worked on at a time."""
_MEMORY = 4 << 30
"""Most bytes of address space, where the system can limit it and nothing else is said."""
_AT_ONCE = 64
"""Frames that are read before the first of them is heeded."""
_TOO_MUCH = "This takes too much memory: send the recording in parts, or converted to wav."


class Stopped(Exception):
    """Nobody wants the job any more."""


class Refused(Exception):
    """The job cannot be done as asked for."""

    def __init__(self, message: str, blame: frames.Blame) -> None:
        super().__init__(message)
        self.message, self.blame = message, blame


class JobWorker:
    """The life of the process: jobs in, events out.

    A subclass has a method for each kind of job in `live` and `recordings`; it sets `number` first.

    Attributes:
        inbox: what comes from the pool.
        line: what goes to it.
        number: of the job that is on.
    """

    def __init__(self, channel: socket.socket) -> None:
        self.inbox = Inbox(channel)
        self.line = Line(channel)
        self.number = 0
        self.live: dict[int, Callable[[bytes], None]] = {}
        self.recordings: dict[int, Callable[[bytes], None]] = {}

    def ready(self) -> plain.Ready:
        """What this process has to offer."""
        return plain.Ready((), {})

    def warm(self) -> None:
        """Load what most jobs need, while there is none."""

    def run(self) -> None:
        """Serve until the pool closes its end."""
        self.line.send(plain.ready(self.ready()))
        self.line.step(LOADING)
        if not self.inbox.receive(0):  # a first job that waits knows better what it needs
            with suppress(EngineError):
                self.warm()
        while True:
            self.line.rest()
            while not self.inbox.frames:
                self.inbox.receive(None)
            kind, payload = self.inbox.frames.popleft()
            if kind in self.live:
                self._do(self.live[kind], payload, "engine")
            elif kind in self.recordings:
                self._do(self.recordings[kind], payload, "recording")

    def read(self) -> None:
        """Take in what waits.

        Raises:
            Stopped: the pool wants no more of this job.
        """
        for _ in range(_AT_ONCE):
            if not self.inbox.receive(0):
                break
        waiting = self.inbox.frames
        for index, (kind, payload) in enumerate(waiting):
            if kind == plain.STOP and plain.read_number(payload) == self.number:
                for _ in range(index + 1):
                    waiting.popleft()
                raise Stopped

    def step(self) -> None:
        """Another step of a job begins.

        Raises:
            Stopped: the pool wants no more of this job.
        """
        self.line.step()
        self.read()

    def _do(self, job: Callable[[bytes], None], payload: bytes, glutton: frames.Blame) -> None:
        """Do a job; `glutton` is to blame where it takes too much memory."""
        answer: bytes | None = None
        try:
            job(payload)
        except Stopped:
            pass
        except Refused as refused:
            answer = self._trouble(refused.message, refused.blame)
        except ClipRejected as error:
            answer = self._trouble(error.message, "clip")
        except AudioRejected as error:
            answer = self._trouble(error.message, "recording")
        except MynaError as error:
            answer = self._trouble(error.message, "engine")
        except MemoryError:
            answer = self._trouble(_TOO_MUCH, glutton)
        except (EOFError, ConnectionError):
            raise
        except Exception as error:
            import traceback

            answer = self._trouble("".join(traceback.format_exception(error, limit=-3)), "defect")
        self.line.send(answer or plain.done(self.number))
        gc.collect()  # decoders are free for the next stream once nothing holds the last one

    def _trouble(self, message: str, blame: frames.Blame) -> bytes:
        return frames.trouble(frames.Trouble(self.number, message, blame))


def restrain(memory: int | None = _MEMORY) -> None:
    """Take no more address space than so many bytes; None for as much as the system lets."""
    with suppress(ImportError, AttributeError, ValueError, OSError):
        import resource

        _, most = resource.getrlimit(resource.RLIMIT_AS)
        if memory is None or (most != resource.RLIM_INFINITY and most < memory):
            memory = most
        resource.setrlimit(resource.RLIMIT_AS, (memory, most))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def stand_behind(niceness: int) -> None:
    """Let others go first on the processors, by so much more niceness; there is no way back."""
    with suppress(AttributeError, OSError):
        os.nice(niceness)


def serve(make: Callable[[socket.socket], JobWorker], arguments: list[str]) -> int:
    """Work for the pool at the other end of the file descriptor named by the only argument."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    restrain()
    channel = socket.socket(fileno=int(arguments[0]))
    threading.Thread(target=end_with, args=(channel,), daemon=True).start()
    with suppress(EOFError, ConnectionError):
        make(channel).run()
    return 0
