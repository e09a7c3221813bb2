"""A process that listens: one live stream or one recording at a time, with a recogniser that stays loaded.

Started as `python -m myna.engines.hearing.worker FD`, like a worker that speaks. Recordings are strangers'
files, decoders and recognisers native code: whatever happens here, it happens to one stream.
"""

from __future__ import annotations

import gc
import os
import signal
import socket
import sys
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

from myna.engines import frames as plain
from myna.engines.hearing import frames
from myna.engines.hearing.available import RECOGNIZERS, WITH_MODELS, Recognizers, missing
from myna.engines.hearing.line import Line
from myna.engines.inbox import Inbox, end_with
from myna.speech.errors import AudioRejected, EngineError, MynaError

if TYPE_CHECKING:
    from myna.engines.hearing.session import Session
    from myna.engines.protocols import Recognizer

_NICENESS = 5
"""Speech goes first: its listener waits for every word."""
_MEMORY = 4 << 30
"""Most bytes of address space, where the system can limit it; the models of Whisper take what they need."""
_LOADING = 600.0
"""Most seconds that a recogniser takes to load; large models may be fetched first."""
_PIECE = 4000
"""Samples that are heard at a time."""
_AT_ONCE = 64
"""Frames that are read before the first of them is heeded."""
_TOO_MUCH = "This takes too much memory: send the recording in parts, or converted to wav."


class Stopped(Exception):
    """Nobody listens to the job any more."""


class Refused(Exception):
    """The job cannot be done as asked for."""

    def __init__(self, message: str, blame: frames.Blame) -> None:
        super().__init__(message)
        self.message, self.blame = message, blame


class Worker:
    """The life of the process: jobs in, events out."""

    def __init__(self, channel: socket.socket) -> None:
        self._inbox = Inbox(channel)
        self._line = Line(channel)
        self._recognizers = Recognizers()
        self._number = 0

    def run(self) -> None:
        """Serve until the pool closes its end."""
        reasons = {name: missing(name) for name in RECOGNIZERS}
        found = tuple(name for name, reason in reasons.items() if reason is None)
        lacking = {name: reason for name, reason in reasons.items() if reason is not None}
        self._line.send(plain.ready(plain.Ready(found, lacking)))
        self._line.step(_LOADING)
        with suppress(EngineError):
            self._recognizers.warm()
        while True:
            self._line.rest()
            while not self._inbox.frames:
                self._inbox.receive(None)
            kind, payload = self._inbox.frames.popleft()
            if kind in (frames.HEAR, frames.TRANSCRIBE):
                self._do(kind, payload)

    def _do(self, kind: int, payload: bytes) -> None:
        answer: bytes | None = None
        try:
            if kind == frames.HEAR:
                hearing = frames.read_hearing(payload)
                self._number = hearing.number
                self._hear(hearing)
            else:
                recording = frames.read_recording(payload)
                self._number = recording.number
                self._write_down(recording)
        except Stopped:
            pass
        except Refused as refused:
            answer = self._trouble(refused.message, refused.blame)
        except AudioRejected as error:
            answer = self._trouble(error.message, "recording")
        except MynaError as error:
            answer = self._trouble(error.message, "engine")
        except MemoryError:
            answer = self._trouble(_TOO_MUCH, "recording" if kind == frames.TRANSCRIBE else "engine")
        except (EOFError, ConnectionError):
            raise
        except Exception as error:
            import traceback

            answer = self._trouble("".join(traceback.format_exception(error, limit=-3)), "defect")
        self._line.send(answer or plain.done(self._number))
        gc.collect()  # decoders are free for the next stream once nothing holds the last one

    def _trouble(self, message: str, blame: frames.Blame) -> bytes:
        return frames.trouble(frames.Trouble(self._number, message, blame))

    def _hear(self, job: frames.HearingJob) -> None:
        from myna.engines.hearing.session import Session

        hearing = job.hearing
        recognizer = self._load(hearing.engine, hearing.model)
        try:
            session = Session(recognizer, hearing, lambda event: self._line.send(frames.event(event)))
        except EngineError as error:
            raise Refused(error.message, "request") from error
        while True:
            self._line.step()
            self._read()
            if not self._inbox.frames:
                if not session.work():
                    self._line.step(float("inf"))
                    self._inbox.receive(None)
            elif self._heed(session, *self._inbox.frames.popleft()):
                return

    def _heed(self, session: Session, kind: int, payload: bytes) -> bool:
        """Do what a frame says; whether the stream is over."""
        if kind in (frames.INT16, frames.FLOAT32):
            samples = frames.read_samples(kind, payload)
            for start in range(0, len(samples), _PIECE):
                piece = samples[start : start + _PIECE]
                self._line.step()
                session.feed(piece)
                self._line.send(frames.taken(len(piece)))
        elif kind in (frames.FINALIZE, frames.CONFIGURE):
            if kind == frames.FINALIZE:
                session.finalize()
            else:
                session.configure(frames.read_turns(payload))
            self._line.send(frames.taken(frames.COMMAND))
        elif kind == frames.FINISH:
            session.finish()
            return True
        return False

    def _write_down(self, job: frames.RecordingJob) -> None:
        import numpy as np

        from myna.engines.hearing.recording import write_down

        recording = job.recording
        recognizer = self._load(recording.engine, recording.model)
        try:
            recognizer.transcribe(np.zeros(0, np.float32), recording.language, recording.keyterms)
        except EngineError as error:
            raise Refused(error.message, "request") from error

        def step() -> None:
            self._line.step()
            self._read()

        write_down(recording, recognizer, lambda event: self._line.send(frames.event(event)), step)

    def _load(self, name: str, model: str | None) -> Recognizer:
        if name in WITH_MODELS:
            restrain(None)
        self._line.step(_LOADING)
        try:
            recognizer = self._recognizers.load(name, model)
        except EngineError as error:
            raise Refused(error.message, "model" if name in WITH_MODELS else "engine") from error
        self._line.step()
        return recognizer

    def _read(self) -> None:
        """Take in what waits.

        Raises:
            Stopped: the pool wants no more of this job.
        """
        for _ in range(_AT_ONCE):
            if not self._inbox.receive(0):
                break
        waiting = self._inbox.frames
        for index, (kind, payload) in enumerate(waiting):
            if kind == plain.STOP and plain.read_number(payload) == self._number:
                for _ in range(index + 1):
                    waiting.popleft()
                raise Stopped


def restrain(memory: int | None = _MEMORY) -> None:
    """Take no more address space than so many bytes; None for as much as the system lets."""
    with suppress(ImportError, AttributeError, ValueError, OSError):
        import resource

        _, most = resource.getrlimit(resource.RLIMIT_AS)
        if memory is None or (most != resource.RLIM_INFINITY and most < memory):
            memory = most
        resource.setrlimit(resource.RLIMIT_AS, (memory, most))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main(arguments: list[str]) -> int:
    """Listen for the pool at the other end of the file descriptor named by the only argument."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with suppress(AttributeError, OSError):
        os.nice(_NICENESS)
    restrain()
    channel = socket.socket(fileno=int(arguments[0]))
    threading.Thread(target=end_with, args=(channel,), daemon=True).start()
    with suppress(EOFError, ConnectionError):
        Worker(channel).run()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
