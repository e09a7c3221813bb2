"""A worker process: every engine of this machine behind one socket, one utterance at a time.

Started as `python -m myna.engines.worker FD`, where `FD` is one end of an inherited socket pair. It ends when
the other end is closed. Libraries whose licence or memory safety must not touch the rest of Myna are loaded
here and nowhere else.
"""

from __future__ import annotations

import signal
import socket
import sys
import threading

from myna.engines import frames
from myna.engines.available import Engines
from myna.engines.inbox import Inbox, end_with
from myna.engines.protocols import EngineOutput, Onset, Pcm
from myna.speech.errors import EngineError

_BATCHES = (2 << 10, 8 << 10, 32 << 10)
"""Least bytes of audio sent at a time, the last number for all others: each sounds while the next is made."""
_IDLE = 0.25
"""Seconds without work after which an engine not yet used is loaded ahead of its first utterance."""


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
