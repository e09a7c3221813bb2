"""What a process says to its pool, and the signs of life in between."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import suppress

from myna.engines import frames

_BEAT = 0.5
"""Seconds between two signs of life."""
_LONGEST = 120.0
"""Seconds of one step after which it is no sign of life any more that the clock goes on."""


class Line:
    """Frames to the pool, and signs of life by the clock while a job is on.

    A step of native code may take long and says nothing meanwhile; one that takes longer than it may is
    taken for a hang.
    """

    def __init__(self, channel: socket.socket) -> None:
        self._channel = channel
        self._lock = threading.Lock()
        self._until = 0.0
        threading.Thread(target=self._beat, daemon=True).start()

    def send(self, data: bytes) -> None:
        """Send whole frames."""
        with self._lock:
            self._channel.sendall(data)

    def step(self, most: float = _LONGEST) -> None:
        """Something begins that takes `most` seconds at most."""
        self._until = time.monotonic() + most

    def rest(self) -> None:
        """Nothing is to be done; the pool expects no signs."""
        self._until = 0.0

    def _beat(self) -> None:
        alive = frames.frame(frames.ALIVE, b"")
        with suppress(OSError):
            while True:
                time.sleep(_BEAT)
                if time.monotonic() < self._until:
                    self.send(alive)
