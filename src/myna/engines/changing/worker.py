"""A process that changes voices: one live stream or one recording at a time."""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from myna.audio.offsets import Centred
from myna.engines.changing import frames
from myna.engines.changing.protocols import CHANGING_RATE
from myna.engines.changing.recording import convert, heard, measure, neighbours
from myna.engines.jobs import frames as shared
from myna.engines.jobs.worker import PIECE, JobWorker, serve, stand_behind
from myna.speech.listening import Progress

if TYPE_CHECKING:
    from myna.engines.changing.protocols import Changer, Samples

_NICENESS = 10
"""Recordings stand behind speech and live streams, whose listeners wait for every word."""


def live_changer(target: bytes) -> Changer:
    """What changes a stream as it comes."""
    from myna.engines.world.changing.running import RunningChanger
    from myna.engines.world.changing.target import Target

    return RunningChanger(Target.unpacked(target))


def whole_changer(target: bytes) -> Changer:
    """What changes a recording that it has heard to its end before."""
    from myna.engines.world.changing.target import Target
    from myna.engines.world.changing.whole import WholeChanger

    return WholeChanger(Target.unpacked(target))


class Worker(JobWorker):
    """Changes voices for the pool.

    Args:
        channel: the line to it.
        live, whole: what changes live streams, and whole recordings.
    """

    def __init__(
        self,
        channel: socket.socket,
        live: Callable[[bytes], Changer] = live_changer,
        whole: Callable[[bytes], Changer] = whole_changer,
    ) -> None:
        super().__init__(channel)
        self._make_live, self._make_whole = live, whole
        self._behind = False
        self._told = 0
        self.live[frames.CHANGE] = self._change
        self.recordings |= {
            frames.CONVERT: self._convert,
            frames.MEASURE: self._measure,
            frames.FIT: self._fit,
        }

    def warm(self) -> None:
        """Load what every job needs."""
        import pyworld  # noqa: F401

        import myna.engines.world.changing.running
        import myna.engines.world.changing.whole  # noqa: F401

    def _change(self, payload: bytes) -> None:
        asked = frames.read_change(payload)
        self._begin(asked.number)
        changer, centred = self._make_live(asked.task), Centred(CHANGING_RATE)
        while True:
            self.step()
            if not self.inbox.frames:
                self.line.step(float("inf"))
                self.inbox.receive(None)
                continue
            kind, content = self.inbox.frames.popleft()
            if kind in (shared.INT16, shared.FLOAT32):
                samples = shared.read_samples(kind, content)
                for start in range(0, len(samples), PIECE):
                    piece = samples[start : start + PIECE]
                    self.line.step()
                    self._tell(changer.push(centred.push(piece)))
                    self.line.send(shared.taken(len(piece)))
            elif kind == shared.FINISH:
                self._tell(changer.finish())
                return

    def _convert(self, payload: bytes) -> None:
        asked = frames.read_convert(payload)
        self._begin(asked.number, later=True)
        make = self._make_whole if asked.task.whole else self._make_live
        convert(asked.task, make(asked.task.target), self._tell, self._progress, self.step)

    def _measure(self, payload: bytes) -> None:
        asked = frames.read_measure(payload)
        self._begin(asked.number)
        self.line.send(frames.target(measure(asked.task, self.step)))

    def _fit(self, payload: bytes) -> None:
        from myna.engines.world.changing.joining import fit

        asked = frames.read_fit(payload)
        self._begin(asked.number)
        left, right = neighbours(asked.task.left, asked.task.right, self.step)
        more = heard(asked.task.more, self.step) if asked.task.more is not None else None
        self._tell(fit(heard(asked.task.speech, self.step), left, right, more, self.step))

    def _begin(self, number: int, *, later: bool = False) -> None:
        self.number, self._told = number, 0
        if later and not self._behind:
            self._behind = True
            stand_behind(_NICENESS)

    def _tell(self, samples: Samples) -> None:
        for start in range(0, len(samples), frames.LONGEST_CHUNK):
            piece = samples[start : start + frames.LONGEST_CHUNK]
            self.line.send(frames.audio(self._told, piece))
            self._told += len(piece)

    def _progress(self, made: Progress) -> None:
        self.line.send(frames.progress(made))


def main(arguments: list[str]) -> int:
    """Change voices for the pool at the other end of the file descriptor named by the only argument."""
    return serve(Worker, arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
