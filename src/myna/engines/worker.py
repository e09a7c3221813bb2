"""A worker process: every engine of this machine behind one socket, one utterance at a time.

Started as `python -m myna.engines.worker FD`, where `FD` is one end of an inherited socket pair. It ends when
the other end is closed. Libraries whose licence or memory safety must not touch the rest of Myna are loaded
here and nowhere else.
"""

from __future__ import annotations

import os
import select
import signal
import socket
import sys
import threading
import time
from collections import deque

from myna.engines import frames
from myna.engines.available import Engines
from myna.engines.protocols import EngineOutput, Onset, Pcm
from myna.speech.errors import EngineError

_BATCHES = (2 << 10, 8 << 10, 32 << 10)
"""Least bytes of audio sent at a time, the last number for all others: each sounds while the next is made."""
_LAST_WORDS = 2.0
"""Seconds in which a worker may end in order once its pool is gone."""
_IDLE = 0.25
"""Seconds without work after which an engine not yet used is loaded ahead of its first utterance."""


class Inbox:
    """Frames from the pool; never blocks longer than asked to."""

    def __init__(self, channel: socket.socket) -> None:
        self._channel = channel
        self._poll = select.poll()
        self._poll.register(channel, select.POLLIN)
        self._pending = bytearray()
        self.frames: deque[tuple[int, bytes]] = deque()

    def receive(self, timeout: float | None) -> bool:
        """Read what is there, waiting up to `timeout` seconds for it (None: for ever).

        Raises:
            EOFError: the pool has closed its end.
        """
        if not self._poll.poll(None if timeout is None else timeout * 1000):
            return False
        data = self._channel.recv(1 << 16)
        if not data:
            raise EOFError
        pending = self._pending
        pending += data
        while len(pending) >= frames.HEADER.size:
            length, kind = frames.HEADER.unpack_from(pending)
            end = frames.HEADER.size + length
            if len(pending) < end:
                break
            self.frames.append((kind, bytes(pending[frames.HEADER.size : end])))
            del pending[:end]
        return True


class Outbox:
    """Collects the events of one job and sends them: the first audio at once, the rest in batches."""

    def __init__(self, channel: socket.socket, inbox: Inbox, number: int) -> None:
        self._channel = channel
        self._inbox = inbox
        self._number = number
        self._audio: list[bytes] = []
        self._size = 0
        self._rate = 0
        self._times: list[bytes] = []
        self._sent = 0
        self.stopped = False

    def emit(self, event: EngineOutput) -> bool:
        """Take an event; False once the pool has asked to stop."""
        if isinstance(event, Onset):
            return not self.stopped
        if not isinstance(event, Pcm):
            self._times.append(frames.times(event))
            return not self.stopped
        if event.sample_rate != self._rate:
            self.flush()
            self._rate = event.sample_rate
        self._audio.append(event.data)
        self._size += len(event.data)
        if self._size >= _BATCHES[min(self._sent, len(_BATCHES) - 1)]:
            self._sent += 1
            self.flush()
            self._heed()
        return not self.stopped

    def flush(self) -> None:
        """Send all that was collected, audio before the times that belong to it."""
        if self._audio:
            self._times.insert(0, frames.pcm(self._rate, b"".join(self._audio)))
        if self._times:
            self._channel.sendall(b"".join(self._times))
        self._audio.clear()
        self._times.clear()
        self._size = 0

    def _heed(self) -> None:
        if self._inbox.receive(0):
            waiting = self._inbox.frames
            while waiting and waiting[0][0] == frames.STOP:
                self.stopped |= frames.read_number(waiting.popleft()[1]) == self._number


class Worker:
    """The life of a worker: jobs in, events out."""

    def __init__(self, channel: socket.socket) -> None:
        self._channel = channel
        self._inbox = Inbox(channel)
        self._engines = Engines()

    def run(self) -> None:
        """Serve until the pool closes its end."""
        names, missing = self._engines.survey()
        self._channel.sendall(frames.ready(frames.Ready(names, missing)))
        while True:
            kind, payload = self._next()
            if kind == frames.SPEAK:
                self._speak(frames.read_job(payload))

    def _next(self) -> tuple[int, bytes]:
        while not self._inbox.frames:
            if not self._inbox.receive(_IDLE if self._engines.cold else None):
                self._engines.warm_one()
        return self._inbox.frames.popleft()

    def _speak(self, job: frames.Job) -> None:
        out = Outbox(self._channel, self._inbox, job.number)
        failure: frames.Failure | None = None
        try:
            self._engines.load(job.engine).synthesize(job.utterance, out.emit)
        except EngineError as error:
            failure = frames.Failure(job.number, error.message)
        except (EOFError, ConnectionError):
            raise
        except Exception as error:
            import traceback  # only now: a worker is to be up soon

            trace = "".join(traceback.format_exception(error, limit=-3))
            failure = frames.Failure(job.number, trace, unexpected=True)
        if not out.stopped:
            out.flush()
        self._channel.sendall(frames.failed(failure) if failure else frames.done(job.number))


def end_with(channel: socket.socket) -> None:
    """End this process when the pool is gone, even while an engine is in the middle of something."""
    hangup = select.poll()
    hangup.register(channel, 0)
    hangup.poll()
    time.sleep(_LAST_WORDS)
    os._exit(0)


def main(arguments: list[str]) -> int:
    """Run a worker on the inherited file descriptor named by the only argument."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    channel = socket.socket(fileno=int(arguments[0]))
    threading.Thread(target=end_with, args=(channel,), daemon=True).start()
    try:
        Worker(channel).run()
    except (EOFError, ConnectionError):
        return 0
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
