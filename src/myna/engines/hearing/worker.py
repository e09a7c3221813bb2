"""A process that listens: one live stream or one recording at a time, with a recogniser that stays loaded."""

from __future__ import annotations

import socket
import sys
from typing import TYPE_CHECKING

from myna.engines import frames as plain
from myna.engines.hearing import frames
from myna.engines.hearing.available import RECOGNIZERS, WITH_MODELS, Recognizers, missing
from myna.engines.jobs import frames as shared
from myna.engines.jobs.worker import LOADING, PIECE, JobWorker, Refused, restrain, serve, stand_behind
from myna.speech.errors import EngineError

if TYPE_CHECKING:
    from myna.engines.hearing.session import Session
    from myna.engines.protocols import Recognizer

_NICENESS = 5
"""Speech goes first: its listener waits for every word."""


class Worker(JobWorker):
    """Hears for the pool."""

    def __init__(self, channel: socket.socket) -> None:
        super().__init__(channel)
        self._recognizers = Recognizers()
        self.live[frames.HEAR] = self._hear
        self.recordings[frames.TRANSCRIBE] = self._write_down

    def ready(self) -> plain.Ready:
        """The recognisers that this machine has, and why it lacks the others."""
        reasons = {name: missing(name) for name in RECOGNIZERS}
        found = tuple(name for name, reason in reasons.items() if reason is None)
        return plain.Ready(found, {name: reason for name, reason in reasons.items() if reason is not None})

    def warm(self) -> None:
        """Load the recogniser that most jobs need."""
        self._recognizers.warm()

    def _hear(self, payload: bytes) -> None:
        from myna.engines.hearing.session import Session

        job = frames.read_hearing(payload)
        self.number, hearing = job.number, job.hearing
        recognizer = self._load(hearing.engine, hearing.model)
        try:
            session = Session(recognizer, hearing, lambda event: self.line.send(frames.event(event)))
        except EngineError as error:
            raise Refused(error.message, "request") from error
        while True:
            self.step()
            if not self.inbox.frames:
                if not session.work():
                    self.line.step(float("inf"))
                    self.inbox.receive(None)
            elif self._heed(session, *self.inbox.frames.popleft()):
                return

    def _heed(self, session: Session, kind: int, payload: bytes) -> bool:
        """Do what a frame says; whether the stream is over."""
        if kind in (shared.INT16, shared.FLOAT32):
            samples = shared.read_samples(kind, payload)
            for start in range(0, len(samples), PIECE):
                piece = samples[start : start + PIECE]
                self.line.step()
                session.feed(piece)
                self.line.send(shared.taken(len(piece)))
        elif kind in (frames.FINALIZE, frames.CONFIGURE):
            if kind == frames.FINALIZE:
                session.finalize()
            else:
                session.configure(frames.read_turns(payload))
            self.line.send(shared.taken(frames.COMMAND))
        elif kind == shared.FINISH:
            session.finish()
            return True
        return False

    def _write_down(self, payload: bytes) -> None:
        import numpy as np

        from myna.engines.hearing.recording import write_down

        job = frames.read_recording(payload)
        self.number, recording = job.number, job.recording
        recognizer = self._load(recording.engine, recording.model)
        try:
            recognizer.transcribe(np.zeros(0, np.float32), recording.language, recording.keyterms)
        except EngineError as error:
            raise Refused(error.message, "request") from error
        write_down(recording, recognizer, lambda event: self.line.send(frames.event(event)), self.step)

    def _load(self, name: str, model: str | None) -> Recognizer:
        if name in WITH_MODELS:
            restrain(None)  # models take what they need
        self.line.step(LOADING)
        try:
            recognizer = self._recognizers.load(name, model)
        except EngineError as error:
            raise Refused(error.message, "model" if name in WITH_MODELS else "engine") from error
        self.line.step()
        return recognizer


def main(arguments: list[str]) -> int:
    """Listen for the pool at the other end of the file descriptor named by the only argument."""
    stand_behind(_NICENESS)
    return serve(Worker, arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
