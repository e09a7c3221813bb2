"""What every process of an engine has: the frames that come in, and an end with the one who started it."""

from __future__ import annotations

import os
import select
import socket
import time
from collections import deque

from myna.engines import frames

_LAST_WORDS = 2.0
"""Seconds in which a worker may end in order once its pool is gone."""


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


def end_with(channel: socket.socket) -> None:
    """End this process when the pool is gone, even while an engine is in the middle of something."""
    hangup = select.poll()
    hangup.register(channel, 0)
    hangup.poll()
    time.sleep(_LAST_WORDS)
    os._exit(0)
