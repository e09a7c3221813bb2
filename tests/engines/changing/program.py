"""A process that changes voices with a scripted changer: as ill-behaved as the target says.

It gives each sample with the opposite sign, 50 ms later. Targets: `crash` ends the process at the first
sound, `slow` takes a second for each piece, `defect` has a mistake in it, `silent` hears nobody, `once:PATH`
crashes where the file is not there yet, `late:PATH` likewise after two seconds.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
import time

import numpy as np
from numpy.typing import NDArray

from myna.engines.changing import worker
from myna.engines.changing.protocols import CHANGING_RATE
from myna.engines.jobs.worker import serve
from myna.speech.errors import ClipRejected

NAME = "tests.engines.changing.program"
DELAY = 800
Samples = NDArray[np.float32]


class Turned:
    """Turns samples upside down."""

    def __init__(self, target: bytes) -> None:
        self.target = target.decode()
        self.pushed = 0
        self.studied = 0
        self._held = np.zeros(0, np.float32)

    def study(self, samples: Samples) -> None:
        if self.target == "silent":
            raise ClipRejected("Nobody is heard speaking in the recording.")
        self.studied += len(samples)

    def push(self, samples: Samples) -> Samples:
        self.pushed += len(samples)
        self._misbehave()
        self._held = np.concatenate([self._held, -samples])
        ready = max(len(self._held) - DELAY, 0)
        out, self._held = self._held[:ready], self._held[ready:]
        return out

    def finish(self) -> Samples:
        out, self._held = self._held, self._held[:0]
        return out

    def _misbehave(self) -> None:
        if self.target == "crash":
            os.kill(os.getpid(), signal.SIGKILL)
        if self.target == "slow":
            time.sleep(1.0)
        if self.target == "defect":
            raise ZeroDivisionError
        when, _, path = self.target.partition(":")
        if path and (when == "once" or self.pushed > 2 * CHANGING_RATE):
            try:
                os.close(os.open(path, os.O_CREAT | os.O_EXCL))
            except FileExistsError:
                return
            os.kill(os.getpid(), signal.SIGKILL)


class Worker(worker.Worker):
    def __init__(self, channel: socket.socket) -> None:
        super().__init__(channel, Turned, Turned)

    def warm(self) -> None:
        """Nothing to load."""


if __name__ == "__main__":
    sys.exit(serve(Worker, sys.argv[1:]))
